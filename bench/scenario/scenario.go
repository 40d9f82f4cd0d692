package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// Scenario is one experiment: strategies, a batch, a target, and how to measure them.
// docs/scenarios.md describes its file.
type Scenario struct {
	Name       string
	Target     Target
	Workload   Workload
	Programs   []Program           // strategies that are programs of their own
	Strategies []strategies.Choice // the first is the baseline
	Measure    Measurement
	Assert     []Assertion // what must be true of the result

	source *source // where it was written, for errors; nil if a program made it
}

// Workload is the batch.
type Workload struct {
	Tasks   int           // tasks in a batch
	Timeout time.Duration // of one task
	// Connections says what becomes of a strategy's connections between trials; empty
	// stands for ConnectionsWarm.
	Connections Connections
	Client      Client // of HTTP requests; empty stands for what HTTPClient returns

	Stack int64 // bytes of stack that a task needs, whatever else it does
	Alloc int64 // bytes that a task allocates and holds while it runs

	Panics []latency.TaskRange // the tasks that panic when they have done their work

	Nested int // tasks to which each task fans out again, by the same strategy, when it has done its work; 0 for none

	Arrivals *Arrivals      // of batches; nil for one batch that runs alone
	Sizes    *latency.Count // of batches that arrive; nil if all have Tasks. Then Tasks is about their mean
	Tenants  []Tenant       // classes of the batches that arrive; empty if they are all alike
	Deadline time.Duration  // of a batch, since it was to arrive: done whole by then, it counts as goodput; 0 for none
}

