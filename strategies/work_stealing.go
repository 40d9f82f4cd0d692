package strategies

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

func init() {
	Register(Spec{
		Name:   "work-stealing",
		Doc:    "equal chunks to start with; a worker that has none left takes half of another's",
		Params: []Param{WorkersParam()},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   LosesTasks,
			Concurrent: true,
		},
		Width: Workers,
		New:   func(p Params) (Strategy, error) { return workStealing{workers: p.Int("workers")}, nil },
	})
}

// workStealing is static partitioning that balances itself, as rayon, Cilk, TBB and Java's
// ForkJoinPool do. Every worker takes tasks from the front of its own range, and from the
// back of another's when its own is empty, so workers interact only if the load is uneven.
// It needs the whole batch at the start. Run blocks until all workers have ended. All errors
// are joined, in task order, and all tasks run. Tasks must handle cancellation themselves. A
// panic ends the process. A Goexit ends a worker, and others steal its range; when no worker
// is left, Run returns nil and the remaining tasks never start.
type workStealing struct{ workers int }

func (s workStealing) Run(ctx context.Context, b *Batch) error {
	n := b.Len()
	errs := make([]error, n)
	ranges := make([]taskRange, min(s.workers, n))
	for w := range ranges {
		ranges[w].set(w*n/len(ranges), (w+1)*n/len(ranges))
	}
	var wg sync.WaitGroup
	for w := range ranges {
		wg.Go(func() {
			for {
				i, ok := ranges[w].takeFirst()
				if !ok {
					if ok = steal(ranges, w); !ok {
						return
					}
					continue
				}
				errs[i] = b.Do(ctx, i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// steal moves half of another worker's range to that of worker w, which is empty,
// and reports whether there was any.
func steal(ranges []taskRange, w int) bool {
	for k := 1; k < len(ranges); k++ {
		if from, to, ok := ranges[(w+k)%len(ranges)].takeHalf(); ok {
			ranges[w].set(from, to)
			return true
		}
	}
	return false
}

// taskRange is the tasks [from, to), both in one word so that the owner and thieves change
// them in one step: to in the upper half, from in the lower. A value never recurs with other
// tasks, because a taken task never returns (no ABA problem). Each range has its own cache
// line.
type taskRange struct {
	word atomic.Uint64
	_    [56]byte
}

func (r *taskRange) set(from, to int) { r.word.Store(uint64(to)<<32 | uint64(from)) }

func (r *taskRange) get() (word uint64, from, to int) {
	word = r.word.Load()
	return word, int(word & (1<<32 - 1)), int(word >> 32)
}

func (r *taskRange) takeFirst() (i int, ok bool) {
	for {
		word, from, to := r.get()
		if from == to {
			return 0, false
		}
		if r.word.CompareAndSwap(word, word+1) {
			return from, true
		}
	}
}

// takeHalf takes the upper half, rounded up: a single task can be stolen too.
func (r *taskRange) takeHalf() (from, to int, ok bool) {
	for {
		word, from, to := r.get()
		if from == to {
			return 0, 0, false
		}
		middle := from + (to-from)/2
		if r.word.CompareAndSwap(word, uint64(middle)<<32|uint64(from)) {
			return middle, to, true
		}
	}
}
