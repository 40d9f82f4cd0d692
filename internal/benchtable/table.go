package benchtable

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchproc"

	"github.com/fanbench/fanbench/internal/quote"
)

// confidence level of the ranges shown: benchstat's default.
const confidence = 0.95

// Tables are all tables of some inputs, in printing order.
type Tables struct {
	Tables  []*Table
	Skipped []error // malformed lines that look like results
}

// Table has the figures of one unit in one configuration.
type Table struct {
	Config []string   // "key: value" for each difference from the table before
	Unit   string     // tidied: sec/op for ns/op
	Heads  [][]string // by field of the column projection: the value in each column
	Rows   []Row
	Means  []Mean // by column
}

// Row is one benchmark.
type Row struct {
	Name  string
	Cells []*Cell // by column; nil without a sample
}

// Cell is one sample.
type Cell struct {
	N        int     // number of values
	Center   float64 // benchstat's centre: the median, unless the unit assumes otherwise
	Range    string  // half width of its interval: "2%", "∞"
	Delta    string  // difference from the row's first column: "+1.23%", "~"; "" in the first column and without a first sample
	P        string  // "p=0.001 n=10"
	Warnings []error
}

// Mean is the last row of a column: geometric means over the benchmarks.
type Mean struct {
	Center   *float64 // mean of the centres; nil if one is not positive
	Ratio    *float64 // mean of the ratios to the first column; nil in that column, and if it is undefined
	Warnings []error
}

// New reads the inputs and lays them out. It returns an error if the layout is wrong or reading
// fails. Malformed lines are Skipped.
func New(inputs []Input, l Layout) (*Tables, error) {
	p, err := l.parse()
	if err != nil {
		return nil, err
	}
	samples := samples{}
	var out Tables
	var reader benchfmt.Reader
	for _, in := range inputs {
		reader.Reset(strings.NewReader(in.Text), in.Name, ".file", in.Label)
		for reader.Scan() {
			switch record := reader.Result().(type) {
			case *benchfmt.SyntaxError:
				out.Skipped = append(out.Skipped, record)
			case *benchfmt.Result:
				if err := finite(record); err != nil {
					out.Skipped = append(out.Skipped, err)
					continue
				}
				if keep, err := p.filter.Apply(record); keep {
					samples.add(p, record)
				} else if err != nil {
					out.Skipped = append(out.Skipped, err)
				}
			}
		}
		if err := reader.Err(); err != nil {
			return nil, fmt.Errorf("reading %s: %w", in.Name, err)
		}
	}
	keys := sortedKeys(samples)
	for i, key := range keys {
		unit := key.Get(p.unit)
		t := samples[key].table(unit, reader.Units().GetAssumption(unit))
		for _, f := range key.Projection().FlattenedFields() {
			if value := key.Get(f); f.Name != ".unit" && (i == 0 || value != keys[i-1].Get(f)) {
				t.Config = append(t.Config, f.Name+": "+value)
			}
		}
		out.Tables = append(out.Tables, t)
	}
	return &out, nil
}

// finite returns an error if a value is NaN or infinite, because rank tests cannot order such
// values.
func finite(r *benchfmt.Result) error {
	for _, v := range r.Values {
		if math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
			file, line := r.Pos()
			return fmt.Errorf("%s:%d: %v %s is not a finite number", file, line, v.Value, quote.Plain(v.Unit))
		}
	}
	return nil
}

// place is the position of a cell in its table.
type place struct{ row, col benchproc.Key }

// grid has the data of one table.
type grid struct {
	rows, cols map[benchproc.Key]bool
	values     map[place][]float64
	residue    map[place]map[benchproc.Key]bool // other keys in which the values of a cell differ
}

// samples are the grids by the key of their table.
type samples map[benchproc.Key]*grid

func (s samples) add(p *projections, r *benchfmt.Result) {
	at := place{p.row.Project(r), p.col.Project(r)}
	residue := p.residue.Project(r)
	for i, key := range p.table.ProjectValues(r) {
		g := s[key]
		if g == nil {
			g = &grid{map[benchproc.Key]bool{}, map[benchproc.Key]bool{}, map[place][]float64{}, map[place]map[benchproc.Key]bool{}}
			s[key] = g
		}
		if g.residue[at] == nil {
			g.residue[at] = map[benchproc.Key]bool{}
		}
		g.rows[at.row], g.cols[at.col], g.residue[at][residue] = true, true, true
		g.values[at] = append(g.values[at], r.Values[i].Value)
	}
}

