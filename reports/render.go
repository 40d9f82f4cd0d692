// Package reports turns a run directory into what people read: tables, charts and
// pages. It measures nothing.
//
//	bench.Run        a run as it lies on disk
//	  -> summary     every figure that is shown, computed once
//	  -> charts      pictures of it, drawn with package figure
//	  -> files       summary.json, summary.md, charts/*.png, benchstat.txt (Render)
//	  -> text        the table on the terminal (Report.Print)
//
// All of it can be made again from the same run, and comes out the same.
package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// Options say what to render beside what always is.
type Options struct {
	Benchstat []string // the command of benchstat; nil leaves its table out
	SVG       bool     // every chart as SVG too
	Theme     string   // of the charts: light or dark; "" is light
}

// Check reports what is wrong with the options, in terms of the command's flags.
func (o Options) Check() error {
	if _, err := o.theme(); err != nil {
		return fmt.Errorf("--theme: %w", err)
	}
	return nil
}

func (o Options) theme() (figure.Theme, error) {
	if o.Theme == "" {
		return figure.Light, nil
	}
	return figure.ThemeNamed(o.Theme)
}

// Report is what was rendered of a run.
type Report struct {
	Summary   *summary.Run
	Benchstat string   // its table, "" if it was not run
	Files     []string // paths of what was written
}

// Render derives all reports of a run and writes them into its directory. Where only
// benchstat failed, the report of all the rest is returned beside the error.
func Render(run *bench.Run, o Options) (*Report, error) {
	theme, err := o.theme()
	if err != nil {
		return nil, err
	}
	s, err := summary.Of(run)
	if err != nil {
		return nil, err
	}
	r := &Report{Summary: s}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the summary: %w", err)
	}
	if err := r.write(run.Dir, "summary.json", append(text, '\n')); err != nil {
		return nil, err
	}
	if err := r.write(run.Dir, "summary.md", []byte(markdown(s))); err != nil {
		return nil, err
	}
	formats := []string{"png"}
	if o.SVG {
		formats = append(formats, "svg")
	}
	pictures, err := drawCharts(s, theme, formats)
	if err != nil {
		return nil, err
	}
	for _, pic := range pictures {
		if err := r.write(run.Dir, pic.path, pic.data); err != nil {
			return nil, err
		}
	}
	if o.Benchstat != nil && slices.ContainsFunc(run.Trials, bench.Trial.InBenchText) {
		if r.Benchstat, err = benchstat(o.Benchstat, run); err != nil {
			return r, err
		}
		r.Files = append(r.Files, filepath.Join(run.Dir, "benchstat.txt"))
	}
	return r, nil
}

// write writes one file of the report; name is relative to the run directory and has
// forward slashes.
func (r *Report) write(dir, name string, data []byte) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	r.Files = append(r.Files, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		// Half a file must not be taken for a whole one.
		return fmt.Errorf("writing the report: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// Print writes the report for a terminal: the tables and, last, the paths of what was
// written.
func (r *Report) Print(w io.Writer) error {
	if err := printSummary(w, r.Summary); err != nil {
		return err
	}
	if r.Benchstat != "" {
		if _, err := fmt.Fprintf(w, "\nbenchstat:\n\n%s", r.Benchstat); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(r.Files, "\n"))
	return err
}

// tally writes how often each of a few things occurred: "200: 40, 404: 10".
func tally[K interface{ ~uint32 | ~string }](counts map[K]int) string {
	keys := slices.Sorted(maps.Keys(counts))
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("%v: %d", k, counts[k])
	}
	return strings.Join(parts, ", ")
}
