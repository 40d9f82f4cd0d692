package strategies

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

func init() {
	for _, s := range []Spec{
		{
			Name:   "shared-adaptive-aimd",
			Doc:    "adaptive-aimd with one limit for the process, which learns from the tasks of all batches",
			Params: aimdParams,
			New:    func(p Params) (Strategy, error) { return newSharedAdaptive(aimdOf(p)()), nil },
		},
		{
			Name:   "shared-adaptive-gradient",
			Doc:    "adaptive-gradient with one limit for the process, which learns from the tasks of all batches",
			Params: gradientParams,
			New:    func(p Params) (Strategy, error) { return newSharedAdaptive(gradientOf(p)()), nil },
		},
	} {
		s.Check = CheckInitial
		s.Traits = Traits{
			KeepsOrder: true,
			Adaptive:   true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Swallowed,
			Concurrent: true,
		}
		s.Width = func(p Params) int { return p.Int("max") }
		s.InAll = s.Width
		Register(s)
	}
}

// sharedAdaptive has one controller for the tasks of all batches, which keeps what it has
// learnt between batches. The caller waits for a place before it starts a goroutine. Waiting
// callers are served first come, first served, so they take turns. Run blocks until all
// started tasks are done. All errors are joined, in task order, and all tasks run; after a
// cancellation no further task starts. A panic ends the process. A Goexit loses only its
// task and counts as a failure.
type sharedAdaptive struct {
	began time.Time

	mu         sync.Mutex
	controller controller
	running    int
	waiting    []chan struct{}
}

func newSharedAdaptive(c controller) *sharedAdaptive {
	return &sharedAdaptive{began: time.Now(), controller: c}
}

func (s *sharedAdaptive) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	var done sync.WaitGroup
	for i := range b.Tasks() {
		if errs[i] = s.acquire(ctx); errs[i] != nil {
			break
		}
		done.Go(func() {
			seen := sample{start: time.Since(s.began), failed: true}
			defer func() {
				seen.end = time.Since(s.began)
				s.release(seen)
			}()
			errs[i] = b.Do(ctx, i)
			seen.failed = errs[i] != nil
		})
	}
	done.Wait()
	return errors.Join(errs...)
}

// acquire waits until one more task may run.
func (s *sharedAdaptive) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if len(s.waiting) == 0 && s.running < s.controller.limit() {
		s.running++
		s.mu.Unlock()
		return nil
	}
	given := make(chan struct{})
	s.waiting = append(s.waiting, given)
	s.mu.Unlock()
	select {
	case <-given:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, given); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	} else { // it was given as the context was cancelled
		s.running--
		s.wake()
	}
	return ctx.Err()
}

// release reports a finished task to the controller, and starts as many waiting tasks as the
// limit allows.
func (s *sharedAdaptive) release(seen sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen.running = s.running
	s.running--
	s.controller.observe(seen)
	s.wake()
}

func (s *sharedAdaptive) wake() {
	for len(s.waiting) > 0 && s.running < s.controller.limit() {
		close(s.waiting[0])
		s.waiting = s.waiting[1:]
		s.running++
	}
}