// sortedKeys sorts as benchproc does: by the order of the projection's fields, in order of
// appearance unless a field says otherwise.
func sortedKeys[V any](m map[benchproc.Key]V) []benchproc.Key {
	var keys []benchproc.Key
	for k := range m {
		keys = append(keys, k)
	}
	benchproc.SortKeys(keys)
	return keys
}

func (g *grid) table(unit string, assume benchmath.Assumption) *Table {
	t := &Table{Unit: unit}
	rows, cols := sortedKeys(g.rows), sortedKeys(g.cols)
	for _, f := range cols[0].Projection().FlattenedFields() {
		head := make([]string, len(cols))
		for i, c := range cols {
			head[i] = c.Get(f)
		}
		t.Heads = append(t.Heads, head)
	}
	for _, r := range rows {
		row := Row{Name: r.StringValues(), Cells: make([]*Cell, len(cols))}
		var base *benchmath.Sample
		for i, c := range cols {
			values, ok := g.values[place{r, c}]
			if !ok {
				continue
			}
			sample := benchmath.NewSample(values, &benchmath.DefaultThresholds)
			row.Cells[i] = newCell(sample, base, assume)
			if differ := benchproc.NonSingularFields(sortedKeys(g.residue[place{r, c}])); len(differ) > 0 {
				var names []string
				for _, f := range differ {
					names = append(names, f.Name)
				}
				row.Cells[i].Warnings = append(row.Cells[i].Warnings, fmt.Errorf("benchmarks vary in %s", strings.Join(names, ", ")))
			}
			if i == 0 {
				base = sample
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for i := range cols {
		t.Means = append(t.Means, t.mean(i))
	}
	return t
}

// newCell summarises a sample and, unless base is nil, compares it with base.
func newCell(sample, base *benchmath.Sample, assume benchmath.Assumption) *Cell {
	s := assume.Summary(sample, confidence)
	c := &Cell{N: len(sample.Values), Center: s.Center, Range: s.PctRangeString()}
	c.Warnings = append(append(c.Warnings, sample.Warnings...), s.Warnings...)
	if base != nil {
		// This summarises base again: it takes only microseconds.
		comparison := assume.Compare(base, sample)
		c.Delta = comparison.FormatDelta(assume.Summary(base, confidence).Center, s.Center)
		c.P = comparison.String()
		c.Warnings = append(c.Warnings, comparison.Warnings...)
	}
	return c
}

// mean is the last row of a column. If a benchmark is in only one of the columns, the mean of
// the ratios is not the ratio of the means; this also gives a warning.
func (t *Table) mean(col int) Mean {
	var m Mean
	var centers, ratios []float64
	bases, undefined := 0, false
	for _, r := range t.Rows {
		base, c := r.Cells[0], r.Cells[col]
		if base != nil {
			bases++
		}
		if c == nil {
			continue
		}
		centers = append(centers, c.Center)
		switch {
		case base == nil:
		case c.Center == base.Center:
			ratios = append(ratios, 1) // also for two zeros
		default:
			undefined = undefined || base.Center == 0
			ratios = append(ratios, c.Center/base.Center)
		}
	}
	if col > 0 && bases != len(ratios) {
		m.Warnings = append(m.Warnings, errors.New("benchmark set differs from baseline; geomeans may not be comparable"))
	}
	if g := stats.GeoMean(centers); math.IsNaN(g) {
		m.Warnings = append(m.Warnings, errors.New("summaries must be >0 to compute geomean"))
	} else {
		m.Center = &g
	}
	if col == 0 || undefined {
		return m
	}
	if g := stats.GeoMean(ratios); math.IsNaN(g) {
		m.Warnings = append(m.Warnings, errors.New("ratios must be >0 to compute geomean"))
	} else {
		m.Ratio = &g
	}
	return m
}
