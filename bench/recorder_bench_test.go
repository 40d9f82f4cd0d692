package bench

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// BenchmarkRecording is the price of a recording: the makespan of trials with one as a
// multiple of that without, and its 95% interval. Both have a census and take turns.
func BenchmarkRecording(b *testing.B) {
	for name, j := range map[string]job{
		"sleeping": {strategy: "goroutine-per-task", tasks: 100, sleep: "constant:20ms"},
		"busy":     {strategy: "fixed-pool:workers=2", tasks: 40, cpu: "constant:2ms"},
		"crowded":  {strategy: "goroutine-per-task", tasks: 20_000, sleep: "constant:100ms"},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			path := filepath.Join(dir, "x.rec")
			if err := recordfile.Create(path, j.tasks); err != nil {
				b.Fatal(err)
			}
			j.timeout = time.Minute
			w, err := openRemote(b.Context(), command{args: workerCommand(b), log: filepath.Join(dir, "worker.log"), death: tellOnDeath}, j, limits{}, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			defer w.close(patience)
			makespan := func(recorded bool) float64 {
				order := trialOrder{round: -1, records: path, census: true}
				if recorded {
					r := record(w.observe)
					order.hear = r.hear
					defer func() { r.finish(-1) }()
				}
				if _, err := w.trial(b.Context(), order); err != nil {
					b.Fatal(err)
				}
				records, err := recordfile.Read(path)
				if err != nil {
					b.Fatal(err)
				}
				return Makespan(records).Seconds()
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
