package progress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// terminal shows what is on a terminal of 24 lines, from the sequences that Block uses.
type terminal struct {
	t      *testing.T
	lines  []string // the last is that of the cursor
	seen   []string // what was on it after each write
	before func()   // called at each write
}

var up = regexp.MustCompile(`^\x1b\[(\d+)A\r\x1b\[J`)

func (m *terminal) Write(b []byte) (int, error) {
	if m.before != nil {
		m.before()
	}
	for text := string(b); text != ""; {
		if found := up.FindStringSubmatch(text); found != nil {
			n, _ := strconv.Atoi(found[1])
			if n >= len(m.lines) {
				m.t.Fatalf("%d lines up of %q", n, m.lines)
			}
			m.lines = append(m.lines[:len(m.lines)-1-n:len(m.lines)-1-n], "")
			text = text[len(found[0]):]
			continue
		}
		line, rest, ended := strings.Cut(text, "\n")
		m.lines[len(m.lines)-1] += line
		if ended {
			m.lines = append(m.lines, "")
		}
		text = rest
	}
	m.seen = append(m.seen, strings.Join(m.lines, "\n"))
	return len(b), nil
}

// onTerminal is a Progress on a terminal, whose clock goes on by a second whenever it is read.
func onTerminal(t *testing.T) (*Progress, *terminal) {
	m := &terminal{t: t, lines: []string{""}}
	at := time.Unix(0, 0)
	now := func() time.Time {
		at = at.Add(time.Second)
		return at
	}
	return &Progress{w: m, on: screen.Screen{Width: 60, Terminal: true}, block: screen.NewBlock(m), now: now, began: now()}, m
}

// measuring is true while a trial is measured.
var measuring atomic.Bool

func init() {
	for _, name := range []string{"a", "b"} {
		strategies.Register(strategies.Spec{
			Name: name, Doc: "one task after the other",
			Traits: strategies.Traits{
				KeepsOrder: true, Reports: strategies.ReportsAll, OnError: strategies.RunsAll, OnPanic: strategies.PanicsInRun,
				OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.EndsCaller,
			},
			New: func(strategies.Params) (strategies.Strategy, error) {
				return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
					measuring.Store(true)
					defer measuring.Store(false)
					var errs []error
					for i := range b.Tasks() {
						errs = append(errs, b.Do(ctx, i))
					}
					return errors.Join(errs...)
				}), nil
			},
		})
	}
}

// outside notes that a Progress is at work.
type outside struct {
	*Progress
	told *atomic.Bool
}

func (o outside) Trial(t results.Trial, at bench.Position) {
	o.told.Store(true)
	o.Progress.Trial(t, at)
	o.told.Store(false)
}

