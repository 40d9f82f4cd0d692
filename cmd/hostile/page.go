package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/machine"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/internal/version"
)

// outcomes are the counts of all series that ran.
type outcomes struct {
	seed   uint64
	began  time.Time
	took   time.Duration
	series []*tries
}

func newResults(seed uint64) *outcomes { return &outcomes{seed: seed, began: time.Now()} }

func (r *outcomes) add(t *tries) {
	t.took = time.Since(t.began)
	r.series = append(r.series, t)
}

func (r *outcomes) end() { r.took = time.Since(r.began) }

// broken returns an error if any promise was broken.
func (r *outcomes) broken() error {
	n, of := 0, 0
	for _, t := range r.series {
		for _, e := range t.expectations {
			n += e.tried - e.held
			of += e.tried
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d checks did not hold", n, of)
}

// table has a row for each expectation of the series.
func (t *tries) table() table.Writer {
	w := table.NewWriter()
	w.AppendHeader(table.Row{"check", "tries", "held", "example"})
	for _, e := range t.expectations {
		w.AppendRow(table.Row{short(e.what), e.tried, e.held, short(e.seen)})
	}
	return w
}

// text is the results for a terminal.
func (r *outcomes) text() string {
	var b strings.Builder
	for _, t := range r.series {
		w := t.table()
		w.SetStyle(table.StyleLight)
		fmt.Fprintf(&b, "%s (%.0f s)\n%s\n%s\n", t.series.name, t.took.Seconds(), w.Render(), t.brokenText())
	}
	return b.String()
}

// page is the measured part of docs/reliability.md.
func (r *outcomes) page() string {
	var b strings.Builder
	e := machine.ReadEnvironment()
	fmt.Fprintf(&b, "\nTried on %s in %.0f minutes with fanbench %s, %s, %d CPUs; seed %d.\n", r.began.UTC().Format("2006-01-02"), r.took.Minutes(), version.String(), e.OS, e.CPUs, r.seed)
	for _, t := range r.series {
		fmt.Fprintf(&b, "\n### %s\n\n**Promised.** %s\n\n**Tried.** %s\n\n%s\n", t.series.name, t.series.promise, t.series.how, t.table().RenderMarkdown())
		if text := t.brokenText(); text != "" {
			fmt.Fprintf(&b, "\n%s", text)
		}
	}
	return b.String()
}

// brokenText lists the expectations that did not hold, "" if all did.
func (t *tries) brokenText() string {
	var b strings.Builder
	for _, e := range t.expectations {
		for _, saw := range e.broken {
			fmt.Fprintf(&b, "- BROKEN: %s: %s\n", short(e.what), short(saw))
		}
		if more := e.tried - e.held - len(e.broken); more > 0 {
			fmt.Fprintf(&b, "- BROKEN: %s: %d more\n", short(e.what), more)
		}
	}
	return b.String()
}

// mostShown is the maximum length of a text in a table, in characters.
const mostShown = 120

// short puts a text on one line and shortens it to fit into a table.
func short(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > mostShown {
		r = append(r[:mostShown-1], '…')
	}
	return strings.ReplaceAll(string(r), "|", "/")
}

// write writes reliability.md into the directory out.
func (r *outcomes) write(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "reliability.md"), []byte(r.page()), 0o644)
}
