package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "waves",
		Doc:    "so many tasks at once, then wait for all of them before the next so many",
		Params: []Param{{Name: "size", Doc: "tasks per wave", Default: 8, Min: 1, Max: MaxLimit}},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: func(p Params) int { return p.Int("size") },
		New:   func(p Params) (Strategy, error) { return waves{size: p.Int("size")}, nil },
	})
}

// waves has a barrier after every size tasks: "process in batches", Promise.all over slices,
// bulk-synchronous. Every wave takes as long as its slowest task, while the other places are
// idle. Run blocks until the last wave is done, and checks its context between waves. All
// errors are joined, in task order, and all tasks run. A panic ends the process, a Goexit
// loses only its task.
type waves struct{ size int }

func (w waves) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	var wave sync.WaitGroup
	for i := range b.Tasks() {
		if i%w.size == 0 {
			wave.Wait()
			if err := ctx.Err(); err != nil {
				errs[i] = err
				break
			}
		}
		wave.Add(1)
		go func() {
			defer wave.Done()
			errs[i] = b.Do(ctx, i)
		}()
	}
	wave.Wait()
	return errors.Join(errs...)
}
