package strategytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// observation is what was seen of one batch.
type observation struct {
	Tasks int

	End      string // "returned", or the Reaction that says how Run ended otherwise
	Err      string // what Run returned
	Reported []int  // the tasks whose errors are in it, in order

	NeverStarted int
	Twice        int
	NotOK        int
	Canceled     int   // tasks that ended because their context was cancelled
	Early        int   // tasks that started before they were ready
	Peak         int   // most tasks at once
	Running      int   // attempts that were running when Run returned
	Ended        []int // tasks in the order in which they ended
	Leaked       int   // goroutines left after Close
}

const returned = "returned"

// A probe is a batch made to bring out a trait. All times are fake.
type probe struct {
	name     string
	sizes    []int                       // batches, one after another by the same strategy
	size     func(strategies.Choice) int // a batch, in place of sizes
	task     func(ctx context.Context, i int) error
	cancelAt time.Duration // when the context is cancelled, 0 for never
	arrivals time.Duration // time from one task's arrival to the next, 0 if all are there at the start
}

const (
	short = time.Millisecond
	usual = 40 * time.Millisecond // shorter than any default delay before a hedge
	slow  = 10 * time.Minute      // longer than any grace
	limit = time.Hour             // after which Run hangs

	panicValue = "strategytest: a task panics"
)

var probes = []probe{
	{name: "each once", sizes: []int{0, 1, 2, 100, 100}, task: func(ctx context.Context, i int) error {
		return work(ctx, short)
	}},
	{name: "width", size: func(c strategies.Choice) int { return several(c, 25) }, task: func(ctx context.Context, i int) error {
		return work(ctx, usual)
	}},
	{name: "order", size: plenty, task: func(_ context.Context, i int) error {
		time.Sleep(time.Duration(1_000_000-i) * time.Microsecond)
		return taskError(i)
	}},
	{name: "error", size: plenty, task: func(ctx context.Context, i int) error {
		if i == 5 || i == 9 {
			time.Sleep(short)
			return taskError(i)
		}
		return work(ctx, usual)
	}},
	{name: "cancel", size: plenty, cancelAt: usual / 2, task: func(ctx context.Context, i int) error {
		return work(ctx, usual)
	}},
	{name: "slow", sizes: []int{4}, task: func(ctx context.Context, i int) error {
		return work(ctx, slow)
	}},
	{name: "arrivals", size: plenty, arrivals: usual, task: func(ctx context.Context, i int) error {
		return work(ctx, short)
	}},
	{name: "goexit", size: plenty, task: func(ctx context.Context, i int) error {
		time.Sleep(short)
		runtime.Goexit()
		return nil
	}},
	{name: "panic", size: plenty, task: func(ctx context.Context, i int) error {
		if i == 5 {
			panic(panicValue)
		}
		return work(ctx, usual)
	}},
}

// plenty is a batch that is larger than what runs at once.
func plenty(c strategies.Choice) int { return max(40, several(c, 5)) }

// several is so many times the tasks that run at once; 100 if nothing bounds them.
func several(c strategies.Choice, times int) int {
	const boundless = 1 << 30
	if w := c.Width(boundless); w < boundless {
		return times * w
	}
	return 100
}

// work takes that long, or until the context is cancelled and a moment more: ending
// takes time too.
func work(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		time.Sleep(short)
		return ctx.Err()
	}
}

type taskError int

func (e taskError) Error() string { return fmt.Sprintf("task %d failed", int(e)) }

// runProbe writes an observation for each batch of a probe. It ends the process if
// goroutines are left, since no bubble can end with them.
func runProbe(t *testing.T, c strategies.Choice, name string) {
	p := probes[slices.IndexFunc(probes, func(p probe) bool { return p.name == name })]
	sizes := p.sizes
	if p.size != nil {
		sizes = []int{p.size(c)}
	}
	synctest.Test(t, func(t *testing.T) {
		before := goroutines()
		s, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		var seen []observation
		for _, n := range sizes {
			o := p.observe(s, n)
			seen = append(seen, o)
			if o.End == string(strategies.Hangs) {
				write(seen)
				os.Exit(0)
			}
			time.Sleep(limit) // until tasks that were left running have ended
		}
		if closer, ok := s.(io.Closer); ok {
			if err := closer.Close(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(limit)
		leaked := goroutines() - before
		seen[len(seen)-1].Leaked = leaked
		write(seen)
		if leaked > 0 {
			os.Exit(0)
		}
	})
}

// goroutines counts those of the bubble. It reads their stacks, which waits for those
// that are just ending; runtime.NumGoroutine does not.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
}

func write(seen []observation) {
	text, err := json.Marshal(seen)
	if err != nil {
		panic(err)
	}
	fmt.Printf("\n%s%s\n", linePrefix, text)
}

// observe has the strategy run one batch.
func (p probe) observe(s strategies.Strategy, n int) observation {
	var mu sync.Mutex
	var running, attempts int
	o := observation{Tasks: n}
	records := make([]strategies.Record, n)
	for i := range records {
		records[i].Ready = int64(i) * int64(p.arrivals)
	}
	b := strategies.NewBatch(records, func(ctx context.Context, i int, _ *strategies.Record) error {
		first := strategies.AttemptOf(ctx) == 1
		mu.Lock()
		attempts++
		if first {
			running++
			o.Peak = max(o.Peak, running)
		}
		mu.Unlock()
		defer func() {
			mu.Lock()
			attempts--
			if first {
				running--
				o.Ended = append(o.Ended, i)
			}
			mu.Unlock()
		}()
		return p.task(ctx, i)
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if p.cancelAt > 0 {
		defer time.AfterFunc(p.cancelAt, cancel).Stop()
	}
	b.Start()
	end, err := run(ctx, s, b)

	mu.Lock()
	o.Running = attempts
	mu.Unlock()
	o.End = end
	o.Reported = reported(err)
	if err != nil {
		o.Err = err.Error()
	}
	time.Sleep(limit) // the rest may still end, and no record is read while it does
	synctest.Wait()
	o.count(records)
	return o
}

func (o *observation) count(records []strategies.Record) {
	for i := range records {
		r := &records[i]
		switch {
		case r.Started() == 0:
			o.NeverStarted++
			continue
		case r.Started() > 1:
			o.Twice++
		}
		if r.Start < r.Ready {
			o.Early++
		}
		switch r.Load() {
		case strategies.OK:
		case strategies.Canceled:
			o.Canceled++
			fallthrough
		default:
			o.NotOK++
		}
	}
}

// run calls s.Run in a goroutine of its own and says how it ended.
func run(ctx context.Context, s strategies.Strategy, b *strategies.Batch) (end string, err error) {
	var how atomic.Pointer[string]
	done := make(chan struct{})
	go func() {
		result := string(strategies.EndsCaller)
		defer close(done)
		defer func() { how.Store(&result) }()
		defer func() {
			if recover() != nil {
				result = string(strategies.PanicsInRun)
			}
		}()
		err = s.Run(ctx, b)
		result = returned
	}()
	select {
	case <-done:
		return *how.Load(), err
	case <-time.After(limit):
		return string(strategies.Hangs), nil
	}
}

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
