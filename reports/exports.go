package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// export is a file or folder that Render writes.
type export struct {
	name  string                                // relative to the run directory
	when  func(r *rendering) bool               // nil for always
	write func(r *rendering, name string) error // writes the file or folder
}

// exports are all files and folders, in the order in which they are written and listed. A
// new format needs a line here and the function that writes it.
var exports = []export{
	{"summary.json", nil, file(func(r *rendering) ([]byte, error) { return json.MarshalIndent(r.Summary, "", "  ") })},
	{"summary.md", nil, file(func(r *rendering) ([]byte, error) { return []byte(markdown(r.Summary)), nil })},
	{"summary.csv", nil, file(func(r *rendering) ([]byte, error) { return summaryCSV(r.Summary) })},
	{"trials.csv", nil, file(func(r *rendering) ([]byte, error) { return trialsCSV(r.run) })},
	{"junit.xml", nil, file(func(r *rendering) ([]byte, error) { return junitXML(r.Summary) })},
	{"metrics.txt", nil, file(func(r *rendering) ([]byte, error) { return OpenMetrics(r.Summary) })},
	{"advice.md", advised, file(adviceAs("markdown"))},
	{"advice.json", advised, file(adviceAs("json"))},
	{"matrix.md", hasMatrix, file(func(r *rendering) ([]byte, error) {
		return []byte(matrixPage(r.Summary, newPageMatrix(r.Summary))), nil
	})},
	{"charts", withCharts, writeCharts},
	{pageFile, withCharts, file(func(r *rendering) ([]byte, error) { return page(r.Summary) })},
	{"hist", nil, writeHistograms},
	{"tasks.parquet", func(r *rendering) bool { return r.options.Parquet }, func(r *rendering, name string) error {
		return r.written(name, writeParquet(r.run, filepath.Join(r.dir, name)))
	}},
	{"benchstat.txt", hasBenchText, file(func(r *rendering) (all []byte, err error) {
		var text string
		text, r.benchstat, err = benchstat(r.run, filepath.Join(r.dir, results.BenchFile))
		return []byte(text), err
	})},
}

// rendering is a report that is being rendered.
type rendering struct {
	*Report
	run     *results.Run
	options Options
	theme   figure.Theme
}

// file makes the write function of an export that is a single file.
func file(content func(r *rendering) ([]byte, error)) func(r *rendering, name string) error {
	return func(r *rendering, name string) error {
		data, err := content(r)
		if err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
		return r.write(name, data)
	}
}

func withCharts(r *rendering) bool { return !r.options.NoCharts }

func hasBenchText(r *rendering) bool {
	return slices.ContainsFunc(r.run.Trials, results.Trial.InBenchText)
}

func hasMatrix(r *rendering) bool { return newPageMatrix(r.Summary) != nil }

func advised(r *rendering) bool { return advices(r.Summary) != nil }

// advices returns the advice of a run of `fanbench advise`, which is recognised by its
// screening. Other runs have none.
func advices(s *summary.Run) []*advice.Advice {
	if len(s.Concluded()) == len(s.Scenarios) {
		return nil
	}
	return advice.Of(s)
}

func adviceAs(format string) func(r *rendering) ([]byte, error) {
	return func(r *rendering) ([]byte, error) {
		var b bytes.Buffer
		err := AdviceFormats[format](&b, advices(r.Summary))
		return b.Bytes(), err
	}
}

// writeCharts draws every chart and writes it into the folder.
func writeCharts(r *rendering, folder string) error {
	drawings, err := drawCharts(r.Summary, r.theme, folder, r.options.formats(), cmp.Or(r.options.dpi, figure.DPI))
	if err != nil {
		return err
	}
	for _, d := range drawings {
		if err := r.write(d.path, d.data); err != nil {
			return err
		}
	}
	return nil
}

// writeHistograms writes a histogram log for each strategy and scenario.
func writeHistograms(r *rendering, folder string) error {
	for _, sc := range r.Summary.Scenarios {
		for _, st := range sc.Strategies {
			if st.Comparable == 0 {
				continue
			}
			// The log has the same name as the folder of the strategy's task records.
			name := path.Base(path.Dir(st.Trials[0].Records))
			if err := r.write(path.Join(folder, sc.Name, name+".hlog"), st.HistogramLog); err != nil {
				return err
			}
		}
	}
	return nil
}
