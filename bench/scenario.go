package bench

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/strategies"
)

// Scenario is one experiment: which strategies meet which batch at which target, and
// how it is measured. Its file form is docs/scenarios.md.
type Scenario struct {
	Name       string
	Target     Target
	Workload   Workload
	Programs   []Program           // strategies that are programs of their own
	Strategies []strategies.Choice // the first is the baseline
	Measure    Measurement
	Assert     []Assertion // what must be true of the result

	mistaken []string // keys of its file with mistakes, which reading it has reported
}

// read reports whether the scenario's file had no mistakes in any of the keys.
func (s Scenario) read(keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { return slices.Contains(s.mistaken, key) })
}

// Workload is the batch.
type Workload struct {
	Tasks   int           // tasks in a batch
	Timeout time.Duration // of one task
	// Connections says what becomes of a strategy's connections between trials; empty
	// stands for ConnectionsWarm.
	Connections Connections

	Stack int64 // bytes of stack that a task needs, whatever else it does
	Alloc int64 // bytes that a task allocates and holds while it runs

	Panics []mockserver.TaskRange // the tasks that panic when they have done their work
}

// Measurement is how the batch is measured.
type Measurement struct {
	Rounds      int     // measured rounds
	Warmup      int     // rounds before them that are not counted
	AutoWarmup  bool    // instead, as many as it takes until no makespan drifts
	Until       float64 // not 0: add rounds to Rounds until every interval reaches no further than this part either side of its middle
	MaxRounds   int     // with Until, the most rounds
	Seed        uint64  // of the order of every round and of the injected latencies
	ErrorBudget float64 // the fraction of a strategy's tasks that may fail before it counts as failed, 0..1
	Margin      float64 // the difference of makespans that counts as the same, 0..1; 0.02 is 2%
	// Screening marks a first look that only chooses what is measured next: it is shown,
	// but neither it nor its strategies' failures make a run invalid.
	Screening bool
	// Processes says how long a strategy's worker process lives; empty stands for
	// ProcessesAuto. In the scenarios of a run it is what was decided: fresh or kept.
	Processes Processes
	// NoPreflight leaves out the request that Measure makes before the first trial to an
	// HTTP target that is not the run's own mock server.
	NoPreflight bool
	// TrialTimeout is when a trial is declared hung and its worker killed; 0 stands
	// for as long as every task running into its timeout would take, and 10 s more.
	TrialTimeout time.Duration
	// MemoryLimit is how much memory a strategy's process may use, in bytes; 0 stands
	// for half of what is available as the run begins.
	MemoryLimit int64
	ThreadLimit int // how many threads it may have; 0 stands for no limit of ours
}

// Statistics are how the rounds are judged.
func (m Measurement) Statistics() stat.Options {
	o := stat.Options{Margin: m.Margin, Seed: m.Seed}
	if m.Until > 0 {
		o.Until = true
	}
	return o
}

// Limits on what a scenario may ask for. They keep a typing error from asking for
// more memory or time than any machine has; nothing is capped silently.
const (
	MaxTasks   = 10_000_000
	MaxRounds  = 100_000
	MaxTimeout = 24 * time.Hour

	MaxStack = 256 << 20 // bytes; the Go runtime's own limit is 1 GB
	MaxAlloc = 1 << 40   // bytes

	// A Go worker that does nothing takes some 10 MB and ten threads.
	MinMemoryLimit = 16 << 20 // bytes
	MaxMemoryLimit = 1 << 50  // bytes
	MinThreadLimit = 16
	MaxThreadLimit = 1_000_000
)

// DefaultMeasure and DefaultTimeout hold where neither file nor flag says otherwise.
var DefaultMeasure = Measurement{Processes: ProcessesAuto, Rounds: 10, Warmup: 1, Seed: 1, Margin: 0.02, MaxRounds: 200}

// DefaultTimeout is a task's timeout where neither file nor flag gives one.
const DefaultTimeout = 10 * time.Second

