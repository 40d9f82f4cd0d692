package summary

import (
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Strategy is the summary of a strategy in a scenario. Figures are medians over its comparable
// trials unless stated otherwise; nil means unknown.
type Strategy struct {
	Strategy    string           `json:"strategy"`
	Trials      []results.Trial  `json:"-"`                 // measured trials, by round
	Held        int              `json:"trials"`            // number of measured trials
	Comparable  int              `json:"comparable"`        // number of measured trials that did the whole batch
	Trouble     string           `json:"trouble,omitempty"` // what went wrong in the first trial that did not
	Failure     string           `json:"failure,omitempty"` // the same in a word or two: panic, fatal, out of memory, hang, out of time, stopped at an error, lost work, doubled work, failed tasks
	Done        *float64         `json:"done,omitempty"`    // if it failed: the proportion of tasks done without an error, in the failed trials
	Makespan    *Spread          `json:"makespan"`
	VsBaseline  *stat.Comparison `json:"vs_baseline"`        // nil for the baseline itself
	Machines    *Machines        `json:"machines,omitempty"` // against the baseline, if there are several machines
	Leads       bool             `json:"leads"`              // no other strategy is shown to beat it
	Bound       *float64         `json:"bound"`              // lower bound of the makespan at its concurrency limit
	Greedy      *float64         `json:"greedy"`             // makespan of greedy list scheduling with the same latencies
	BoundUpper  *float64         `json:"bound_upper"`        // longest makespan of a schedule that never idles
	Efficiency  *float64         `json:"efficiency"`
	SojournP50  *float64         `json:"sojourn_p50"` // over all tasks of all comparable trials, like the next two
	SojournP99  *float64         `json:"sojourn_p99"`
	SojournTail *float64         `json:"sojourn_tail"` // at the scenario's tail_quantile
	CPU         *float64         `json:"cpu"`
	PeakRSS     *float64         `json:"peak_rss_bytes"` // peak over all trials
	Goroutines  *float64         `json:"goroutines"`     // peak at any task's start, counted in the warm-up
	Threads     *float64         `json:"threads"`        // peak at a trial's end
	Connections *float64         `json:"connections"`    // opened per measured trial
	Allocs      *float64         `json:"allocs"`         // heap objects per trial
	GCs         *float64         `json:"gcs"`            // garbage collections per trial
	// Usage has the figures of package metric by the metrics' names, without unknown ones. Some
	// of them are also fields above, which are older.
	Usage     map[string]float64 `json:"usage"`
	Failed    int                `json:"failed"` // tasks, over all measured trials
	Lost      int                `json:"lost"`   // tasks that never started or never ended, over all measured trials
	TaskCount int                `json:"tasks"`  // all tasks, over all measured trials
	Faults    []string           `json:"faults,omitempty"`

	Sojourn *Distribution `json:"sojourn"` // ready to done; nil without a comparable trial, like the next two
	Wait    *Distribution `json:"wait"`    // ready to started
	Service *Distribution `json:"service"` // started to done

	Family string            `json:"name"`   // without parameters
	Params strategies.Params `json:"params"` //
	Width  int               `json:"width"`  // concurrency limit
	spec   strategies.Spec

	Load     *Load             `json:"load,omitempty"`     // of phases of load
	Promised *results.Promised `json:"promised,omitempty"` // nil without a promise
	Scope    string            `json:"scope,omitempty"`    // of the limit, in phases of load: batch, process or none

	// System is the number of batches in the system over time, in the trial that is shown.
	// It is nil unless the trial is a phase of load.
	System *System `json:"-"`

	troubled struct{ ok, tasks int } // over the trials that did not do the whole batch

	// Timeline is the timeline of one trial, nil if there was none.
	Timeline *Timeline `json:"-"`
	// Recording is the recording of its last warm-up trial, nil if none was recorded.
	Recording *Recording `json:"-"`
	// HistogramLog has the histograms of the three times in HdrHistogram's log format, one
	// interval for each comparable trial.
	HistogramLog []byte `json:"-"`
}

// Spec describes the strategy: its traits and its line of documentation. For a strategy that
// only the program of the run has, it has only the name.
func (s *Strategy) Spec() strategies.Spec { return s.spec }

// Spread is a sample of one figure, one value per trial.
type Spread struct {
	Median   float64       `json:"median"`
	Min      float64       `json:"min"`
	Max      float64       `json:"max"`
	Interval stat.Interval `json:"interval"` // confidence interval of the median
}

// samples are the figures of a strategy's comparable trials, one element per trial.
type samples struct {
	makespan, lower, greedy, upper, efficiency []float64
	usage                                      map[string][]float64 // known figures, by the metric's key
}

func (s *samples) add(t results.Trial) {
	s.makespan = append(s.makespan, t.Makespan.Seconds())
	if t.Bound != nil && t.Bound.Lower > 0 { // tasks that take no time have no lower bound to compare with
		s.lower = append(s.lower, t.Bound.Lower.Seconds())
		s.greedy = append(s.greedy, t.Bound.Greedy.Seconds())
		s.upper = append(s.upper, t.Bound.Upper.Seconds())
		s.efficiency = append(s.efficiency, t.Efficiency())
	}
	for _, m := range metric.All {
		if m.Known(t.Usage) {
			s.usage[m.Key] = append(s.usage[m.Key], m.Value(t.Usage))
		}
	}
}

// newStrategy summarises the trials of a strategy, without their records.
func newStrategy(run *results.Run, in scenario.Scenario, c strategies.Choice) *Strategy {
	out := &Strategy{
		Strategy: c.String(), spec: c.Spec, Family: c.Spec.Name, Params: c.Params, Width: c.Width(in.Workload.Tasks),
		Trials: run.Measured(in.Name, c.String()), Usage: map[string]float64{},
	}
	var goroutines int64
	for _, t := range run.Of(in.Name, out.Strategy) {
		if t.Warmup() {
			goroutines = max(goroutines, t.Usage.Goroutines)
			out.blame(t)
		}
	}
	s := samples{usage: map[string][]float64{}}
	if out.Load = newLoad(out.Trials); out.Load != nil {
		out.Scope = string(c.Scope())
	}
	out.Promised = results.JudgePromise(in.Measure.Promise, out.Trials)
	for _, t := range out.Trials {
		out.count(t)
		if t.Counts() {
			s.add(t)
		}
	}
	out.set(s)
	if out.Goroutines = known(goroutines); out.Goroutines != nil {
		out.Usage["goroutines"] = *out.Goroutines
	}
	return out
}

// count adds a measured trial to the sums.
func (s *Strategy) count(t results.Trial) {
	s.Held++
	s.Failed += t.Audit.Failed
	s.Lost += t.Audit.Lost
	s.TaskCount += t.Audit.Tasks()
	for _, f := range t.Faults {
		if !slices.Contains(s.Faults, f) {
			s.Faults = append(s.Faults, f)
		}
	}
	if t.Counts() {
		s.Comparable++
	}
	s.blame(t)
}

// blame notes why a trial, warm-up or measured, did not do the whole batch.
func (s *Strategy) blame(t results.Trial) {
	if t.Comparable() {
		return
	}
	s.troubled.ok += t.Audit.Done - t.Audit.Failed
	s.troubled.tasks += t.Audit.Tasks()
	done := float64(s.troubled.ok) / float64(max(s.troubled.tasks, 1))
	s.Done = &done
	if s.Failure != "" {
		return
	}
	s.Trouble = t.Trouble()
	switch {
	case t.Died():
		s.Failure = string(t.Status)
	case t.Unsteady() && t.Phase.Growing:
		s.Failure = Unstable
	case t.Unsteady() && t.Phase.Goodput != nil && t.Phase.Good == 0:
		s.Failure = NoGoodput
	case t.Unsteady() && t.Phase.Rejected >= t.Phase.Unfinished:
		s.Failure = Rejecting
	case t.Unsteady():
		s.Failure = NotDone
	case t.Stopped():
		s.Failure = "stopped at an error"
	case t.Audit.Complete() || t.Audit.Lost > 0 || t.Audit.Running > 0: // complete: a panic was swallowed
		s.Failure = "lost work"
	default:
		s.Failure = "doubled work"
	}
}

func (s *Strategy) set(x samples) {
	s.Makespan = spread(x.makespan)
	s.Bound, s.Greedy, s.BoundUpper, s.Efficiency = median(x.lower), median(x.greedy), median(x.upper), median(x.efficiency)
	for _, m := range metric.All {
		var v *float64
		switch values := x.usage[m.Key]; {
		case m.Over == metric.Median:
			v = median(values)
		case m.Over == metric.Greatest && len(values) > 0:
			greatest := slices.Max(values)
			v = &greatest
		}
		if v != nil {
			s.Usage[m.Name()] = *v
		}
	}
	figure := func(name string) *float64 {
		if v, ok := s.Usage[name]; ok {
			return &v
		}
		return nil
	}
	s.CPU, s.Connections, s.Allocs, s.GCs = figure("cpu_seconds"), figure("connections"), figure("allocs"), figure("gcs")
	s.PeakRSS, s.Threads = figure("peak_rss_bytes"), figure("threads")
}

// read passes once over the records of the measured trials and of the shown one. It fills
// the timeline, the histograms and the counts of each URL.
func (s *Strategy) read(files *reader, shown *results.Trial, urls *urlTally) error {
	began := files.run.Started
	longest := time.Duration(0)
	for _, t := range s.Trials {
		longest = max(longest, t.Makespan)
	}
	h, err := newHistograms(s.Strategy, 2*longest, began)
	if err != nil {
		return err
	}
	trials := s.Trials
	if shown != nil && shown.Warmup() {
		trials = append(slices.Clip(trials), *shown)
	}
	for _, t := range trials {
		comparable := t.Counts() && !t.Warmup()
		drawn := shown != nil && t.Seq == shown.Seq
		files.records(t, func(task int, record *strategies.Record) {
			if drawn && s.Timeline != nil {
				s.Timeline.add(task, record)
			}
			if !t.Warmup() {
				urls.add(t, task, record)
			}
			if comparable && record.Started() > 0 {
				h.add(record)
			}
		})
		if comparable {
			if err := h.endTrial(t, began); err != nil {
				return err
			}
		}
	}
	s.HistogramLog = h.log.Bytes()
	s.Sojourn, s.Wait, s.Service = newDistribution(h.list[0].all), newDistribution(h.list[1].all), newDistribution(h.list[2].all)
	return nil
}

func spread(x []float64) *Spread {
	if len(x) == 0 {
		return nil
	}
	d := stat.Describe(x)
	return &Spread{Median: d.Median, Min: d.Min, Max: d.Max, Interval: stat.QuantileInterval(x, 0.5, confidence)}
}

// median returns nil for no values.
func median(x []float64) *float64 {
	if len(x) == 0 {
		return nil
	}
	m := stat.Median(x)
	return &m
}

// known returns nil for 0, which means unknown.
func known(v int64) *float64 {
	if v == 0 {
		return nil
	}
	f := float64(v)
	return &f
}
