package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
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
	const scenario, tasks = "gotest", 20
	l, err := latency.Parse("constant:5ms")
	if err != nil {
		b.Fatal(err)
	}
	var c config.Config
	c.Latency = l
	server, err := mockserver.Start(c)
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	list, err := ParseStrategies([]string{"sequential", "goroutine-per-task", "fixed-pool:workers=4", "errgroup", "errgroup:limit=4"})
	if err != nil {
		b.Fatal(err)
	}
	for _, choice := range list {
		// The name's first part is that of this function.
		b.Run(fmt.Sprintf("scenario=%s/tasks=%d/strategy=%s", scenario, tasks, choice), func(b *testing.B) {
			l, err := openLocal(job{strategy: choice.String(), tasks: tasks, timeout: time.Minute, url: server.URL() + "/?round={round}&task={task}"})
			if err != nil {
				b.Fatal(err)
			}
			defer l.close(patience)
			records := make([]strategies.Record, tasks)
			b.ReportAllocs()
			for round := 1; b.Loop(); round++ {
				b.StopTimer()
				clear(records)
				batch := l.batch(round, records, nil)
				b.StartTimer()
				batch.Start()
				if err := l.strategy.Run(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			if a := NewAudit(records, time.Hour); !a.Complete() {
				b.Fatalf("%+v", a)
			}
		})
	}
}

// BenchmarkRecord is the price of recording a task, in the mapped file of a trial:
// recorded less bare.
func BenchmarkRecord(b *testing.B) {
	const tasks = 1 << 16
	path := filepath.Join(b.TempDir(), "x.rec")
	if err := createRecords(path, tasks); err != nil {
		b.Fatal(err)
	}
	records, closeRecords, err := openRecords(path, tasks)
	if err != nil {
		b.Fatal(err)
	}
	defer closeRecords()
	ctx := context.Background()
	task := strategies.Task(func(context.Context, int, *strategies.Record) error { return nil })
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_ = task(ctx, i%tasks, &records[i%tasks])
		}
	})
	b.Run("recorded", func(b *testing.B) {
		b.ReportAllocs()
		batch := strategies.NewBatch(records, task)
		batch.Start()
		for i := 0; b.Loop(); i++ {
			r := &records[i%tasks]
			r.Runs = 0 // as if it had not been run
			_ = batch.Do(ctx, i%tasks)
		}
	})
}

// A percentile of bench.txt is the one that reports show, and there only where the sample
// supports it.
func TestBenchLineHasTheQuantileOfStat(t *testing.T) {
	records := make([]strategies.Record, 20)
	sojourns := make([]float64, len(records))
	for i := range records {
		records[i] = strategies.Record{End: int64(time.Second), Runs: 1, Outcome: strategies.OK}
		if i%2 == 0 {
			records[i].End = int64(1200 * time.Millisecond)
		}
		sojourns[i] = float64(records[i].Sojourn())
	}
	line := string(benchLine(Trial{Scenario: "s", Strategy: "errgroup", Makespan: 2 * time.Second}, records))
	if want := fmt.Sprintf(" %.0f p50-ns", stat.Quantiles(sojourns, 0.5)[0]); !strings.Contains(line, want) || strings.Contains(line, "p99-ns") {
		t.Errorf("%s, want%s and no p99", line, want)
	}
	if line := string(benchLine(Trial{}, records[:5])); strings.Contains(line, "p50-ns") {
		t.Errorf("five tasks have a median: %s", line)
	}
}