// Measurement says how the batch is measured.
type Measurement struct {
	Rounds      int     // measured rounds
	Warmup      int     // rounds before them that are not counted
	AutoWarmup  bool    // instead, as many as it takes until no makespan drifts
	Until       float64 // not 0: add rounds to Rounds until every interval reaches no further than this part either side of its middle
	MaxRounds   int     // with Until, the most rounds
	Figure      Figure  // what a phase of load is compared by; empty means ResponseP99
	Promise     Promise // what is promised of the batches of a phase of load; the zero value is none
	Seed        uint64  // of the order of every round and of the injected latencies
	ErrorBudget float64 // the fraction of a strategy's tasks that may fail before it counts as failed, 0..1
	Margin      float64 // the difference of makespans that counts as the same, 0..1; 0.02 is 2%
	// Screening marks a first look that only chooses what is measured next: it is shown,
	// but neither it nor its strategies' failures make a run invalid.
	Screening bool
	LeftOut   *LeftOut // what a search left out before this scenario; nil for nothing
	// Processes says how long a strategy's worker process lives; empty means
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
	ThreadLimit int // how many threads it may have; 0 means that fanbench sets no limit
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

	MaxNested = 1000 // further tasks of each task

	MaxStrategies = 1000 // of a scenario, each of a sweep counted
	MaxAssertions = 1000 // of a scenario

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

// Filled returns a scenario that was made in Go with the defaults of a file in place of zero
// values that cannot be meant: no name, no timeout, and no measurement at all or one without
// rounds. A scenario that was read, or that flags have changed, is returned as it is: there, a
// zero is a mistake.
func (s Scenario) Filled() Scenario {
	if s.source != nil {
		return s
	}
	s.Name = cmp.Or(s.Name, "batch")
	s.Workload.Timeout = cmp.Or(s.Workload.Timeout, DefaultTimeout)
	if s.Measure == (Measurement{}) {
		s.Measure = DefaultMeasure
	}
	s.Measure.Rounds = cmp.Or(s.Measure.Rounds, DefaultMeasure.Rounds)
	s.Measure.MaxRounds = cmp.Or(s.Measure.MaxRounds, DefaultMeasure.MaxRounds)
	return s
}

// Validate returns all mistakes that prevent the scenario from running, each with its key
// and, if the scenario was read from a file, its position. It checks the whole after file
// and flags have been merged, and includes the mistakes of the file.
func (s Scenario) Validate() error { return s.Placed(append(s.OutOfRange(), s.UnknownNames()...)) }

// OutOfRange returns the values that cannot be measured. It is the one place that checks
// them, wherever they were written.
func (s Scenario) OutOfRange() (errs keyed.List) {
	if err := checkName(s.Name); err != nil {
		errs.Add("name", "%w", err)
	}
	errs.AddBelow("target", s.Target.outOfRange())
	errs = append(errs, s.tasksOutOfRange()...)
	errs.AddBelow("workload", s.Workload.outOfRange())
	errs.AddBelow("measure", s.Measure.outOfRange())
	if s.Measure.Until != 0 && len(s.Strategies) == 1 {
		errs.AddFrom("measure.until", []string{"strategies"}, "it is about differences between strategies, and there is only one")
	}
	errs = append(errs, s.strategiesOutOfRange()...)
	errs = append(errs, s.loadOutOfRange()...)
	return append(errs, s.assertionsOutOfRange()...)
}

// tasksOutOfRange checks how many tasks there are, which a list of URLs says too.
func (s Scenario) tasksOutOfRange() (errs keyed.List) {
	tasks := s.Workload.Tasks
	switch n := len(s.Target.URLs); {
	case n > 0 && tasks != n:
		errs.AddFrom("workload.tasks", []string{"target"}, "%d, but the list has %d URLs, one a task; leave tasks out", tasks, n)
	case tasks == 0:
		errs.AddFrom("workload.tasks", []string{"target.urls"}, "0; say how many tasks a batch has, 1 to %d", MaxTasks)
	default:
		keyed.Range(&errs, "workload.tasks", tasks, 1, MaxTasks)
	}
	return errs
}

// outOfRange checks all but the number of tasks.
func (w Workload) outOfRange() (errs keyed.List) {
	keyed.Range(&errs, "timeout", w.Timeout, time.Microsecond, MaxTimeout)
	sizeRange(&errs, "stack", w.Stack, 0, MaxStack)
	sizeRange(&errs, "alloc", w.Alloc, 0, MaxAlloc)
	if _, err := ParseConnections(string(w.Connections)); err != nil && w.Connections != "" {
		errs.Add("connections", "%w", err)
	}
	if _, err := ParseClient(string(w.Client)); err != nil && w.Client != "" {
		errs.Add("client", "%w", err)
	}
	keyed.Range(&errs, "nested", w.Nested, 0, MaxNested)
	for i, r := range w.Panics {
		if r.First < 0 || r.Last < r.First || r.Last >= w.Tasks {
			errs.AddFrom(keyed.Item("panics", i), []string{"tasks"}, "there is no task %s: the tasks of this batch are 0 to %d", r, w.Tasks-1)
		}
	}
	return errs
}

func (m Measurement) outOfRange() (errs keyed.List) {
	if _, err := ParseProcesses(string(m.Processes)); err != nil && m.Processes != "" {
		errs.Add("processes", "%w", err)
	}
	keyed.Range(&errs, "rounds", m.Rounds, 1, MaxRounds)
	keyed.Range(&errs, "warmup", m.Warmup, 0, MaxRounds)
	keyed.Range(&errs, "trial_timeout", m.TrialTimeout, 0, MaxTimeout)
	for _, f := range []struct {
		key string
		v   float64
	}{{"error_budget", m.ErrorBudget}, {"margin", m.Margin}} {
		if err := checkFraction(f.v, fmt.Sprint(f.v)); err != nil {
			errs.Add(f.key, "%w", err)
		}
	}
	if m.MemoryLimit != 0 {
		sizeRange(&errs, "memory_limit", m.MemoryLimit, MinMemoryLimit, MaxMemoryLimit)
	}
	if m.ThreadLimit != 0 {
		keyed.Range(&errs, "thread_limit", m.ThreadLimit, MinThreadLimit, MaxThreadLimit)
	}
	if m.Until != 0 {
		keyed.Range(&errs, "until", m.Until, 0.0001, 1)
		keyed.Range(&errs, "max_rounds", m.MaxRounds, m.Rounds, MaxRounds)
	}
	return errs
}

// loadOutOfRange checks what goes with a phase of load.
func (s Scenario) loadOutOfRange() (errs keyed.List) {
	w := s.Workload
	if w.Arrivals == nil {
		if w.Deadline != 0 {
			errs.AddFrom("workload.deadline", []string{"workload.arrivals"}, "it is for batches that arrive; give workload.arrivals, or leave it out")
		}
		if s.Measure.Figure != "" {
			errs.AddFrom("measure.figure", []string{"workload.arrivals"}, "it is for batches that arrive; give workload.arrivals, or leave it out")
		}
		if s.Measure.Promise != (Promise{}) {
			errs.AddFrom("measure.promise", []string{"workload.arrivals"}, "it is for batches that arrive; give workload.arrivals, or leave it out")
		}
		if w.Sizes != nil {
			errs.AddFrom("workload.tasks", []string{"workload.arrivals"}, "a distribution is for batches that arrive; give workload.arrivals, or a number")
		}
		if len(w.Tenants) > 0 {
			errs.AddFrom("workload.tenants", []string{"workload.arrivals"}, "they are for batches that arrive; give workload.arrivals, or leave it out")
		}
		for i, a := range s.Assert {
			if a.Metric == "response" {
				errs.AddFrom(keyed.Item("assert", i), []string{"workload.arrivals"}, "%s: response is for batches that arrive; write makespan", quote.Plain(a.Text))
			}
		}
		return errs
	}
	errs.AddBelow("workload", w.tenantsOutOfRange())
	rate, least, what, or := w.leastRate(), s.Measure.Figure.batches(), "the "+s.Measure.Figure.Label(), ""
	if s.Measure.Figure.batches() > ResponseMedian.batches() {
		or = ", or compare the median (figure)"
	}
	if p := s.Measure.Promise; p.batches() > least {
		least, what, or = p.batches(), "the promise "+p.String(), ", or promise a smaller share"
	}
	if len(errs) == 0 && rate*w.Arrivals.For.Seconds() < least {
		n := rate * w.Arrivals.For.Seconds()
		errs.AddFrom("workload.arrivals.for", []string{"workload.arrivals.rate", "measure.figure"},
			"about %.0f batches would arrive in it, and %s takes %.0f: make it %v%s", n, what, least,
			time.Duration(math.Ceil(least/rate))*time.Second, or)
	}
	keyed.Range(&errs, "workload.deadline", w.Deadline, 0, MaxTimeout)
	if _, err := ParseFigure(string(s.Measure.Figure)); err != nil && s.Measure.Figure != "" {
		errs.Add("measure.figure", "%w", err)
	}
	if s.Measure.Promise.Share > 0 && s.Measure.Promise.Limit == 0 && slices.ContainsFunc(w.Classes(), func(t Tenant) bool { return t.Deadline == 0 }) {
		errs.AddFrom("measure.promise", []string{"workload.deadline", "workload.tenants"}, "goodput is of batches that are completed within their deadline; give workload.deadline")
	}
	if s.Measure.Figure == Goodput && slices.ContainsFunc(w.Classes(), func(t Tenant) bool { return t.Deadline == 0 }) {
		errs.AddFrom("measure.figure", []string{"workload.deadline", "workload.tenants"}, "goodput is of batches that are completed within their deadline; give workload.deadline")
	}
	if len(s.Target.URLs) > 0 {
		errs.AddFrom("target.urls", []string{"workload.arrivals"}, "a list of URLs is one batch; use url where batches arrive")
	}
	if len(w.Panics) > 0 {
		errs.AddFrom("workload.panics", []string{"workload.arrivals"}, "tasks do not panic where batches arrive; leave it out")
	}
	if s.Measure.Processes == ProcessesFresh {
		errs.AddFrom("measure.processes", []string{"workload.arrivals"}, "a process is kept where batches arrive; use kept or auto")
	}
	for i, c := range s.Strategies {
		switch {
		case s.Program(c) != nil && s.Program(c).Speaks() < 2:
			errs.AddFrom(s.strategyKey(i), []string{"workload.arrivals"}, "%s is a program that speaks version 1 of the protocol, which has one batch at a time; if it speaks version 2, say so: programs: {%s: {command: [...], protocol: 2}} (docs/protocol.md)",
				quote.Plain(c.String()), c.Spec.Name)
		case s.Program(c) == nil && strategies.Known(c.Spec.Name) && !c.Spec.Traits.Concurrent:
			errs.AddFrom(s.strategyKey(i), []string{"workload.arrivals"}, "%s does not declare that its Run may be called concurrently (Traits.Concurrent)", quote.Plain(c.String()))
		}
	}
	for i, a := range s.Assert {
		switch a.Metric {
		case "efficiency":
			errs.AddFrom(keyed.Item("assert", i), []string{"workload.arrivals"}, "%s: batches that overlap have no lower bound, and so no efficiency", quote.Plain(a.Text))
		case "makespan":
			errs.AddFrom(keyed.Item("assert", i), []string{"workload.arrivals"}, "%s: batches that arrive are compared by their response time; write response", quote.Plain(a.Text))
		}
	}
	return errs
}

func (s Scenario) strategiesOutOfRange() (errs keyed.List) {
	named := map[string]bool{}
	for i, c := range s.Strategies {
		name := c.String()
		switch key := s.strategyKey(i); {
		case named[name]:
			errs.Add(key, "%s is named twice; leave one out", name)
		case len(FileName(name)) > longestStrategy:
			errs.Add(key, "%s is %d characters long; %d are the most, since directories are named after it", quote.Plain(name), len(name), longestStrategy)
		}
		named[name] = true
	}
	switch n := len(s.Strategies); {
	case n == 0:
		errs.Add("strategies", "none is named; list those to compare, the baseline first (fanbench list shows them)")
	case n > MaxStrategies:
		errs.Add("strategies", "%d are named; %d are the most", n, MaxStrategies)
	}
	return errs
}

func (s Scenario) assertionsOutOfRange() (errs keyed.List) {
	if n := len(s.Assert); n > MaxAssertions {
		errs.Add("assert", "%d assertions; %d are the most", n, MaxAssertions)
	}
	for i, a := range s.Assert {
		for _, name := range []string{a.Strategy, a.Than} {
			if name != "" && !slices.ContainsFunc(s.Strategies, func(c strategies.Choice) bool { return c.String() == name }) {
				errs.AddFrom(keyed.Item("assert", i), []string{"strategies"}, "%s: %s is not among the strategies", quote.Plain(a.Text), quote.Plain(name))
			}
		}
	}
	return errs
}

// UnknownNames returns the names in the scenario that this program, on this system, does not
// know.
func (s Scenario) UnknownNames() (errs keyed.List) {
	errs.AddBelow("target", s.Target.unknown())
	for i, c := range s.Strategies {
		if s.Program(c) == nil && !strategies.Known(c.Spec.Name) {
			errs.Add(s.strategyKey(i), "%s is neither a strategy of this program nor among the scenario's programs", quote.Plain(c.String()))
		}
	}
	return errs
}

// strategyKey returns the key of a strategy, in the list as written: a sweep shifts the
// elements.
func (s Scenario) strategyKey(i int) string {
	if s.source != nil && i < len(s.source.strategies) {
		i = s.source.strategies[i]
	}
	return keyed.Item("strategies", i)
}

func sizeRange(errs *keyed.List, key string, v, least, most int64) {
	if v < least || v > most {
		errs.Add(key, "%s is out of range: want %s to %s", bytesize.Format(v), bytesize.Format(least), bytesize.Format(most))
	}
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	nameSuffix = regexp.MustCompile(`-[0-9]+$`)
)

// The greatest lengths of names, in bytes: file names are made of both, and a file system
// takes 255.
const (
	longestName     = 80  // of a scenario
	longestStrategy = 160 // of a strategy with its parameters
)

// checkName accepts names that can be part of a benchmark's name and of a file's.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("empty; use letters, digits, '.', '_' and '-'")
	case len(name) > longestName:
		return fmt.Errorf("%s is longer than %d characters", quote.Text(name), longestName)
	case !nameForm.MatchString(name):
		return fmt.Errorf("%s: use letters, digits, '.', '_' and '-', the first a letter or digit", quote.Text(name))
	case nameSuffix.MatchString(name):
		return fmt.Errorf("%q ends in -<digits>, which benchstat reads as GOMAXPROCS; write %q", name, strings.ReplaceAll(name, "-", "_"))
	}
	return nil
}

