package all

import (
	"context"
	"io"
	"maps"
	"runtime"
	"testing"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// BenchmarkOverhead times batches of 100,000 empty tasks at a width of 64: what a
// strategy costs when there is nothing to wait for. Divide by the batch: ns/task and
// allocs/task, both with the recording of Batch.Do in them; cpu-ns/task counts all
// cores. Construction and closing are left out. A busy neighbour reorders the list, so
// run it several times over rather than with -count, which repeats each in place:
//
//	for i in $(seq 10); do go test -run '^$' -bench Overhead -benchtime 5x ./strategies/all; done
func BenchmarkOverhead(b *testing.B) {
	const tasks, width = 100_000, 64
	records := make([]strategies.Record, tasks)
	var choices []strategies.Choice
	for _, spec := range strategies.All() {
		choices = append(choices, ofWidth(b, spec, width)...)
	}
	for _, c := range choices {
		b.Run("strategy="+c.String(), func(b *testing.B) {
			s, err := c.New()
			if err != nil {
				b.Fatal(err)
			}
			var cpu time.Duration
			var mallocs uint64
			for b.Loop() {
				b.StopTimer()
				clear(records)
				batch := strategies.NewBatch(records, func(context.Context, int, *strategies.Record) error { return nil })
				runtime.GC()
				before, beforeCPU := allocated(), processCPU()
				batch.Start()
				b.StartTimer()
				err := s.Run(b.Context(), batch)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				cpu += processCPU() - beforeCPU
				mallocs += allocated() - before
				awaitAll(records)
				b.StartTimer()
			}
			perTask := 1 / float64(b.N*tasks)
			b.ReportMetric(float64(b.Elapsed())*perTask, "ns/task")
			b.ReportMetric(float64(cpu)*perTask, "cpu-ns/task")
			b.ReportMetric(float64(mallocs)*perTask, "allocs/task")
			b.ReportMetric(0, "ns/op")
			if closer, ok := s.(io.Closer); ok {
				if err := closer.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// ofWidth chooses a strategy with that width, by its first parameter, where it has
// one: once with and once without a parameter that is optional. Detached tasks are
// given no grace: it would be all that is measured.
func ofWidth(b *testing.B, spec strategies.Spec, width int64) []strategies.Choice {
	c := choice(b, spec.Name)
	for i, p := range spec.Params {
		switch {
		case p.Optional:
		case i == 0 && p.Kind == strategies.Number, p.Name == "initial", p.Name == "process":
			c.Params[p.Name] = width
		case p.Name == "grace":
			c.Params[p.Name] = 0
		}
	}
	choices := []strategies.Choice{c}
	for _, p := range spec.Params {
		if p.Optional {
			with := strategies.Choice{Spec: spec, Params: maps.Clone(c.Params)}
			with.Params[p.Name] = width
			choices = append(choices, with)
		}
	}
	return choices
}

// awaitAll returns when every task is done, also those that a strategy left running.
func awaitAll(records []strategies.Record) {
	for i := range records {
		for !records[i].Done() {
			runtime.Gosched()
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
