// Package reports turns a run directory into tables, charts and pages for people. It measures
// nothing.
//
//	results.Run      a run on disk
//	  -> summary     every figure shown, computed once
//	  -> charts      its charts, drawn with package figure
//	  -> files       index.html, summary.{json,md,csv}, trials.csv, junit.xml, metrics.txt,
//	                 charts/*, hist/*.hlog, tasks.parquet, benchstat.txt (Render; exports.go
//	                 lists them)
//	  -> text        verdicts and tables on the terminal (Report.Print)
//
// Rendering the same run again gives the same output.
package reports

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// Options select what to render in addition to the standard reports.
type Options struct {
	SVG      bool   // also write every chart as SVG
	Theme    string // theme of the charts: light or dark; "" means light
	NoCharts bool   // skip the charts and the page that shows them
	Parquet  bool   // also write tasks.parquet
	Verbose  bool   // print everything: see Report.Print

	dpi int // resolution of PNGs; 0 means figure.DPI. Tests use a low one, because pixels are slow under the race detector
}

// Check returns an error for each invalid option, in terms of the command's flags.
func (o Options) Check() error {
	if _, err := o.theme(); err != nil {
		return fmt.Errorf("--theme: %w", err)
	}
	return nil
}

// formats are the file formats of the charts.
func (o Options) formats() []string {
	if o.SVG {
		return []string{"png", "svg"}
	}
	return []string{"png"}
}

func (o Options) theme() (figure.Theme, error) {
	if o.Theme == "" {
		return figure.Light, nil
	}
	return figure.ThemeNamed(o.Theme)
}

// pageFile is the report to read first.
const pageFile = "index.html"

// Report is the rendered report of a run.
type Report struct {
	Summary *summary.Run
	Files   []string // paths of the written files

	benchstat []unpaired // benchstat's comparison of each scenario
	dir       string     // the run's directory
	verbose   bool       // print everything
}

// Copy writes a file of the report, such as summary.json, to w.
func (r *Report) Copy(w io.Writer, name string) error {
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// Render derives all reports of a run and writes them into its directory. If a file cannot be
// written, it returns the reports before it together with the error, so that the results can
// still be printed.
func Render(run *results.Run, o Options) (*Report, error) {
	theme, err := o.theme()
	if err != nil {
		return nil, err
	}
	s, err := summary.Of(run)
	if err != nil {
		return nil, err
	}
	r := &rendering{Report: &Report{Summary: s, dir: run.Dir, verbose: o.Verbose}, run: run, options: o, theme: theme}
	for _, e := range exports {
		if e.when != nil && !e.when(r) {
			continue
		}
		if err := e.write(r, e.name); err != nil {
			return r.Report, err
		}
	}
	return r.Report, nil
}

// write writes one file of the report. name is relative to the run directory, with forward
// slashes.
func (r *Report) write(name string, data []byte) error {
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		// Remove an incomplete file, so that nobody takes it for a complete one.
		return fmt.Errorf("writing the report: %w", errors.Join(err, os.Remove(path)))
	}
	return r.written(name, nil)
}

// written lists a file that was written elsewhere, unless err is set.
func (r *Report) written(name string, err error) error {
	if err == nil {
		r.Files = append(r.Files, filepath.Join(r.dir, filepath.FromSlash(name)))
	}
	return err
}

// Start is the path of the file to read first: the page or, without one, summary.md.
func (r *Report) Start() string {
	if page := filepath.Join(r.dir, pageFile); slices.Contains(r.Files, page) {
		return page
	}
	return filepath.Join(r.dir, "summary.md")
}

// listing lists the written files: the files of the run directory, its folders with the
// number of their files, and last the page, if there is one.
func (r *Report) listing() []string {
	var out, last []string
	count := map[string]int{}
	for _, f := range r.Files {
		folder, _, inFolder := strings.Cut(filepath.ToSlash(strings.TrimPrefix(f, r.dir+string(filepath.Separator))), "/")
		switch {
		case inFolder:
			count[folder]++
		case folder == pageFile:
			last = []string{f}
		default:
			out = append(out, f)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(count)) {
		out = append(out, fmt.Sprintf("%s (%d files)", filepath.Join(r.dir, folder)+string(filepath.Separator), count[folder]))
	}
	return append(out, last...)
}
