package strategies

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

func init() {
	Register(Spec{
		Name:   "bulkhead",
		Doc:    "a limit for the process before a bounded queue: a batch for which there is no room within a time is rejected whole",
		Source: xsync,
		Params: []Param{LimitParam(), {
			Name: "queue", Doc: "tasks of all batches that may wait", Default: 64, Min: 0, Max: MaxLimit,
		}, {
			Name: "wait", Doc: "the longest time that a batch waits for room in the queue", Kind: Duration,
			Default: 0, Min: 0, Max: int64(time.Hour),
		}},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Swallowed,
			Concurrent: true,
			Rejects:    true,
		},
		Width: Limit,
		InAll: Limit,
		New: func(p Params) (Strategy, error) {
			limit, queue := int64(p.Int("limit")), int64(p.Int("queue"))
			return bulkhead{
				places: limit + queue, admitted: semaphore.NewWeighted(limit + queue),
				room: semaphore.NewWeighted(limit), wait: p.Duration("wait"),
			}, nil
		},
	})
}

// bulkhead rejects batches when waiting would not help. There are limit + queue places, and
// every task of a batch takes one. A batch that does not get its places within wait is
// rejected with ErrRejected, and none of its tasks starts. A batch with more tasks than
// there are places takes all of them. The caller then starts a goroutine for each task when
// the limit allows. A task frees its place when it is done. All errors are joined, in task
// order, and all tasks of an admitted batch run; after a cancellation no further task
// starts. A panic ends the process, a Goexit loses only its task.
type bulkhead struct {
	places         int64
	admitted, room *semaphore.Weighted
	wait           time.Duration
}

func (h bulkhead) Run(ctx context.Context, b *Batch) error {
	places := min(int64(b.Len()), h.places)
	if !h.admitted.TryAcquire(places) {
		limited, cancel := context.WithTimeout(ctx, h.wait)
		err := h.admitted.Acquire(limited, places)
		cancel()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				h.admitted.Release(places)
			}
			return ctx.Err()
		case err != nil:
			return ErrRejected
		}
	}
	errs := make([]error, b.Len())
	var done sync.WaitGroup
	started := int64(0)
	for i := range b.Tasks() {
		if errs[i] = h.room.Acquire(ctx, 1); errs[i] != nil {
			break
		}
		held := started < places // of a batch with more tasks than places, the last have none
		started++
		done.Go(func() {
			defer h.room.Release(1)
			if held {
				defer h.admitted.Release(1)
			}
			errs[i] = b.Do(ctx, i)
		})
	}
	if started < places {
		h.admitted.Release(places - started)
	}
	done.Wait()
	return errors.Join(errs...)
}