// Validate reports everything that keeps the scenario from being run, in terms of
// the keys of its file. It checks a whole, after file and flags have been merged;
// what is wrong with one value of a file is reported when it is read, with its place,
// and nothing more is said of the key that has it.
func (s Scenario) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		if whole, _, _ := strings.Cut(key, "."); s.read(whole) {
			errs = append(errs, fmt.Errorf("scenario %q: %s: %w", s.Name, key, fmt.Errorf(format, args...)))
		}
	}
	if err := checkName(s.Name); err != nil {
		bad("name", "%w", err)
	}
	if err := s.Target.validate(); err != nil {
		bad("target", "%w", err)
	}
	if n := len(s.Target.URLs); n > 0 && s.Workload.Tasks != n && s.read("target") {
		bad("workload.tasks", "%d, but the list has %d URLs, one a task; leave tasks out", s.Workload.Tasks, n)
	}
	inRange(bad, "workload.tasks", s.Workload.Tasks, 1, MaxTasks)
	inRange(bad, "workload.stack", s.Workload.Stack, 0, MaxStack)
	inRange(bad, "workload.alloc", s.Workload.Alloc, 0, MaxAlloc)
	if _, err := ParseConnections(string(s.Workload.Connections)); err != nil && s.Workload.Connections != "" {
		bad("workload.connections", "%w", err)
	}
	for _, r := range s.Workload.Panics {
		if r.First < 0 || r.Last < r.First || r.Last >= s.Workload.Tasks {
			bad("workload.panics", "there is no task %s: the tasks of this batch are 0 to %d", r, s.Workload.Tasks-1)
		}
	}
	if _, err := ParseProcesses(string(s.Measure.Processes)); err != nil && s.Measure.Processes != "" {
		bad("measure.processes", "%w", err)
	}
	inRange(bad, "measure.rounds", s.Measure.Rounds, 1, MaxRounds)
	inRange(bad, "measure.warmup", s.Measure.Warmup, 0, MaxRounds)
	inRange(bad, "workload.timeout", s.Workload.Timeout, time.Microsecond, MaxTimeout)
	inRange(bad, "measure.trial_timeout", s.Measure.TrialTimeout, 0, MaxTimeout)
	if m := s.Measure; m.MemoryLimit != 0 {
		inRange(bad, "measure.memory_limit", m.MemoryLimit, MinMemoryLimit, MaxMemoryLimit)
	}
	if m := s.Measure; m.ThreadLimit != 0 {
		inRange(bad, "measure.thread_limit", m.ThreadLimit, MinThreadLimit, MaxThreadLimit)
	}
	inRange(bad, "measure.error_budget", s.Measure.ErrorBudget, 0, 1)
	inRange(bad, "measure.margin", s.Measure.Margin, 0, 1)
	if m := s.Measure; m.Until != 0 {
		inRange(bad, "measure.until", m.Until, 0.0001, 1)
		inRange(bad, "measure.max_rounds", m.MaxRounds, m.Rounds, MaxRounds)
		if len(s.Strategies) == 1 && s.read("strategies") {
			bad("measure.until", "it is about differences between strategies, and there is one only")
		}
	}
	if len(s.Strategies) == 0 {
		bad("strategies", "none is named; name one at least, the baseline first (fanbench list shows them)")
	}
	for i, c := range s.Strategies {
		if s.program(c) == nil && !strategies.Known(c.Spec.Name) {
			bad("strategies", "%s is neither a strategy of this program nor among the scenario's programs", c)
		}
		if slices.IndexFunc(s.Strategies, func(o strategies.Choice) bool { return o.String() == c.String() }) < i {
			bad("strategies", "%s is named twice", c)
		}
	}
	for _, a := range s.Assert {
		for _, name := range a.unmet(s.Strategies) {
			if !s.read("strategies") {
				continue
			}
			bad("assert", "%s: %s is not among the strategies", a.Text, name)
		}
	}
	return errors.Join(errs...)
}

func inRange[T int | int64 | float64 | time.Duration](bad func(key, format string, args ...any), key string, v, least, most T) {
	if !(v >= least && v <= most) {
		bad(key, "%v is out of range: want %v to %v", v, least, most)
	}
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	nameSuffix = regexp.MustCompile(`-[0-9]+$`)
)

// checkName accepts what can stand in a benchmark's name and in a file's.
func checkName(name string) error {
	switch {
	case !nameForm.MatchString(name):
		return fmt.Errorf("%q: use letters, digits, '.', '_' and '-'", name)
	case nameSuffix.MatchString(name):
		return fmt.Errorf("%q ends in -<digits>, which benchstat reads as GOMAXPROCS; write %q", name, strings.ReplaceAll(name, "-", "_"))
	case len(name) > 80:
		return fmt.Errorf("%q is longer than 80 characters", name)
	}
	return nil
}

// nameFor makes a scenario name out of a file's: what cannot stand in one becomes an
// underscore.
func nameFor(file string) string {
	base := filepath.Base(file)
	name := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && nameForm.MatchString("a"+string(r)) {
			return r
		}
		return '_'
	}, strings.TrimSuffix(base, filepath.Ext(base)))
	if name == "" || !nameForm.MatchString(name[:1]) {
		name = "s" + name
	}
	if nameSuffix.MatchString(name) {
		i := strings.LastIndex(name, "-")
		name = name[:i] + "_" + name[i+1:]
	}
	return name[:min(len(name), 80)]
}

