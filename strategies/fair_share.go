package strategies

import (
	"context"
	"errors"
	"slices"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "fair-share",
		Doc:    "a limit for the process that batches, or tenants where batches have one, take in turns",
		Params: []Param{LimitParam()},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: Limit,
		InAll: Limit,
		New: func(p Params) (Strategy, error) {
			return &fairShare{free: p.Int("limit"), flows: map[any]*flow{}}, nil
		},
	})
}

// fairShare gives each free place to the next flow, round robin. A flow is the batches of
// one tenant, first come, first served; a batch without a tenant is its own flow. So a
// tenant with many or large batches does not keep the others waiting. Run blocks until all
// started tasks are done. All errors are joined, in task order, and all tasks run; after a
// cancellation no further task starts. A panic ends the process, a Goexit loses only its
// task.
type fairShare struct {
	mu    sync.Mutex
	free  int // places that nobody waits for
	flows map[any]*flow
	ring  []*flow // those with somebody waiting; the first is next
}

// flow is the queue of one tenant or batch for a place.
type flow struct {
	key     any
	waiting []chan struct{}
}

func (f *fairShare) Run(ctx context.Context, b *Batch) error {
	var key any = b
	if name := TenantOf(ctx); name != "" {
		key = name
	}
	errs := make([]error, b.Len())
	var done sync.WaitGroup
	for i := range b.Tasks() {
		if errs[i] = f.acquire(ctx, key); errs[i] != nil {
			break
		}
		done.Go(func() {
			defer f.release()
			errs[i] = b.Do(ctx, i)
		})
	}
	done.Wait()
	return errors.Join(errs...)
}

// acquire waits for a place.
func (f *fairShare) acquire(ctx context.Context, key any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	if f.free > 0 {
		f.free--
		f.mu.Unlock()
		return nil
	}
	given := make(chan struct{})
	w := f.flows[key]
	if w == nil {
		w = &flow{key: key}
		f.flows[key] = w
		f.ring = append(f.ring, w)
	}
	w.waiting = append(w.waiting, given)
	f.mu.Unlock()
	select {
	case <-given:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(w.waiting, given); i >= 0 {
		w.waiting = slices.Delete(w.waiting, i, i+1)
		if len(w.waiting) == 0 {
			f.ring = slices.DeleteFunc(f.ring, func(o *flow) bool { return o == w })
			delete(f.flows, w.key)
		}
		return ctx.Err()
	}
	f.pass() // it was given as the context was cancelled
	return ctx.Err()
}

// release gives a place back.
func (f *fairShare) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass()
}

// pass gives a place to the next flow, and moves that flow to the end of the ring.
func (f *fairShare) pass() {
	if len(f.ring) == 0 {
		f.free++
		return
	}
	w := f.ring[0]
	close(w.waiting[0])
	w.waiting = w.waiting[1:]
	f.ring = f.ring[1:]
	if len(w.waiting) > 0 {
		f.ring = append(f.ring, w)
	} else {
		delete(f.flows, w.key)
	}
}
