package results

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// phaseOf is a scenario of single-task batches at a rate, with a window of so many seconds
// after a warm-up of a fifth of it.
func phaseOf(rate float64, seconds int) scenario.Scenario {
	window := time.Duration(seconds) * time.Second
	return scenario.Scenario{
		Workload: scenario.Workload{Tasks: 1, Deadline: 2 * time.Second, Arrivals: &scenario.Arrivals{Process: scenario.Poisson, Rate: rate, For: window, Warmup: window / 5}},
		Measure:  scenario.Measurement{Seed: 1},
	}
}

// queue serves the arrivals of a round on servers of the given mean service time, by the
// recursion of Kiefer and Wolfowitz: M/M/c. What is not done by the end of the drain is
// unfinished.
func queue(s scenario.Scenario, round, servers int, service time.Duration) (batches, tasks []strategies.Record) {
	random := rand.New(rand.NewPCG(uint64(round), 77))
	a := s.Workload.Arrivals
	end := int64(a.Warmup + a.For + a.Drain())
	free := make([]int64, servers)
	for _, arrival := range s.Arrivals(round) {
		at := arrival.At
		w := slices.Index(free, slices.Min(free))
		start := max(int64(at), free[w])
		free[w] = start + int64(random.ExpFloat64()*float64(service))
		b := strategies.Record{Ready: int64(at), Start: int64(at), End: free[w], Bytes: 1, Runs: 1, Outcome: strategies.OK, Status: uint32(arrival.Tenant)}
		task := b
		task.Start = start
		if free[w] > end {
			b.Outcome, task.Outcome = strategies.Unfinished, strategies.Unfinished
		}
		batches, tasks = append(batches, b), append(tasks, task)
	}
	return batches, tasks
}

// The mean number in the system of M/M/1 is rho/(1-rho).
func TestAPhaseOfAnMM1Queue(t *testing.T) {
	const rounds = 60
	for _, rho := range []float64{0.5, 0.8} {
		s := phaseOf(100, 60)
		var number, little float64
		for r := 1; r <= rounds; r++ {
			p := queuePhase(s, r, 1, time.Duration(rho*float64(10*time.Millisecond)))
			number += p.InSystem / rounds
			little += p.Little / rounds
			if p.LittleOff() || p.Missed > 0 || p.TooLate() || p.Done != p.Batches || p.Goodput == nil || *p.Goodput < 0.999 {
				t.Errorf("round %d: %+v", r, p)
			}
		}
		if want := rho / (1 - rho); math.Abs(number-want) > 0.05*want || math.Abs(little-want) > 0.05*want {
			t.Errorf("rho %v: %v in the system, by Little's law %v; want %v", rho, number, little, want)
		}
	}
}

// queuePhase is what the queue comes to in a round.
func queuePhase(s scenario.Scenario, round, servers int, service time.Duration) *Phase {
	batches, tasks := queue(s, round, servers, service)
	return NewPhase(s, round, batches, tasks)
}

// A stable queue is seldom called unstable, one that cannot keep up nearly always.
func TestStability(t *testing.T) {
	const rounds = 100
	for _, c := range []struct {
		rho         float64
		servers     int
		least, most float64 // of the rounds are called unstable
	}{
		{0.5, 1, 0, 0.01},
		{0.8, 1, 0, 0.03},
		{0.9, 1, 0, 0.05},
		{0.8, 8, 0, 0.02},
		{0.9, 8, 0, 0.05},
		{1.2, 1, 0.8, 1},
		{1.5, 8, 0.99, 1},
		{2, 1, 0.99, 1},
	} {
		growing := 0
		s := phaseOf(100, 20)
		for r := 1; r <= rounds; r++ {
			if queuePhase(s, r, c.servers, time.Duration(c.rho*float64(c.servers)*float64(10*time.Millisecond))).Growing {
				growing++
			}
		}
		share := float64(growing) / rounds
		t.Logf("rho %v, %d servers: %.1f%% unstable", c.rho, c.servers, 100*share)
		if share < c.least || share > c.most {
			t.Errorf("rho %v, %d servers: %.1f%% are called unstable, want %.0f%% to %.0f%%", c.rho, c.servers, 100*share, 100*c.least, 100*c.most)
		}
	}
}