// ParseStrategies reads a list of strategies and sweeps (strategies.ParseSweep),
// registered or among the programs; its error names every bad one.
func ParseStrategies(list []string, programs ...Program) ([]strategies.Choice, error) {
	var choices []strategies.Choice
	var errs []error
	for _, text := range list {
		if text == "" {
			errs = append(errs, errors.New("a name is empty: one comma too many?"))
			continue
		}
		list, err := strategies.ParseSweep(text, specs(programs)...)
		errs = append(errs, err)
		choices = append(choices, list...)
	}
	return choices, errors.Join(errs...)
}

func specs(programs []Program) []strategies.Spec {
	out := make([]strategies.Spec, len(programs))
	for i, p := range programs {
		out[i] = p.spec()
	}
	return out
}

// SplitStrategies splits a command line's comma-separated list. A comma also
// separates a strategy's parameters, so an item that is param=value belongs to the
// strategy before it: "sequential,pool:workers=4,queue=8" is two strategies.
func SplitStrategies(list string) []string {
	var out []string
	for item := range strings.SplitSeq(list, ",") {
		name, _, _ := strings.Cut(item, ":")
		if len(out) > 0 && strings.Contains(name, "=") {
			out[len(out)-1] += "," + item
			continue
		}
		out = append(out, strings.TrimSpace(item))
	}
	return out
}

// trialTimeout is when a trial of the given width is declared hung.
func (s Scenario) trialTimeout(width int) time.Duration {
	if s.Measure.TrialTimeout > 0 {
		return s.Measure.TrialTimeout
	}
	const grace = 10 * time.Second
	waves := time.Duration((s.Workload.Tasks + width - 1) / width)
	if waves > MaxTimeout/s.Workload.Timeout {
		return MaxTimeout + grace
	}
	return waves*s.Workload.Timeout + grace
}

// mock is the mock server's configuration with the seed it has in this scenario: the
// measurement's, unless it has one of its own.
func (s Scenario) mock() mockserver.Config {
	c := *s.Target.Mock
	if c.Seed == 0 {
		c.Seed = s.Measure.Seed
	}
	return c
}

// Latencies is what the target injects into each task of a round, or nil where that
// is not known beforehand: not by this harness's own server, or by one that answers
// some paths otherwise.
func (s Scenario) Latencies(round int) []time.Duration {
	var latency mockserver.Latency
	seed := s.Measure.Seed
	switch {
	case s.Target.Mock != nil && len(s.Target.Mock.Routes) > 0:
		return nil
	case s.Target.Mock != nil:
		c := s.mock()
		latency, seed = c.Latency, c.Seed
	case s.Target.Sleep != nil:
		latency = *s.Target.Sleep
	default:
		return nil
	}
	out := make([]time.Duration, s.Workload.Tasks)
	for i := range out {
		out[i] = latency.At(seed, round, i)
	}
	return out
}

// bound is that of a strategy's trial on these latencies, nil where they are not all
// that the time depends on. A request that finds a server's queue full is a task that
// failed, and takes the bound from its trial (judge).
func (s Scenario) bound(latencies []time.Duration, strategy int) *Bound {
	if latencies == nil || s.NoBound() != "" {
		return nil
	}
	b := NewBound(latencies, s.atOnce(strategy))
	return &b
}

// NoBound says, in a sentence, why no trial of the scenario has a bound; "" where trials
// do, but for those with tasks that failed or were tried again.
func (s Scenario) NoBound() string {
	m := s.Target.Mock
	switch {
	case s.Target.CPU != nil:
		return "How long CPU work takes depends on the machine, so there is no least possible makespan to draw."
	case m == nil && s.Target.Sleep == nil:
		return "How long this target takes over a task is not known before it is measured, so there is no least possible makespan to draw."
	case m == nil:
		return ""
	case len(m.Routes) > 0:
		return "This server answers some paths differently, so there is no least possible makespan to draw."
	case len(m.Faults) > 0:
		return "This server injects faults, and a faulted request does not take its injected latency, so there is no least possible makespan to draw."
	case m.Discipline == mockserver.ProcessorSharing:
		return "This server divides its capacity among the requests in progress, so the injected latencies alone set no least possible makespan."
	}
	return ""
}

// atOnce is how many tasks a strategy has done at once, at the most: a server's slots
// bound that as much as the strategy does.
func (s Scenario) atOnce(strategy int) int {
	width := s.Strategies[strategy].Width(s.Workload.Tasks)
	if m := s.Target.Mock; m != nil && m.Slots > 0 {
		width = min(width, m.Slots)
	}
	return width
}
