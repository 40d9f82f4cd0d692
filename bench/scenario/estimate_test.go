package scenario

import (
	"runtime"
	"testing"
	"time"
)

func TestEstimate(t *testing.T) {
	cores := min(8, runtime.GOMAXPROCS(0))
	for target, want := range map[string]time.Duration{
		"{mock: {latency: constant:100ms}}":                                        8*100*time.Millisecond + 100*time.Millisecond,
		"{mock: {latency: constant:100ms, slots: 4}}":                              8*100*time.Millisecond + 200*time.Millisecond,
		"{mock: {latency: constant:100ms, faults: [{kind: status, status: 500}]}}": 8*100*time.Millisecond + 100*time.Millisecond,
		"{cpu: {work: 100ms}}":                                                     8*130*time.Millisecond + time.Duration((8+cores-1)/cores)*130*time.Millisecond,
		"{url: 'http://127.0.0.1:1'}":                                              2 * unknown,
	} {
		s, err := Decode("e.yaml", []byte("target: "+target+"\nworkload: {tasks: 8}\nstrategies: [sequential, errgroup]\nmeasure: {rounds: 9, warmup: 1}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if target[1] != 'u' {
			want += 2 * TrialOverhead
		}
		if trials, d := Estimate([]Scenario{s, s}, false); trials != 40 || d != 2*10*want {
			t.Errorf("%s: %d trials in %v, want 40 in %v", target, trials, d, 2*10*want)
		}
	}
}
