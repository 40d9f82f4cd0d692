package mockserver

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// empirical is a recorded distribution: distinct values in ascending order, each
// with the share of the recording at or below it.
type empirical struct{ values, shares []float64 }

// quantile is the inverse of the empirical distribution function (type 1 of Hyndman
// and Fan, 1996): only values that were recorded are drawn.
func (e empirical) quantile(u float64) float64 {
	return e.values[min(sort.SearchFloat64s(e.shares, u), len(e.values)-1)]
}

// readEmpirical reads a column of a CSV file with a header line, or an HDR histogram
// log (.hlog), whose intervals are added up. unit says what 1 is there, such as ms;
// without it the values carry units of their own, and a .hlog holds nanoseconds.
func readEmpirical(r *reader) (func(float64) float64, []argument) {
	file, hasFile := r.take("file")
	column, hasColumn := r.take("column")
	unitText, hasUnit := r.take("unit")
	histogram := strings.HasSuffix(file, ".hlog")
	switch {
	case !hasFile || file == "":
		r.fail("", "give file, a .csv with its column or an .hlog")
	case histogram && hasColumn:
		r.fail("column", "a .hlog has no columns")
	case !histogram && !hasColumn:
		r.fail("", "give the column of %s", file)
	}
	parse := r.unit.parse
	if hasUnit {
		scale, err := r.unit.parse("1" + unitText)
		if err != nil {
			r.fail("unit", "%q is not a unit: %v", unitText, err)
		}
		parse = func(text string) (float64, error) {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v >= 0) || math.IsInf(v, 0) {
				return 0, fmt.Errorf("%q is not a number of at least zero", text)
			}
			return v * scale, nil
		}
	} else if histogram {
		parse = func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }
	}
	if len(r.errs) > 0 {
		return nil, nil
	}
	counts := map[float64]int64{}
	if err := readRecording(file, column, histogram, func(text string, count int64) error {
		v, err := parse(text)
		counts[v] += count
		return err
	}); err != nil {
		r.fail("file", "%v", err)
		return nil, nil
	}
	if len(counts) == 0 {
		r.fail("file", "%s holds no values", file)
		return nil, nil
	}
	canonical := []argument{{"file", file}}
	if hasColumn {
		canonical = append(canonical, argument{"column", column})
	}
	if hasUnit {
		canonical = append(canonical, argument{"unit", unitText})
	}
	return newEmpirical(counts).quantile, canonical
}

func newEmpirical(counts map[float64]int64) empirical {
	var e empirical
	total := 0.0
	for v, n := range counts {
		e.values = append(e.values, v)
		total += float64(n)
	}
	slices.SortFunc(e.values, cmp.Compare)
	sum := 0.0
	for _, v := range e.values {
		sum += float64(counts[v])
		e.shares = append(e.shares, sum/total)
	}
	return e
}

// readRecording calls add with every value in the file and how often it is there.
func readRecording(file, column string, histogram bool, add func(text string, count int64) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if histogram {
		err = readHistogramLog(f, add)
	} else {
		err = readColumn(f, column, add)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func readColumn(f io.Reader, column string, add func(string, int64) error) error {
	rows := csv.NewReader(bufio.NewReader(f))
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("no header line: %w", err)
	}
	i := slices.Index(header, column)
	if i < 0 {
		return fmt.Errorf("no column %q (there is: %s)", column, strings.Join(header, ", "))
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := add(strings.TrimSpace(row[i]), 1); err != nil {
			line, _ := rows.FieldPos(i)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func readHistogramLog(f io.Reader, add func(string, int64) error) error {
	log := hdrhistogram.NewHistogramLogReader(f)
	for {
		h, err := log.NextIntervalHistogram()
		if err != nil || h == nil {
			return err
		}
		for _, bar := range h.Distribution() {
			if bar.Count == 0 {
				continue
			}
			if err := add(strconv.FormatInt(bar.To, 10), bar.Count); err != nil {
				return err
			}
		}
	}
}
