//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
)

// measure has every generator send at every rate, in turns.
func (p plan) measure(ctx context.Context, all []generator, r *results, progress io.Writer) error {
	s, err := startServer(ctx, p.latency)
	if err != nil {
		return err
	}
	defer s.stop()
	dir, err := os.MkdirTemp("", "loadbench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for i := range max(p.turns, p.beyond) {
		saturated := map[string]bool{}
		for _, step := range p.steps() {
			if i >= step.turns {
				continue
			}
			fmt.Fprintf(progress, "turn %d of %d, %v/s\n", i+1, step.turns, step.rate)
			// Who begins changes with the turn.
			for k := range all {
				g := all[(k+i)%len(all)]
				for _, process := range g.processes {
					if step.beyond && saturated[g.name] {
						continue
					}
					l := load{url: s.url, process: process, rate: step.rate, warmup: p.warmup, window: p.windowAt(step.rate), seed: uint64(i + 1), dir: dir}
					t, err := g.turn(ctx, s, l)
					if err != nil {
						return fmt.Errorf("%s, %s, %v/s: %w", g.name, process, step.rate, err)
					}
					c := r.cell(g, process, step)
					c.Turns = append(c.Turns, t)
					saturated[g.name] = saturated[g.name] || t.saturated()
				}
			}
		}
	}
	return nil
}

// saturated reports whether the generator fell far behind. At a further rate, which is
// higher, it would only do so again.
func (t turn) saturated() bool { return t.P99 > hopeless }

const hopeless = 500 * time.Millisecond

// step is one rate.
type step struct {
	rate   float64
	turns  int
	beyond bool
}

func (p plan) steps() []step {
	var steps []step
	for _, rate := range p.rates {
		steps = append(steps, step{rate, p.turns, false})
	}
	for _, rate := range p.more {
		steps = append(steps, step{rate, p.beyond, true})
	}
	slices.SortFunc(steps, func(a, b step) int { return int(a.rate - b.rate) })
	return steps
}

func (p plan) windowAt(rate float64) time.Duration {
	if rate < slowRate {
		return p.slow
	}
	return p.window
}

// cell is that of a generator at a rate, which is made if there is none.
func (r *results) cell(g generator, process scenario.ArrivalProcess, s step) *cell {
	i := slices.IndexFunc(r.Cells, func(c cell) bool {
		return c.Generator == g.name && c.Process == process && c.Rate == s.rate
	})
	if i < 0 {
		i = len(r.Cells)
		r.Cells = append(r.Cells, cell{Generator: g.name, Peer: g.peer, Process: process, Rate: s.rate, Beyond: s.beyond})
	}
	return &r.Cells[i]
}

// longest is how much longer than it should a generator may take.
const longest = 30 * time.Second

// settling is how long a server has to clean up behind a generator.
const settling = 100 * time.Millisecond

// turn has a generator send once.
func (g generator) turn(ctx context.Context, s *server, l load) (turn, error) {
	if err := os.RemoveAll(l.run()); err != nil {
		return turn{}, err
	}
	if err := s.log(2*int(l.requests()) + 1000); err != nil {
		return turn{}, err
	}
	c, err := g.command(g.binary, l)
	if err != nil {
		return turn{}, err
	}
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return turn{}, err
	}
	kill := time.AfterFunc(l.length()+longest, func() { _ = c.Process.Kill() })
	stop := context.AfterFunc(ctx, func() { _ = c.Process.Kill() })
	failure := c.Wait()
	kill.Stop()
	stop()
	if ctx.Err() != nil {
		return turn{}, ctx.Err()
	}
	time.Sleep(settling)
	arrivals, err := s.take()
	if err != nil {
		return turn{}, err
	}
	t := turn{Planned: g.planned(l), Received: len(arrivals), Length: l.length()}
	t.CPU = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	if g.verdict != nil {
		// An invalid run has a status of its own; one that left no summary has failed.
		if t.CPU, t.Invalid, err = g.verdict(l); err != nil {
			return turn{}, fmt.Errorf("%w\n%s", err, output.String())
		}
	} else if failure != nil {
		t.Invalid = failure.Error()
	}
	var late []request
	if len(arrivals) == 0 {
		t.Invalid = strings.TrimSpace(fmt.Sprintf("it sent nothing: %v %s", failure, output.String()))
	} else {
		late = g.late(l, arrivals)
	}
	if len(late) == 0 { // nothing was sent, or no more than what does not count
		late = []request{{late: int64(l.length())}}
	}
	t.P50, t.P90, t.P99, t.Quiet = quantile(late, 0.5), quantile(late, 0.9), quantile(late, 0.99), quiet(late)
	return t, nil
}