func TestBatchesThatAreNotDoneAreTheWorst(t *testing.T) {
	s := phaseOf(100, 10)
	var batches, tasks []strategies.Record
	add := func(n int, took time.Duration, outcome strategies.Outcome) {
		for range n {
			at := int64(s.Workload.Arrivals.Warmup) + int64(len(batches))*int64(10*time.Millisecond)
			b := strategies.Record{Ready: at, Start: at, End: at + int64(took), Bytes: 1, Runs: 1, Outcome: outcome}
			batches, tasks = append(batches, b), append(tasks, b)
		}
	}
	add(500, 100*time.Millisecond, strategies.OK)
	add(480, 3*time.Second, strategies.OK)
	add(10, time.Millisecond, strategies.Rejected)
	add(10, time.Millisecond, strategies.Unfinished)
	p := NewPhase(s, 1, batches, tasks)
	if p.Batches != 1000 || p.Rejected != 10 || p.Unfinished != 10 || p.Done != 980 {
		t.Fatalf("%+v", p)
	}
	if p.P99 != nil || p.Mean != nil {
		t.Errorf("2%% are not done, and yet p99 is %v, the mean %v", p.P99, p.Mean)
	}
	if p.Median == nil || *p.Median < 100*time.Millisecond || *p.Median > 3*time.Second || p.Max != 3*time.Second {
		t.Errorf("median %v, max %v", p.Median, p.Max)
	}
	if p.Goodput == nil || *p.Goodput != 0.5 {
		t.Errorf("goodput %v, want 0.5: 500 of 1000 within the deadline", p.Goodput)
	}
}

func TestALateHarnessIsFound(t *testing.T) {
	s := phaseOf(100, 10)
	batches, tasks := queue(s, 1, 1, time.Millisecond)
	for i := range batches {
		if i%20 == 0 {
			batches[i].Start += int64(5 * time.Millisecond)
		}
	}
	if p := NewPhase(s, 1, batches, tasks); !p.TooLate() {
		t.Errorf("5%% late by 5 ms: %+v", p)
	}
	batches[len(batches)-1].Runs = 0
	if p := NewPhase(s, 1, batches, tasks); p.Missed != 1 {
		t.Errorf("one never arrived: %+v", p)
	}
}

// Tenants are judged apart, each by its deadline, and the figures by all batches together.
func TestTenantsOfAPhase(t *testing.T) {
	s := phaseOf(80, 30)
	s.Workload.Tenants = []scenario.Tenant{{Name: "fast"}, {Name: "slow", Arrivals: scenario.Arrivals{Process: scenario.Constant, Rate: 20}, Tasks: 3, Deadline: time.Second}}
	var batches, tasks []strategies.Record
	good := 0
	for i, a := range s.Arrivals(1) {
		b := PlannedBatch(a)
		took := 10 * time.Millisecond
		switch {
		case a.Tenant == 1 && i%2 == 0:
			took = 900 * time.Millisecond
		case a.Tenant == 1:
			took = 1100 * time.Millisecond // beyond the tenant's deadline, within the workload's
		}
		if a.At >= s.Workload.Arrivals.Warmup && took < time.Second {
			good++
		}
		b.Start, b.End, b.Runs, b.Outcome = b.Ready, b.Ready+int64(took), 1, strategies.OK
		batches = append(batches, b)
		for range a.Tasks {
			tasks = append(tasks, strategies.Record{Ready: b.Ready, Start: b.Ready, End: b.End, Runs: 1, Outcome: strategies.OK})
		}
	}
	p := NewPhase(s, 1, batches, tasks)
	if len(p.Tenants) != 2 || p.Unplanned != 0 || p.Tenants[0].Batches+p.Tenants[1].Batches != p.Batches || p.Good != good {
		t.Fatalf("%+v", p)
	}
	fast, slow := p.Tenants[0], p.Tenants[1]
	if fast.Name != "fast" || *fast.Goodput != 1 || *fast.P99 != 10*time.Millisecond || slow.Done != slow.Batches || *slow.Goodput < 0.4 || *slow.Goodput > 0.6 || *slow.Median < 900*time.Millisecond {
		t.Errorf("%+v\n%+v", fast, slow)
	}
	window := 30 * time.Second
	if got, want := p.Figure(scenario.Goodput), window/time.Duration(good); (got - want).Abs() > time.Microsecond {
		t.Errorf("time per good batch %v, want %v", got, want)
	}
	// By Little's law the mean time in the system is the mean response time, but for batches at
	// the ends of the window.
	if got, want := p.Figure(scenario.InSystem), *p.Mean; (got - want).Abs() > want/20 {
		t.Errorf("mean time in the system %v, mean response time %v", got, want)
	}
	batches[7].Status = 0
	batches[8].Bytes++
	batches = batches[:len(batches)-1]
	if p := NewPhase(s, 1, batches, tasks); p.Unplanned < 2 || p.Unplanned > 3 {
		t.Errorf("%d batches are not as planned, want 2 or 3", p.Unplanned)
	}
}