// nameFor makes a scenario name from a file's name, with underscores in place of characters
// that are not allowed.
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
	return name[:min(len(name), longestName)]
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

// TrialTimeout returns when a trial of the given width is declared hung.
func (s Scenario) TrialTimeout(width int) time.Duration {
	if s.Measure.TrialTimeout > 0 {
		return s.Measure.TrialTimeout
	}
	const grace = 10 * time.Second
	if a := s.Workload.Arrivals; a != nil {
		return a.Warmup + a.For + a.Drain() + s.Workload.Timeout + grace
	}
	tasks := s.Workload.Tasks * (1 + s.Workload.Nested)
	waves := time.Duration((tasks + width - 1) / width)
	if waves > MaxTimeout/s.Workload.Timeout {
		return MaxTimeout + grace
	}
	return waves*s.Workload.Timeout + grace
}

// MockConfig returns the mock server's configuration with its seed in this scenario: the
// measurement's, unless it has its own.
func (s Scenario) MockConfig() config.Config {
	c := *s.Target.Mock
	if c.Seed == 0 {
		c.Seed = s.Measure.Seed
	}
	return c
}

// Latencies returns the latency that the target injects into each task of a round, nil if it
// is not known in advance: the target is not this harness's own server, or answers some
// paths differently.
func (s Scenario) Latencies(round int) []time.Duration {
	var from latency.Latency
	seed := s.Measure.Seed
	switch {
	case s.Target.Mock != nil && len(s.Target.Mock.Routes) > 0:
		return nil
	case s.Target.Mock != nil:
		c := s.MockConfig()
		from, seed = c.Latency, c.Seed
	case s.Target.Sleep != nil:
		from = *s.Target.Sleep
	default:
		return nil
	}
	out := make([]time.Duration, s.TaskCount(round))
	for i := range out {
		out[i] = from.At(seed, round, i)
	}
	return out
}

