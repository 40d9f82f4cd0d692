package strategies

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// maxThreads stays below the 10,000 threads at which the Go runtime ends a process.
const maxThreads = 9_000

func init() {
	limit := LimitParam()
	limit.Max = maxThreads
	Register(Spec{
		Name:   "os-thread-per-task",
		Doc:    "an operating system thread of its own for every task, which dies with it",
		Params: []Param{limit},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: Limit,
		New:   func(p Params) (Strategy, error) { return osThreadPerTask{limit: p.Int("limit")}, nil },
	})
}

// osThreadPerTask is "thread per request" of other languages: std::thread, pthread_create,
// new Thread. A goroutine that locks its thread and ends without unlocking it ends the
// thread too, so every task pays for the creation and the end of a thread. Run blocks while
// limit tasks run. All errors are joined, in task order, and all tasks run. Tasks must
// handle cancellation themselves. A panic ends the process, a Goexit only its thread.
type osThreadPerTask struct{ limit int }

func (o osThreadPerTask) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	slots := make(chan struct{}, o.limit)
	var wg sync.WaitGroup
	for i := range b.Tasks() {
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			runtime.LockOSThread()
			errs[i] = b.Do(ctx, i)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}
