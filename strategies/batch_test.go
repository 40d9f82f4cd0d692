package strategies

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func trivial(context.Context, int, *Record) error { return nil }

// newBatch makes a batch that has started.
func newBatch(n int, task Task) (*Batch, []Record) {
	records := make([]Record, n)
	b := NewBatch(records, task)
	b.Start()
	return b, records
}

func TestDoRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, records := newBatch(4, func(_ context.Context, i int, r *Record) error {
			r.Bytes, r.Status = int64(i), 200
			time.Sleep(time.Duration(i) * time.Second)
			return [...]error{
				nil,
				errors.New("boom"),
				fmt.Errorf("asking: %w", context.DeadlineExceeded),
				fmt.Errorf("asking: %w", context.Canceled),
			}[i]
		})
		for i := range b.Tasks() {
			b.Do(t.Context(), i)
		}
		s := int64(time.Second)
		want := []Record{
			{Start: 0, End: 0, Bytes: 0, Status: 200, Runs: 1, Outcome: OK},
			{Start: 0, End: s, Bytes: 1, Status: 200, Runs: 1, Outcome: Failed},
			{Start: s, End: 3 * s, Bytes: 2, Status: 200, Runs: 1, Outcome: TimedOut},
			{Start: 3 * s, End: 6 * s, Bytes: 3, Status: 200, Runs: 1, Outcome: Canceled},
		}
		if !slices.Equal(records, want) {
			t.Errorf("got  %+v\nwant %+v", records, want)
		}
	})
}

func TestDoTwiceKeepsTheFirstRecord(t *testing.T) {
	calls := 0
	b, records := newBatch(1, func(_ context.Context, _ int, r *Record) error {
		calls++
		r.Bytes = int64(calls)
		return nil
	})
	b.Do(t.Context(), 0)
	first := records[0]
	b.Do(t.Context(), 0)
	if r := records[0]; r.Started() != 2 || r.Bytes != 1 || r.End != first.End {
		t.Errorf("after two runs: %+v, after one: %+v", r, first)
	}
	if calls != 2 {
		t.Errorf("the task ran %d times, want 2", calls)
	}
}

func TestDoRecordsAborts(t *testing.T) {
	b, records := newBatch(2, func(_ context.Context, i int, _ *Record) error {
		if i == 0 {
			panic("boom")
		}
		runtime.Goexit()
		return nil
	})
	var wg sync.WaitGroup
	for i := range b.Tasks() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { recover() }()
			b.Do(t.Context(), i)
		}()
	}
	wg.Wait()
	for i := range records {
		if got := records[i].Load(); got != Aborted {
			t.Errorf("task %d: %v, want aborted", i, got)
		}
	}
}

func TestDoAllocatesNothing(t *testing.T) {
	const runs = 1000
	b, _ := newBatch(runs+1, trivial)
	i := 0
	if allocs := testing.AllocsPerRun(runs, func() {
		b.Do(t.Context(), i)
		i++
	}); allocs != 0 {
		t.Errorf("%v allocations a task, want 0", allocs)
	}
}

// BenchmarkDo shows what recording costs: the difference between a task called as it
// is and through Do.
func BenchmarkDo(b *testing.B) {
	ctx := b.Context()
	var task Task = trivial
	records := make([]Record, 1<<14)
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			task(ctx, i, &records[i%len(records)])
		}
	})
	b.Run("recorded", func(b *testing.B) {
		b.ReportAllocs()
		batch := NewBatch(records, task)
		batch.Start()
		for i := 0; b.Loop(); i++ {
			if i%len(records) == 0 {
				b.StopTimer()
				clear(records)
				b.StartTimer()
			}
			batch.Do(ctx, i%len(records))
		}
	})
}
