package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench"
)

// Options say what to render beside what always is.
type Options struct {
	Benchstat []string // the command of benchstat; nil leaves its table out
}

// Report is what was rendered of a run.
type Report struct {
	Summary   *Summary
	Benchstat string   // its table, "" if it was not run
	Files     []string // paths of what was written
}

// Render derives all reports of a run and writes them into its directory.
func Render(run *bench.Run, o Options) (*Report, error) {
	s, err := Summarize(run)
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
	if err := r.write(run.Dir, "summary.md", []byte(s.Markdown())); err != nil {
		return nil, err
	}
	if o.Benchstat != nil && len(run.Trials) > 0 {
		if r.Benchstat, err = benchstat(o.Benchstat, run.Dir); err != nil {
			return nil, err
		}
		r.Files = append(r.Files, filepath.Join(run.Dir, "benchstat.txt"))
	}
	charts, err := drawCharts(run, s)
	r.Files = append(r.Files, charts...)
	return r, err
}

func (r *Report) write(dir, name string, text []byte) error {
	path := filepath.Join(dir, name)
	r.Files = append(r.Files, path)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// Print writes the report for a terminal: the tables and, last, the paths of what was
// written.
func (r *Report) Print(w io.Writer) error {
	if err := r.Summary.Print(w); err != nil {
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
