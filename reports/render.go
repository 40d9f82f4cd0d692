// Package reports turns a run directory into what people read: tables, charts and
// pages. It measures nothing.
//
//	results.Run      a run as it lies on disk
//	  -> summary     every figure that is shown, computed once
//	  -> charts      pictures of it, drawn with package figure
//	  -> files       index.html, summary.{json,md,csv}, trials.csv, junit.xml, charts/*,
//	                 hist/*.hlog, tasks.parquet, benchstat.txt (Render; exports.go lists them)
//	  -> text        verdicts and tables on the terminal (Report.Print)
//
// All of it can be made again from the same run, and comes out the same.
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

// Options say what to render beside what always is.
type Options struct {
	SVG      bool   // every chart as SVG too
	Theme    string // of the charts: light or dark; "" is light
	NoCharts bool   // neither charts nor the page that shows them

	dpi int // of PNGs; 0 is figure.DPI. Tests draw coarsely, since the race detector makes pixels dear
}

// Check reports what is wrong with the options, in terms of the command's flags.
func (o Options) Check() error {
	if _, err := o.theme(); err != nil {
		return fmt.Errorf("--theme: %w", err)
	}
	return nil
}

// formats are those of the charts.
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

// pageFile is the report to look at.
const pageFile = "index.html"

// Report is what was rendered of a run.
type Report struct {
	Summary   *summary.Run
	Benchstat string   // benchstat's table of the makespans, "" if there is none
	Files     []string // paths of what was written

	dir string // the run's
}

// Render derives all reports of a run and writes them into its directory. Where a file
// cannot be made or written, the report of those before it is returned beside the error:
// what was measured can still be printed.
func Render(run *results.Run, o Options) (*Report, error) {
	theme, err := o.theme()
	if err != nil {
		return nil, err
	}
	s, err := summary.Of(run)
	if err != nil {
		return nil, err
	}
	r := &rendering{Report: &Report{Summary: s, dir: run.Dir}, run: run, options: o, theme: theme}
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

// write writes one file of the report; name is relative to the run directory and has
// forward slashes.
func (r *Report) write(name string, data []byte) error {
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		// Half a file must not be taken for a whole one.
		return fmt.Errorf("writing the report: %w", errors.Join(err, os.Remove(path)))
	}
	return r.written(name, nil)
}

// written lists a file that was written elsewhere, unless that failed.
func (r *Report) written(name string, err error) error {
	if err == nil {
		r.Files = append(r.Files, filepath.Join(r.dir, filepath.FromSlash(name)))
	}
	return err
}

// Start is the path of the file to begin reading with: the page, or where none was made
// summary.md.
func (r *Report) Start() string {
	if page := filepath.Join(r.dir, pageFile); slices.Contains(r.Files, page) {
		return page
	}
	return filepath.Join(r.dir, "summary.md")
}

// Print writes the report for a terminal: the tables and, last, where what was written
// lies.
func (r *Report) Print(w io.Writer) error {
	if err := printSummary(w, r.Summary); err != nil {
		return err
	}
	if r.Benchstat != "" {
		if _, err := fmt.Fprintf(w, "\nbenchstat on the same figures (unpaired, Mann-Whitney):\n\n%s", r.Benchstat); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(r.listing(), "\n"))
	return err
}

// listing is what was written: the files of the run directory, its folders with how many
// files each has, and last the page, which shows it all, if it was made.
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
