package strategies

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// attemptTask takes 10 s at the first attempt and 1 s at any other, and leaves the
// attempt's number in the record.
func attemptTask(ctx context.Context, _ int, r *Record) error {
	n := AttemptOf(ctx)
	r.Bytes = int64(n)
	if n == 1 {
		time.Sleep(10 * time.Second)
	} else {
		time.Sleep(time.Second)
	}
	return nil
}

func TestAttemptsTakeTheEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, records := newBatch(1, attemptTask)
		a := b.Attempts(0)
		done := make(chan *Attempt, 2)
		go func() { done <- a.Do(t.Context()) }()
		time.Sleep(2 * time.Second)
		go func() { done <- a.Do(t.Context()) }()
		if err := a.Settle(<-done); err != nil {
			t.Error(err)
		}
		a.Settle(<-done) // too late to count

		want := Record{Start: 0, End: int64(3 * time.Second), Bytes: 2, Runs: 1, Outcome: OK}
		if records[0] != want {
			t.Errorf("got  %+v\nwant %+v", records[0], want)
		}
		if attempts, won := b.Extra(); attempts != 1 || won != 1 {
			t.Errorf("%d extra attempts, %d won, want 1 and 1", attempts, won)
		}
	})
}

func TestAttemptsAreOneRun(t *testing.T) {
	b, records := newBatch(2, trivial)
	b.Do(t.Context(), 0)
	again := b.Attempts(0)
	again.Settle(again.Do(t.Context()))
	if got := records[0].Started(); got != 2 {
		t.Errorf("Do and Attempts: %d runs, want 2", got)
	}

	a := b.Attempts(1)
	a.Do(t.Context())
	if records[1].Done() {
		t.Error("done before Settle")
	}
	a.Settle(a.Do(t.Context()))
	if got := records[1].Started(); got != 1 || !records[1].Done() {
		t.Errorf("two attempts: %d runs, want 1: %+v", got, records[1])
	}
}

func TestAttemptsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, records := newBatch(1, attemptTask)
		a := b.Attempts(0)
		go func() { a.Settle(a.Do(t.Context())) }()
		time.Sleep(time.Second)
		if err := a.Fail(context.Canceled); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		want := Record{End: int64(time.Second), Runs: 1, Outcome: Canceled}
		if records[0] != want {
			t.Errorf("got  %+v\nwant %+v", records[0], want)
		}
	})
}

func TestAbortedAttempt(t *testing.T) {
	b, records := newBatch(1, func(ctx context.Context, _ int, _ *Record) error {
		if AttemptOf(ctx) == 1 {
			runtime.Goexit()
		}
		return nil
	})
	a := b.Attempts(0)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.Do(t.Context())
	}()
	<-ended
	if got := records[0].Load(); got != Aborted {
		t.Errorf("after an attempt that never returned: %v, want aborted", got)
	}
	a.Settle(a.Do(t.Context()))
	if got := records[0].Load(); got != OK {
		t.Errorf("after another that did: %v, want ok", got)
	}
}
