package results

import (
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
)

func TestPromisesAreJudgedByRounds(t *testing.T) {
	promise := scenario.Promise{Share: 0.99, Limit: time.Second}
	phases := func(broken ...int) (list []Trial) {
		for _, n := range broken {
			list = append(list, Trial{Phase: &Phase{Batches: 1000, Broken: n}})
		}
		return list
	}
	for name, c := range map[string]struct {
		trials []Trial
		want   Kept
		of     int
	}{
		"all keep it":     {phases(0, 1, 2, 3, 4, 5, 9, 10), Keeps, 8},
		"seven":           {phases(0, 0, 0, 0, 0, 0, 0), Undecided, 7},
		"one breaks it":   {phases(0, 0, 0, 0, 0, 0, 0, 11), Undecided, 7},
		"eleven of 12":    {phases(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11), Keeps, 11},
		"all break it":    {phases(11, 12, 11, 20, 30, 40, 11, 100), Breaks, 0},
		"half of them":    {phases(0, 0, 0, 0, 90, 90, 90, 90), Undecided, 4},
		"unstable phases": {append(phases(11, 11, 11, 11, 11, 11, 11), Trial{Phase: &Phase{Batches: 1000, Growing: true}}), Breaks, 0},
	} {
		got := JudgePromise(promise, c.trials)
		if got.Kept != c.want || got.Of != c.of || got.Rounds != len(c.trials) {
			t.Errorf("%s: %+v, want %s of %d", name, got, c.want, c.of)
		}
	}
	if p := JudgePromise(scenario.Promise{}, phases(1)); p != nil {
		t.Errorf("no promise: %v", p)
	}
}

// On a queue whose p99 is just beyond the promise, the promise is rarely reported as kept.
func TestAPromiseIsSeldomSaidToBeKeptWronglyOnAQueue(t *testing.T) {
	const runs = 20
	s := phaseOf(100, 20)
	// M/M/1 at half load: the response time is exponential with a mean of 10 ms, its p99 46 ms.
	s.Measure.Promise = scenario.Promise{Share: 0.99, Limit: 45 * time.Millisecond}
	wrong, right := 0, 0
	for run := range runs {
		var trials, loose []Trial
		for r := range LeastPromiseRounds {
			batches, tasks := queue(s, 1+run*LeastPromiseRounds+r, 1, 5*time.Millisecond)
			trials = append(trials, Trial{Phase: NewPhase(s, 1+run*LeastPromiseRounds+r, batches, tasks)})
			wide := s
			wide.Measure.Promise.Limit = 92 * time.Millisecond
			loose = append(loose, Trial{Phase: NewPhase(wide, 1+run*LeastPromiseRounds+r, batches, tasks)})
		}
		if JudgePromise(s.Measure.Promise, trials).Kept == Keeps {
			wrong++
		}
		if JudgePromise(s.Measure.Promise, loose).Kept == Keeps {
			right++
		}
	}
	t.Logf("said to be kept: %d of %d wrongly, %d of %d rightly", wrong, runs, right, runs)
	if wrong > 2 || right < 17 {
		t.Errorf("said to be kept: %d of %d wrongly, %d of %d rightly", wrong, runs, right, runs)
	}
}
