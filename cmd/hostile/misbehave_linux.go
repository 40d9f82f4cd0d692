package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/strategies"
)

// misbehave runs strategies and programs that go wrong beside one that does not.
var misbehave = series{
	name:    "misbehave",
	promise: "A strategy or program that goes wrong costs its own trials and nothing else: it is classified, the other strategies' rounds are complete, and fanbench's memory, disk and time stay bounded.",
	how:     "Each runs for two rounds of six tasks beside `sequential`, in a scenario of its own, with three seconds a trial.",
	run:     runMisbehave,
}

// misbehaviour is a strategy of this program that goes wrong.
type misbehaviour struct {
	name   string
	status bench.Status // expected
	make   func() error // what its constructor does; nil for nothing
	run    strategies.Func
}

var misbehaviours = []misbehaviour{
	{name: "hostile-exits", status: bench.StatusFatal, run: func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		os.Exit(7)
		return nil
	}},
	{name: "hostile-panics", status: bench.StatusPanic, run: func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		panic("on purpose")
	}},
	{name: "hostile-hangs", status: bench.StatusHang, run: func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		select {}
	}},
	{name: "hostile-doubles", status: bench.StatusIncomplete, run: func(ctx context.Context, b *strategies.Batch) error {
		all(ctx, b)
		half(ctx, b)
		return nil
	}},
	{name: "hostile-loses", status: bench.StatusIncomplete, run: func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		return nil
	}},
	{name: "hostile-errors", status: bench.StatusError, run: func(ctx context.Context, b *strategies.Batch) error {
		all(ctx, b)
		return errors.New("on purpose")
	}},
}

// registerMisbehaving makes them strategies of the fanbench that this program is.
func registerMisbehaving() {
	for _, m := range misbehaviours {
		strategies.Register(strategies.Spec{
			Name: m.name, Doc: "goes wrong on purpose",
			New: func(strategies.Params) (strategies.Strategy, error) {
				if m.make != nil {
					if err := m.make(); err != nil {
						return nil, err
					}
				}
				return m.run, nil
			},
		})
	}
}

// all does the whole batch, half its first half.
func all(ctx context.Context, b *strategies.Batch) {
	for i := range b.Len() {
		_ = b.Do(ctx, i) // recorded
	}
}

func half(ctx context.Context, b *strategies.Batch) {
	for i := range b.Len() / 2 {
		_ = b.Do(ctx, i) // recorded
	}
}

// misbehaveRounds are held with each.
const misbehaveRounds = 2

func runMisbehave(ctx context.Context, t *tries) error {
	for i := range t.times(ctx, len(misbehaviours)) {
		if err := t.misbehave(ctx, misbehaviours[i].name, misbehaviours[i].status, ""); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// misbehave measures the strategy beside sequential and checks how that ends.
func (t *tries) misbehave(ctx context.Context, strategy string, want bench.Status, programs string) error {
	dir, err := os.MkdirTemp(t.dir, strategy+"-")
	if err != nil {
		return err
	}
	scenario := fmt.Sprintf("name: hostile\ntarget: {mock: {latency: 1ms}}\nworkload: {tasks: 6, timeout: 2s}\nstrategies: [sequential, %s]\nmeasure: {rounds: %d, warmup: 0, trial_timeout: 3s}\n%s",
		strategy, misbehaveRounds, programs)
	if err := os.WriteFile(filepath.Join(dir, "s.yaml"), []byte(scenario), 0o644); err != nil {
		return err
	}
	o, err := t.fanbench(ctx, dir, "run", "s.yaml", "--out", "run", "--no-charts")
	if err != nil {
		return err
	}
	run, err := bench.OpenRun(filepath.Join(dir, "run"))
	if err != nil {
		t.expect("the run directory can be read", false, "%s: %v; %s", strategy, err, o)
		return nil
	}
	bad, good := run.Measured("hostile", strategy), run.Measured("hostile", "sequential")
	var saw []string
	for _, trial := range bad {
		saw = append(saw, strings.TrimSuffix(fmt.Sprintf("%s: %s", trial.Status, trial.Error), ": "))
	}
	right := len(bad) > 0 && !slices.ContainsFunc(bad, func(trial bench.Trial) bool { return trial.Status != want })
	t.expect(fmt.Sprintf("%s: %s", strategy, want), right, "%s", strings.Join(slices.Compact(saw), "; "))
	whole := 0
	for _, trial := range good {
		if trial.Status == bench.StatusOK {
			whole++
		}
	}
	t.expect("the other strategy's rounds are complete", whole == misbehaveRounds, "beside %s: %d of %d; %s", strategy, whole, misbehaveRounds, o)
	t.expect("fanbench ends within 30 s", o.took < 30*time.Second, "%s: %.1f s", strategy, o.took.Seconds())
	return nil
}
