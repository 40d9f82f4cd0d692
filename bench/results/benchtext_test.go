package results

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

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
	line := string(benchLine(scenario.Scenario{}, Trial{Scenario: "s", Strategy: "errgroup", Makespan: 2 * time.Second}, records))
	if want := fmt.Sprintf(" %.0f p50-ns", stat.Median(sojourns)); !strings.Contains(line, want) || strings.Contains(line, "p99-ns") {
		t.Errorf("%s, want%s and no p99", line, want)
	}
	if line := string(benchLine(scenario.Scenario{}, Trial{}, records[:5])); strings.Contains(line, "p50-ns") {
		t.Errorf("five tasks have a median: %s", line)
	}
}
