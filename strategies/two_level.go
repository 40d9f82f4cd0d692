package strategies

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
)

func init() {
	Register(Spec{
		Name:   "two-level",
		Doc:    "a limit for each batch under a limit for the process, so that no batch takes all of it",
		Source: xsync,
		Params: []Param{
			{Name: "batch", Doc: "tasks at once of a batch", Default: 4, Min: 1, Max: MaxLimit},
			{Name: "process", Doc: "tasks at once of all batches", Default: 8, Min: 1, Max: MaxLimit},
		},
		Check: func(p Params) error {
			if p.Int("batch") > p.Int("process") {
				return fmt.Errorf("batch=%d is above process=%d", p.Int("batch"), p.Int("process"))
			}
			return nil
		},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: func(p Params) int { return p.Int("batch") },
		InAll: func(p Params) int { return p.Int("process") },
		New: func(p Params) (Strategy, error) {
			return twoLevel{batch: p.Int("batch"), process: semaphore.NewWeighted(int64(p.Int("process")))}, nil
		},
	})
}

// twoLevel has a semaphore for each batch and one for the process. The caller waits for both
// before it starts a goroutine, first for the batch's own, so that a batch at its limit does
// not keep others waiting. Batches that wait for the process take turns, one task each. Run
// blocks until all started tasks are done. All errors are joined, in task order, and all
// tasks run; after a cancellation no further task starts. A panic ends the process, a Goexit
// loses only its task.
type twoLevel struct {
	batch   int
	process *semaphore.Weighted
}

func (t twoLevel) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	own := semaphore.NewWeighted(int64(t.batch))
	var done sync.WaitGroup
	for i := range b.Tasks() {
		if errs[i] = own.Acquire(ctx, 1); errs[i] != nil {
			break
		}
		if errs[i] = t.process.Acquire(ctx, 1); errs[i] != nil {
			break
		}
		done.Go(func() {
			defer own.Release(1)
			defer t.process.Release(1)
			errs[i] = b.Do(ctx, i)
		})
	}
	done.Wait()
	return errors.Join(errs...)
}
