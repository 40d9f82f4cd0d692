package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "shared-pool",
		Doc:    "one pool of workers for the process, before it one queue for the tasks of all batches, first come, first served",
		Params: []Param{WorkersParam()},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: Workers,
		InAll: Workers,
		New:   func(p Params) (Strategy, error) { return newSharedPool(p.Int("workers")), nil },
	})
}

// sharedPool is the pool of a service that starts its workers once: every batch appends its
// tasks to one queue, and workers take them from the front. So a small batch waits for a
// large one that came just before it. Run blocks until the batch's tasks are done. All
// errors are joined, in task order, and all tasks run. Tasks must handle cancellation
// themselves. A panic ends the process. A Goexit loses only its task; a new worker replaces
// the one that ended. A task that runs a batch on the same pool may deadlock, because its
// worker waits for workers.
type sharedPool struct {
	mu      sync.Mutex
	wake    *sync.Cond // a task was queued, or the pool is closed
	queue   []func()
	closed  bool
	workers sync.WaitGroup
}

func newSharedPool(workers int) *sharedPool {
	p := &sharedPool{}
	p.wake = sync.NewCond(&p.mu)
	for range workers {
		p.hire()
	}
	return p
}

func (p *sharedPool) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	var done sync.WaitGroup
	done.Add(b.Len())
	p.mu.Lock()
	for i := range b.Tasks() {
		p.queue = append(p.queue, func() {
			defer done.Done()
			errs[i] = b.Do(ctx, i)
		})
	}
	p.mu.Unlock()
	p.wake.Broadcast()
	done.Wait()
	return errors.Join(errs...)
}

// hire starts a worker.
func (p *sharedPool) hire() {
	p.workers.Go(func() {
		returned := false
		defer func() {
			if !returned { // a task called Goexit, or panics: then this is the last of it
				p.hire()
			}
		}()
		for task := p.next(); task != nil; task = p.next() {
			task()
		}
		returned = true
	})
}

// next returns the task at the front of the queue, and waits for one. It returns nil once
// the pool is closed.
func (p *sharedPool) next() func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.closed {
		p.wake.Wait()
	}
	if len(p.queue) == 0 {
		return nil
	}
	task := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	return task
}

// Close ends the workers and waits for them.
func (p *sharedPool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.wake.Broadcast()
	p.workers.Wait()
	return nil
}
