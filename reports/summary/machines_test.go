package summary

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
)

// fleet is a scenario of a merged run in which head takes ratio(machine) times as long as base,
// up to noise. Machines differ in speed by far more.
func fleet(machines, rounds int, ratio func(machine int) float64) *Scenario {
	s := &Scenario{Baseline: "base"}
	for m := range machines {
		s.Machines = append(s.Machines, fmt.Sprint("n", m))
	}
	s.nameOf = func(round int) string { return s.Machines[(round-1)%machines] }
	base, head := &Strategy{Strategy: "base", Comparable: 1}, &Strategy{Strategy: "head", Comparable: 1}
	random := rand.New(rand.NewPCG(1, 1))
	for round := 1; round <= rounds; round++ {
		m := (round - 1) % machines
		took := float64(time.Second) * math.Pow(3, float64(m))
		trial := func(seconds float64) results.Trial {
			return results.Trial{Round: round, Status: results.StatusOK, Makespan: time.Duration(seconds), Audit: results.Audit{Done: 1}}
		}
		base.Trials = append(base.Trials, trial(took*math.Exp(0.01*random.NormFloat64())))
		head.Trials = append(head.Trials, trial(took*math.Exp(0.01*random.NormFloat64())*ratio(m)))
		s.held = append(s.held, round)
	}
	s.Strategies = []*Strategy{base, head}
	s.compareWithBaseline()
	s.compareMachines()
	return s
}

func TestWhatMachinesSay(t *testing.T) {
	for name, c := range map[string]struct {
		s    *Scenario
		want []string
		not  string
	}{
		"alike": {fleet(4, 40, func(int) float64 { return 0.5 }), []string{
			"On these 4 machines (n0, n1, n2, n3): the ratios and verdicts above. Rounds are paired within a machine, and machines count alike.",
			"On another machine like these: head is faster on average, 0.50",
		}, "some machines"},
		"opposite": {fleet(4, 40, func(m int) float64 { return []float64{0.5, 0.5, 2, 2}[m] }), []string{
			"head is faster on some machines and slower on others, so its mean is of little use: faster on n0, n1; slower on n2, n3.",
			"undecided on average", "so it may be faster or slower there; I² 99%",
		}, ""},
		"two": {fleet(2, 40, func(int) float64 { return 0.5 }), []string{"Nothing is said about other machines: that takes at least 3 machines"}, "On another machine"},
	} {
		text := strings.Join(c.s.AcrossMachines, "\n")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got\n%s\nwithout %q", name, text, want)
			}
		}
		if c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
	// The speed of machines is not the strategies'.
	if c := fleet(4, 40, func(int) float64 { return 1.05 }).Strategies[1].VsBaseline; c.Interval.Low < 1.03 || c.Interval.High > 1.07 {
		t.Errorf("5%% slower everywhere: %+v", c)
	}
	s := fleet(3, 30, func(int) float64 { return 0.5 })
	text, err := json.Marshal(s.Strategies[1].Machines)
	if err != nil || !strings.Contains(string(text), `{"each":[{"machine":"n0","rounds":10,`) || !strings.Contains(string(text), `"another":{"machines":3,`) {
		t.Errorf("%v: %s", err, text)
	}
	if one := fleet(1, 10, func(int) float64 { return 1 }); one.AcrossMachines != nil || one.Strategies[1].Machines != nil {
		t.Errorf("a single machine: %q", one.AcrossMachines)
	}
}
