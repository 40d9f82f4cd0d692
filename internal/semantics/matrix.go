package semantics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// Matrix is what was measured.
type Matrix struct {
	Fanbench string `json:"fanbench"`
	Go       string `json:"go"`
	Rows     []Row  `json:"rows"`
}

// Row is what was measured of one strategy.
type Row struct {
	Strategy   string            `json:"strategy"`
	Cells      map[string]string `json:"cells"` // as in the tables, by column
	Seen       map[string]Seen   `json:"seen"`  // by probe
	Found      strategies.Traits `json:"found"`
	Mismatches []string          `json:"mismatches"` // traits that are declared otherwise

	choice strategies.Choice
}

// Mismatches are those of all rows, one line each.
func (m Matrix) Mismatches() (lines []string) {
	for _, r := range m.Rows {
		for _, text := range r.Mismatches {
			lines = append(lines, r.Strategy+": "+text)
		}
	}
	return lines
}

// Options say how a matrix is measured.
type Options struct {
	Command  []string                             // of a process that calls Serve with the two arguments that are added: strategy and cell
	Quick    bool                                 // without the batch of 10^6 tasks
	Progress func(strategy string, over, all int) // called before each strategy
}

// cellLimit ends a process that says nothing: its strategy hangs where no clock sees it.
const cellLimit = 90 * time.Second

// Measure measures the choices, one cell at a time. The error is that of a process that
// could not be started, or the context's.
func Measure(ctx context.Context, choices []strategies.Choice, o Options) (Matrix, error) {
	var m Matrix
	for i, c := range choices {
		o.Progress(c.String(), i, len(choices))
		r := Row{Strategy: c.String(), Seen: map[string]Seen{}, choice: c}
		observed := map[string][]probe.Observation{}
		for _, cell := range cells(o.Quick) {
			seen, err := o.measure(ctx, c, cell)
			if err != nil {
				return m, err
			}
			r.Seen[cell] = seen
			observed[cell] = seen.Batches
		}
		r.Found = probe.Found(observed, c.Spec.Traits)
		r.Mismatches = append([]string{}, probe.Mismatches(c.Spec.Traits, r.Found)...)
		r.fill()
		m.Rows = append(m.Rows, r)
	}
	return m, nil
}

// measure has a process measure one cell.
func (o Options) measure(ctx context.Context, c strategies.Choice, cell string) (Seen, error) {
	limited, cancel := context.WithTimeout(ctx, cellLimit)
	defer cancel()
	child := exec.CommandContext(limited, o.Command[0], append(o.Command[1:len(o.Command):len(o.Command)], c.String(), cell)...)
	child.Env = append(os.Environ(), "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0") // else a second each under -race
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	err := child.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Seen{}, ctx.Err()
	case limited.Err() != nil:
		return ended(string(strategies.Hangs)), nil
	case err == nil:
		var seen Seen
		err := json.Unmarshal(stdout.Bytes(), &seen)
		return seen, err
	case !errors.As(err, &exit):
		return Seen{}, fmt.Errorf("starting a process to measure %s: %w", c, err)
	case strings.Contains(stderr.String(), "panic: "+probe.PanicValue):
		return ended(string(strategies.Crashes)), nil
	}
	first, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	return Seen{Died: fmt.Sprintf("%v: %s", err, first)}, nil
}

func ended(how string) Seen { return Seen{Batches: []probe.Observation{{End: how}}} }
