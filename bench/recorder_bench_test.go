package bench

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// BenchmarkRecording is the price of a recording: the makespan of trials with one as a
// multiple of that without, and its 95% interval. Both have a census and take turns.
func BenchmarkRecording(b *testing.B) {
	for name, j := range map[string]worker.Job{
		"sleeping": {Strategy: "goroutine-per-task", Tasks: 100, Sleep: "constant:20ms"},
		"busy":     {Strategy: "fixed-pool:workers=2", Tasks: 40, CPU: "constant:2ms"},
		"crowded":  {Strategy: "goroutine-per-task", Tasks: 20_000, Sleep: "constant:100ms"},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			path := filepath.Join(dir, "x.rec")
			if err := recordfile.Create(path, j.Tasks); err != nil {
				b.Fatal(err)
			}
			j.Timeout = time.Minute
			w, err := openRemote(b.Context(), child.Command{Args: workerCommand(b), Log: filepath.Join(dir, "worker.log"), Death: child.TellOnDeath}, j, limits{}, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close(child.Patience)
			makespan := func(recorded bool) float64 {
				order := worker.Order{Round: -1, Records: path, Census: true}
				if recorded {
					r := record(w.Observe)
					order.OnSample = r.addRuntime
					defer func() { r.finish(-1) }()
				}
				if _, err := w.Trial(b.Context(), order); err != nil {
					b.Fatal(err)
				}
				records, err := recordfile.Read(path)
				if err != nil {
					b.Fatal(err)
				}
				return results.Makespan(records).Seconds()
			}
			var pair stat.Pair
			for first := true; b.Loop(); first = !first {
				a := makespan(first)
				other := makespan(!first)
				if first {
					a, other = other, a
				}
				pair.Base, pair.Head = append(pair.Base, a), append(pair.Head, other)
			}
			c := stat.CompareFamily([]stat.Pair{pair}, stat.Options{})[0]
			b.ReportMetric(c.Ratio, "x-makespan")
			b.ReportMetric(c.Interval.Low, "x-low")
			b.ReportMetric(c.Interval.High, "x-high")
		})
	}
}
