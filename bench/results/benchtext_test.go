package results

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// A percentile of bench.txt is the one that reports show, and there only where the sample
// supports it.
func TestBenchLineHasTheQuantileOfStat(t *testing.T) {
	sojourns := make([]float64, 20)
	for i := range sojourns {
		sojourns[i] = 1e9
		if i%2 == 0 {
			sojourns[i] = 1.2e9
		}
	}
	line := string(benchLine(scenario.Scenario{}, Trial{Scenario: "s", Strategy: "errgroup", Makespan: 2 * time.Second}, sojourns, 2))
	if want := fmt.Sprintf(" %.0f p50-ns", stat.Median(sojourns)); !strings.Contains(line, want) || strings.Contains(line, "p99-ns") {
		t.Errorf("%s, want%s and no p99", line, want)
	}
	if line := string(benchLine(scenario.Scenario{}, Trial{}, sojourns[:5], 2)); strings.Contains(line, "p50-ns") {
		t.Errorf("five tasks have a median: %s", line)
	}
}
