package worker

import (
	"fmt"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// BenchmarkFanout runs strategies as ordinary Go benchmarks, all in this process, under
// the names that bench.txt has: go test -bench Fanout -count 10 ./bench | benchstat
// -col /strategy -. What it lacks is what the harness is for: interleaved rounds, equal
// latencies, a process each.
func BenchmarkFanout(b *testing.B) {
	const name, tasks = "gotest", 20
	latency, err := latency.Parse("constant:5ms")
	if err != nil {
		b.Fatal(err)
	}
	var config config.Config
	config.Latency = latency
	server, err := mockserver.Start(config)
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	list, err := scenario.ParseStrategies([]string{"sequential", "goroutine-per-task", "fixed-pool:workers=4", "errgroup", "errgroup:limit=4"})
	if err != nil {
		b.Fatal(err)
	}
	for _, choice := range list {
		// The name's first part is that of this function.
		b.Run(fmt.Sprintf("scenario=%s/tasks=%d/strategy=%s", name, tasks, choice), func(b *testing.B) {
			l, err := OpenLocal(Job{Strategy: choice.String(), Tasks: tasks, Timeout: time.Minute, URL: server.URL() + "/?round={round}&task={task}"})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close(child.Patience)
			records := make([]strategies.Record, tasks)
			b.ReportAllocs()
			for round := 1; b.Loop(); round++ {
				b.StopTimer()
				clear(records)
				l.tasks.prepare(round, tasks, 0)
				batch := strategies.NewBatch(records, l.do)
				b.StartTimer()
				batch.Start()
				if err := l.strategy.Run(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			if a := results.NewAudit(records, time.Hour); !a.Complete() {
				b.Fatalf("%+v", a)
			}
		})
	}
}