// Nothing is drawn while a trial is measured, nor by anything but what is told between trials.
// At the end nothing of it is left on the terminal.
func TestDrawsOnlyBetweenTrials(t *testing.T) {
	p, m := onTerminal(t)
	var told atomic.Bool
	draws, during, unasked := 0, 0, 0
	m.before = func() {
		draws++
		if measuring.Load() {
			during++
		}
		if !told.Load() {
			unasked++
		}
	}
	list, err := scenario.ParseStrategies([]string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	sleep, err := latency.Parse("constant:1ms")
	if err != nil {
		t.Fatal(err)
	}
	s := scenario.Scenario{
		Name: "s", Target: scenario.Target{Sleep: &sleep}, Workload: scenario.Workload{Tasks: 2}, Strategies: list,
		Measure: scenario.Measurement{Rounds: 6, Warmup: 1},
	}
	if _, err := bench.Measure(t.Context(), []scenario.Scenario{s}, bench.Options{Dir: filepath.Join(t.TempDir(), "run"), Progress: outside{p, &told}}); err != nil {
		t.Fatal(err)
	}
	if draws != 14 || during != 0 || unasked != 0 {
		t.Errorf("%d draws after 14 trials, %d of them during a trial, %d unasked", draws, during, unasked)
	}
	m.before = nil
	last := m.seen[len(m.seen)-1]
	for _, want := range []string{"s: round 6/6, elapsed ", ", about 0s left", " 1. ", " 2. "} {
		if !strings.Contains(last, want) {
			t.Errorf("no %q in\n%s", want, last)
		}
	}
	if !strings.HasPrefix(m.seen[0], "s: warm-up 1/1, elapsed ") {
		t.Errorf("first:\n%s", m.seen[0])
	}
	p.Close()
	if left := m.seen[len(m.seen)-1]; left != "" {
		t.Errorf("this is left:\n%s", left)
	}
}

func trial(strategy string, round int, makespan time.Duration, audit results.Audit) results.Trial {
	return results.Trial{Scenario: "s", Strategy: strategy, Round: round, Status: results.StatusOK, Makespan: makespan, Audit: audit}
}

// The ranking has medians, failures last, and no more lines and columns than the terminal.
func TestRanking(t *testing.T) {
	p, m := onTerminal(t)
	long := "failsafe-adaptive-shared:max=200,initial=20,window=1s,and=more,and=still-more"
	for i, tr := range []results.Trial{
		trial("lost", 1, time.Millisecond, results.Audit{Lost: 1}),
		trial(long, 1, 30*time.Millisecond, results.Audit{}),
		trial("some", 1, 20*time.Millisecond, results.Audit{Failed: 2}),
		trial("some", 2, 40*time.Millisecond, results.Audit{Failed: 1}),
		trial("some", 3, 21*time.Millisecond, results.Audit{}),
		trial("lost", 2, time.Millisecond, results.Audit{}),
	} {
		p.Trial(tr, bench.Position{Over: i + 1, All: 20, Rounds: 5, Part: 0.25})
	}
	p.Say("said in between")
	if got, want := m.seen[len(m.seen)-3], `s: round 2/5, elapsed 11s, about 33s left
So far, by median (the differences may be chance):
 1. some                                               21.0 ms, 3 failed tasks
 2. failsafe-adaptive-shared…,and=more,and=still-more  30.0 ms
    lost                                               failed in 1 of 2
`; got != want {
		t.Errorf("got\n%s", got)
	}
	if got := m.seen[len(m.seen)-1]; got != "said in between\n" {
		t.Errorf("got\n%s", got)
	}
	for i := range 40 {
		p.Trial(trial(fmt.Sprint("strategy-", i), 3, time.Millisecond, results.Audit{}), bench.Position{Over: i + 1, All: 50, Rounds: 5, Part: 0.5})
	}
	lines := strings.Split(m.seen[len(m.seen)-1], "\n")
	if n := len(lines); n > 25 /* with the one above it */ || !strings.Contains(lines[n-2], " more") {
		t.Errorf("%d lines:\n%s", n, strings.Join(lines, "\n"))
	}
	for _, line := range lines {
		if screen.Width(line) > 79 {
			t.Errorf("%d columns: %s", screen.Width(line), line)
		}
	}
}

// Without a terminal there is a line for each round, and nothing is drawn again.
func TestLinesWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	p := New(&out)
	at := p.began
	p.now = func() time.Time { at = at.Add(3 * time.Second); return at }
	for i, name := range []string{"a", "b", "a", "b"} {
		p.Trial(trial(name, 1+i/2, time.Millisecond, results.Audit{}), bench.Position{Over: i + 1, All: 4, Rounds: 2, Part: float64(i+1) / 4})
	}
	p.Step("noise", 0, 0)
	p.Step("A/A: run 1/3", 0, 3)
	p.Step("A/A: run 2/3", 1, 3)
	p.Say("a note")
	p.Close()
	if want := `s: round 1/2, trial 1 of 4, elapsed 3s, about 9s left
s: round 2/2, trial 3 of 4, elapsed 9s, about 3s left
s: round 2/2, trial 4 of 4, elapsed 12s, about 0s left
noise, elapsed 15s
A/A: run 1/3, elapsed 18s
A/A: run 2/3, elapsed 21s, about 6s left
a note
`; out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
