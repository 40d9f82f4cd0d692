package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	for _, c := range []struct {
		name, doc  string
		keepsOrder bool
		run        func(ctx context.Context, b *Batch, workers int) []result
	}{
		{"collect-mutex", "workers that append their results to one slice under a mutex", false, collectMutex},
		{"collect-channel", "workers that send their results over a channel to the caller, who gathers them", false, collectChannel},
		{"collect-slots", "workers that write each result to its own place in a slice made beforehand", true, collectSlots},
	} {
		Register(Spec{
			Name:   c.name,
			Doc:    c.doc,
			Params: []Param{WorkersParam()},
			Traits: Traits{
				KeepsOrder: c.keepsOrder,
				Reports:    ReportsAll,
				OnError:    RunsAll,
				OnPanic:    Crashes,
				OnCancel:   IgnoresCancel,
				OnGoexit:   LosesTasks,
				Concurrent: true,
			},
			Width: Workers,
			New:   func(p Params) (Strategy, error) { return collect{workers: p.Int("workers"), run: c.run}, nil },
		})
	}
}

// collect compares three ways to gather results: shared state behind a lock
// (Arc<Mutex<Vec>>), message passing (mpsc), and a slot for each task (the return value of a
// join handle). All hand out tasks by a shared counter, as atomicIndex does, so only the
// gathering differs. Only slots keep the task order; the others join errors in the order in
// which they occurred. It needs the whole batch at the start. Run blocks until all workers
// have ended. All tasks run. Tasks must handle cancellation themselves. A panic ends the
// process. A Goexit ends a worker; when none is left, Run returns nil and the remaining
// tasks never start.
type collect struct {
	workers int
	run     func(ctx context.Context, b *Batch, workers int) []result
}

// result is the result of a task.
type result struct {
	task int
	err  error
}

func (c collect) Run(ctx context.Context, b *Batch) error {
	var errs []error
	for _, r := range c.run(ctx, b, c.workers) {
		if r.err != nil {
			errs = append(errs, r.err)
		}
	}
	return errors.Join(errs...)
}

func collectMutex(ctx context.Context, b *Batch, workers int) []result {
	var mu sync.Mutex
	var results []result
	forEach(workers, b.Len(), func(i int) {
		r := result{task: i, err: b.Do(ctx, i)}
		mu.Lock()
		results = append(results, r)
		mu.Unlock()
	})
	return results
}

func collectChannel(ctx context.Context, b *Batch, workers int) []result {
	gathered := make(chan result)
	go func() {
		defer close(gathered)
		forEach(workers, b.Len(), func(i int) { gathered <- result{task: i, err: b.Do(ctx, i)} })
	}()
	var results []result
	for r := range gathered {
		results = append(results, r)
	}
	return results
}

func collectSlots(ctx context.Context, b *Batch, workers int) []result {
	results := make([]result, b.Len())
	forEach(workers, b.Len(), func(i int) { results[i] = result{task: i, err: b.Do(ctx, i)} })
	return results
}