// TaskCount returns the number of tasks of a round. If batches arrive, the tasks of the
// first come first.
func (s Scenario) TaskCount(round int) int {
	if s.Workload.Arrivals == nil {
		return s.Workload.Tasks
	}
	n := 0
	for _, a := range s.Arrivals(round) {
		n += a.Tasks
	}
	return n
}

// Metric returns what the strategies are compared by, in words.
func (s Scenario) Metric() string {
	if s.Workload.Arrivals == nil {
		return "makespan"
	}
	return s.Measure.Figure.Label()
}

// Bound returns the bound of a strategy's trial on these latencies, nil if the time depends
// on more than the latencies. A request that finds a server's queue full is a failed task,
// and removes the bound from its trial (judge).
func (s Scenario) Bound(latencies []time.Duration, strategy int) *Bound {
	if latencies == nil || s.NoBound() != "" {
		return nil
	}
	b := NewBound(latencies, s.atOnce(strategy))
	return &b
}

// NoBound returns, in a sentence, why no trial of the scenario has a bound; "" if trials do,
// except those with failed or repeated tasks.
func (s Scenario) NoBound() string {
	m := s.Target.Mock
	switch {
	case s.Workload.Arrivals != nil:
		return "Batches overlap here, so there is no lower bound to draw."
	case s.Workload.Nested > 0:
		return "Each task fans out again here, so there is no lower bound to draw."
	case s.Target.CPU != nil:
		return "How long CPU work takes depends on the machine, so there is no lower bound to draw."
	case m == nil && s.Target.Sleep == nil:
		return "How long this target takes over a task is not known before it is measured, so there is no lower bound to draw."
	case m == nil:
		return ""
	case len(m.Routes) > 0:
		return "This server answers some paths differently, so there is no lower bound to draw."
	case len(m.Faults) > 0:
		return "This server injects faults, and a faulted request does not take its injected latency, so there is no lower bound to draw."
	case m.Discipline == config.ProcessorSharing:
		return "This server divides its capacity among the requests in progress, so the injected latencies alone set no lower bound."
	}
	return ""
}

// atOnce returns the maximum number of tasks that a strategy runs at once. A server's slots
// limit it too.
func (s Scenario) atOnce(strategy int) int {
	width := s.Strategies[strategy].Width(s.Workload.Tasks)
	if m := s.Target.Mock; m != nil && m.Slots > 0 {
		width = min(width, m.Slots)
	}
	return width
}

// FileName returns a strategy's name in a form that every file system accepts.
func FileName(strategy string) string {
	return strings.NewReplacer(":", "_", ",", "_").Replace(strategy)
}
