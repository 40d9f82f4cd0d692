package worker

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// newBenchPhase is a phase of n batches of one task that all arrive at once.
func newBenchPhase(n int) *phase {
	p := &phase{
		batches: make([]strategies.Record, n), tasks: make([]strategies.Record, n), faults: &faults{},
		task: func(context.Context, int, *strategies.Record) error { return nil },
		// Batches are due at once, so nothing is slept.
		sleep: func(context.Context, time.Duration) error { return nil },
		drain: time.Minute,
	}
	for i := range p.batches {
		p.batches[i].Bytes = 1
	}
	return p
}

// BenchmarkBatch measures what the generator adds to a batch of one task that costs nothing:
// its goroutine, its records and the clock.
func BenchmarkBatch(b *testing.B) {
	p := newBenchPhase(b.N)
	s := strategies.Func(func(ctx context.Context, b *strategies.Batch) error { return b.Do(ctx, 0) })
	b.ReportAllocs()
	b.ResetTimer()
	p.start()
	if err := p.run(b.Context(), s); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBatchesInSystem measures the memory that each of 100,000 batches takes that are in
// the system at once, and how long they take to arrive and to end.
func BenchmarkBatchesInSystem(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		p := newBenchPhase(n)
		var inside atomic.Int64
		release := make(chan struct{})
		s := strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
			inside.Add(1)
			<-release
			return b.Do(ctx, 0)
		})
		before := inUse()
		done := make(chan error, 1)
		p.start()
		go func() { done <- p.run(b.Context(), s) }()
		for inside.Load() < n {
			time.Sleep(time.Millisecond)
		}
		b.ReportMetric(float64(inUse()-before)/n, "B/batch")
		close(release)
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}

// inUse is the memory of heap and stacks, in bytes.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
