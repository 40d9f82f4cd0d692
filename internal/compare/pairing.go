package compare

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/stat"
)

// Sides are the two sides of a comparison, and how their values are paired.
type Sides struct {
	Base, Head *Side
	// Interleaved means that the sides were measured interleaved, in random order, so rounds
	// are always paired.
	Interleaved bool
}

// unlike returns the reasons why the sides cannot be compared at all, none if they can.
func (s Sides) unlike() []string {
	var why []string
	for _, what := range machineKeys {
		b, h := s.Base.machine[what], s.Head.machine[what]
		if b != "" && h != "" && b != h {
			why = append(why, fmt.Sprintf("measured on different machines: %s is %q in BASE and %q in HEAD", what, b, h))
		}
	}
	for _, side := range []struct {
		name string
		run  *results.Run
	}{{"BASE", s.Base.Run}, {"HEAD", s.Head.Run}} {
		if side.run != nil && side.run.Status == results.RunInvalid {
			why = append(why, fmt.Sprintf("%s is invalid: %s", side.name, join(side.run.Reasons)))
		}
	}
	if s.Base.Run == nil || s.Head.Run == nil {
		return why
	}
	b, h := s.Base.Run, s.Head.Run
	if x, y := b.Machines(), h.Machines(); (len(x) > 1 || len(y) > 1) && !sameMachines(b, h) {
		why = append(why, fmt.Sprintf("rounds were held by other machines: BASE has %s and HEAD %s; measure both in the same shards on the same machines", join(x), join(y)))
	}
	for _, c := range []struct {
		what       string
		base, head any
	}{
		{"the number of CPUs", b.Environment.CPUs, h.Environment.CPUs},
		{"GOMAXPROCS", b.Environment.GOMAXPROCS, h.Environment.GOMAXPROCS},
		{"the CPU quota", b.Environment.CPUQuota, h.Environment.CPUQuota},
		{"whether each strategy has its own process", b.Isolated, h.Isolated},
	} {
		if c.base != c.head {
			why = append(why, fmt.Sprintf("measured under different conditions: %s is %v in BASE and %v in HEAD", c.what, c.base, c.head))
		}
	}
	for _, p := range b.Scenarios {
		if other := find(h, p.Scenario.Name); other != nil {
			why = append(why, differences(p.Scenario, *other)...)
		}
	}
	return why
}

// sameMachines reports whether the rounds that both runs planned were held by the same machines.
func sameMachines(a, b *results.Run) bool {
	for _, p := range a.Scenarios {
		for _, round := range a.RoundNumbers(p.Scenario.Name) {
			if a.MachineOf(round) != b.MachineOf(round) {
				return false
			}
		}
	}
	return true
}

func find(run *results.Run, name string) *scenario.Scenario {
	for _, p := range run.Scenarios {
		if p.Scenario.Name == name {
			return &p.Scenario
		}
	}
	return nil
}

// differences are the differences between two scenarios of the same name.
func differences(a, b scenario.Scenario) []string {
	var out []string
	if x, y := describeTarget(a), describeTarget(b); x != y {
		out = append(out, fmt.Sprintf("the scenario %s has different targets: %s in BASE and %s in HEAD", a.Name, a.Target, b.Target))
	}
	if !a.Workload.Equal(b.Workload) {
		out = append(out, fmt.Sprintf("the scenario %s has different workloads: %s in BASE, %s in HEAD", a.Name, describeWorkload(a), describeWorkload(b)))
	}
	return out
}

// describeWorkload describes the batches of a scenario.
func describeWorkload(s scenario.Scenario) string {
	text := fmt.Sprintf("%d tasks with a timeout of %v", s.Workload.Tasks, s.Workload.Timeout)
	if a := s.Workload.Arrivals; a != nil {
		text = fmt.Sprintf("%s for %v after %v, with a timeout of %v", s.Workload, a.For, a.Warmup, s.Workload.Timeout)
	}
	return text
}

// describeTarget describes the target without its seed.
func describeTarget(s scenario.Scenario) string {
	if s.Target.Mock != nil {
		c := *s.Target.Mock
		c.Seed = 0
		s.Target.Mock = &c
	}
	s.Workload, s.Measure, s.Strategies = scenario.Workload{}, scenario.Measurement{}, nil
	text, err := yaml.Marshal(s)
	if err != nil {
		return err.Error() // cannot happen: a scenario that was read can be written
	}
	return string(text)
}

// seed returns the seed of a round's tasks (latencies, sleeps, work), and whether there is one.
// A real service or a function has none.
func seed(s *scenario.Scenario) (seed uint64, known bool) {
	switch {
	case s == nil:
		return 0, false
	case s.Target.Mock != nil && s.Target.Mock.Seed != 0:
		return s.Target.Mock.Seed, true
	}
	return s.Measure.Seed, s.Target.Mock != nil || s.Target.Sleep != nil || s.Target.CPU != nil
}

// paired reports whether the rounds of a benchmark's sides are paired: they had the same
// latencies or work, or ran interleaved.
func (s Sides) paired(k key) bool {
	if s.Interleaved {
		return true
	}
	if s.Base.Run == nil || s.Head.Run == nil {
		return false
	}
	for _, p := range s.Base.Run.Scenarios {
		prefix := results.BenchName(p.Scenario, "")
		if len(k.name) > len(prefix) && k.name[:len(prefix)] == prefix {
			a, known := seed(&p.Scenario)
			b, same := seed(find(s.Head.Run, p.Scenario.Name))
			return known && same && a == b
		}
	}
	return false
}

// pair returns the values of a benchmark to compare. If paired, elements with the same index
// are from the same round.
func (s Sides) pair(k key) (p stat.Pair, paired bool) {
	base, head := s.Base.series[k], s.Head.series[k]
	if s.paired(k) {
		b, h := base.byRound(), head.byRound()
		p := stat.PairRounds(b, h)
		if s.Base.Run != nil && len(s.Base.Run.Machines()) > 1 {
			machines := s.Base.Run.Machines()
			for _, round := range slices.Sorted(maps.Keys(b)) {
				if _, both := h[round]; both {
					p.Block = append(p.Block, slices.Index(machines, s.Base.Run.MachineOf(round)))
				}
			}
		}
		return p, true
	}
	return stat.Pair{Base: base.values, Head: head.values}, false
}
