// Package probe holds batches that are made to bring out what a strategy does: on an
// error, a panic, a Goexit, a cancellation, on many tasks and on none; and the judgement
// of what was seen.
//
// Probes is the list of batches, at a Pace, in fake time or in real; Probe.Observe has a
// strategy run one and tells what was seen; Found turns what was seen of all of them
// into the traits that the strategy has. Package strategytest holds them against those
// that it declares.
package probe

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// Pace is how long things take.
type Pace struct {
	Short time.Duration // a task that takes a moment
	Usual time.Duration // one that takes its time: less than any default delay before a hedge
	Slow  time.Duration // one that takes longer than any grace
	Limit time.Duration // Run hangs when nothing has happened for so long

	// Settle waits, after Run has returned, until tasks that were left running have
	// ended: running tells how many there are.
	Settle func(running func() int)
}

// The names of the probes.
const (
	EachOnce   = "each once"
	Width      = "width"
	Order      = "order"
	Error      = "error"
	Cancel     = "cancel"
	CancelDeaf = "cancel, ignored" // by the tasks
	SlowTasks  = "slow"
	Together   = "together"
	Nested     = "nested"
	Goexit     = "goexit"
	GoexitOne  = "goexit of one"
	Panic      = "panic"
)

// Probe is a batch, or several one after another, for the same strategy.
type Probe struct {
	Name     string
	sizes    []int                       // of the batches
	size     func(strategies.Choice) int // of the one batch, in place of sizes
	task     func(ctx context.Context, i, n int) error
	cancelAt time.Duration // when the context is cancelled, 0 for never
	together int           // batches that overlap, 0 for one
	nested   bool          // every task runs a batch of its own, by the same strategy
	pace     Pace
}

// failing is the task of each batch that fails, of batches that overlap.
const failing = 5

// PanicValue is what a task panics with.
const PanicValue = "probe: a task panics"

// Probes is every probe, at that pace.
func Probes(pace Pace) []Probe {
	atCancel := pace.Usual / 2
	deaf := func(context.Context, int, int) error {
		time.Sleep(pace.Usual)
		return nil
	}
	works := func(d time.Duration) func(context.Context, int, int) error {
		return func(ctx context.Context, _, _ int) error { return work(ctx, d, pace.Short) }
	}
	list := []Probe{
		{Name: EachOnce, sizes: []int{0, 1, 2, 100, 100}, task: works(pace.Short)},
		{Name: Width, size: func(c strategies.Choice) int { return several(c, 25) }, task: works(pace.Usual)},
		{Name: Order, size: plenty, task: func(_ context.Context, i, n int) error {
			time.Sleep(time.Duration(n-i) * pace.Short)
			return taskError(i)
		}},
		{Name: Error, size: plenty, task: func(ctx context.Context, i, _ int) error {
			if i == 5 || i == 9 {
				time.Sleep(pace.Short)
				return taskError(i)
			}
			return work(ctx, pace.Usual, pace.Short)
		}},
		{Name: Cancel, size: plenty, cancelAt: atCancel, task: works(pace.Usual)},
		{Name: CancelDeaf, size: plenty, cancelAt: atCancel, task: deaf},
		{Name: SlowTasks, sizes: []int{4}, task: works(pace.Slow)},
		{Name: Together, size: plenty, together: Batches, task: func(ctx context.Context, i, _ int) error {
			if err := work(ctx, pace.Usual, pace.Short); err != nil {
				return err
			}
			if i == failing {
				return taskError(i)
			}
			return nil
		}},
		{Name: Nested, size: plenty, together: Batches, nested: true, task: works(pace.Short)},
		{Name: Goexit, size: plenty, task: func(context.Context, int, int) error {
			time.Sleep(pace.Short)
			runtime.Goexit()
			return nil
		}},
		{Name: GoexitOne, size: plenty, task: func(ctx context.Context, i, _ int) error {
			if i == 5 {
				runtime.Goexit()
			}
			return work(ctx, pace.Short, pace.Short)
		}},
		{Name: Panic, size: plenty, task: func(ctx context.Context, i, _ int) error {
			if i == 5 {
				panic(PanicValue)
			}
			return work(ctx, pace.Usual, pace.Short)
		}},
	}
	for i := range list {
		list[i].pace = pace
	}
	return list
}

// Judged reports whether a requirement or a trait is judged by the probe.
func (p Probe) Judged() bool {
	return p.Name != CancelDeaf && p.Name != GoexitOne && p.Name != Nested
}

// Batches is how many batches overlap in the probes Together and Nested.
const Batches = 3

// Sizes are the numbers of tasks of the probe's batches for that choice.
func (p Probe) Sizes(c strategies.Choice) []int {
	if p.size != nil {
		return []int{p.size(c)}
	}
	return p.sizes
}

// plenty is a batch that is larger than what runs at once.
func plenty(c strategies.Choice) int { return max(40, several(c, 5)) }

// several is a multiple of the concurrency limit; 100 if there is no limit.
func several(c strategies.Choice, times int) int {
	const boundless = 1 << 30
	if w := c.Width(boundless); w < boundless {
		return times * w
	}
	return 100
}

// work takes that long, or until the context is cancelled and a moment more: ending
// takes time too.
func work(ctx context.Context, d, moment time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		time.Sleep(moment)
		return ctx.Err()
	}
}

type taskError int

func (e taskError) Error() string { return fmt.Sprintf("task %d failed", int(e)) }

// reported lists the tasks whose errors are in err, in order.
func reported(err error) []int {
	var task taskError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []int
		for _, e := range joined.Unwrap() {
			all = append(all, reported(e)...)
		}
		return all
	}
	if errors.As(err, &task) {
		return []int{int(task)}
	}
	return nil
}
