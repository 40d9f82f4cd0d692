package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "static-chunks",
		Doc:    "the batch cut into as many equal runs of neighbours as there are workers, one for each",
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
		New:   func(p Params) (Strategy, error) { return staticChunks{workers: p.Int("workers")}, nil },
	})
}

// staticChunks is static partitioning: OpenMP's schedule(static), "split the slice by the
// number of CPUs". It coordinates nothing while it runs. So it is the cheapest if tasks take
// the same time, and leaves workers idle if they do not: the slowest chunk is the makespan.
// It needs the whole batch at the start. Run blocks until all workers have ended. All errors
// are joined, in task order, and all tasks run. Tasks must handle cancellation themselves. A
// panic ends the process. A Goexit loses the rest of its chunk, and Run returns nil.
type staticChunks struct{ workers int }

func (s staticChunks) Run(ctx context.Context, b *Batch) error {
	n := b.Len()
	errs := make([]error, n)
	workers := min(s.workers, n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				errs[i] = b.Do(ctx, i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
