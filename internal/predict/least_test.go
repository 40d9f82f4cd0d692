package predict

import (
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

func TestLeast(t *testing.T) {
	quick, err := latency.Parse("constant:10ms")
	if err != nil {
		t.Fatal(err)
	}
	tail, err := latency.Parse("lognormal:p50=20ms,p99=200ms")
	if err != nil {
		t.Fatal(err)
	}
	mock := func(l latency.Latency, slots int) scenario.Target {
		return scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l, Capacity: config.Capacity{Slots: slots}}}}
	}
	const task = 30 * time.Millisecond // measured, where nothing is stated
	for name, c := range map[string]struct {
		target    scenario.Target
		strategy  string
		timeout   time.Duration
		low, high time.Duration // of the least; 0 if it is unknown
	}{
		"constant":             {mock(quick, 0), "fixed-pool:workers=4", time.Second, 250 * time.Millisecond, 250 * time.Millisecond},
		"slots":                {mock(quick, 2), "fixed-pool:workers=4", time.Second, 500 * time.Millisecond, 500 * time.Millisecond},
		"timeout":              {mock(quick, 0), "fixed-pool:workers=4", 5 * time.Millisecond, 125 * time.Millisecond, 125 * time.Millisecond},
		"a lucky batch":        {mock(tail, 0), "sequential", time.Minute, 2 * time.Second, 2900 * time.Millisecond}, // 3.25 s on average
		"second attempts":      {mock(tail, 0), "hedged:workers=4,delay=5ms", time.Second, 0, 0},
		"measured":             {scenario.Target{URL: "http://127.0.0.1:1/"}, "fixed-pool:workers=4", time.Second, 750 * time.Millisecond, 750 * time.Millisecond},
		"measured, no limit":   {scenario.Target{URL: "http://127.0.0.1:1/"}, "goroutine-per-task", time.Second, task, task},
		"measured, processors": {scenario.Target{CPU: &quick}, "fixed-pool:workers=8", time.Second, 1500 * time.Millisecond, 1500 * time.Millisecond},
		"measured, adaptive":   {scenario.Target{URL: "http://127.0.0.1:1/"}, "adaptive-gradient", time.Second, 0, 0},
	} {
		choice, err := strategies.Parse(c.strategy)
		if err != nil {
			t.Fatal(err)
		}
		s := scenario.Scenario{Target: c.target, Workload: scenario.Workload{Tasks: 100, Timeout: c.timeout}}
		least, ok := NewLeast(s, 2).Of(choice, task)
		if ok != (c.high > 0) || least < c.low || least > c.high {
			t.Errorf("%s: %v, %v; want %v to %v", name, least, ok, c.low, c.high)
		}
	}
}
