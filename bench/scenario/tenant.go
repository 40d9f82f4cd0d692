package scenario

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// Tenant is a class of batches, with a rate, size and deadline. What it leaves out is as
// the workload says.
type Tenant struct {
	Name     string
	Arrivals Arrivals       // For, Warmup and Rates are the workload's
	Tasks    int            // tasks in a batch; 0: as the workload says
	Sizes    *latency.Count // or their distribution
	Deadline time.Duration  // 0: the workload's
}

// MaxTenants is the maximum number of tenants of a workload.
const MaxTenants = 100

// Classes returns the tenants with everything filled in. A workload without tenants has
// one, without a name.
func (w Workload) Classes() []Tenant {
	if w.Arrivals == nil {
		return nil
	}
	if len(w.Tenants) == 0 {
		return []Tenant{{Arrivals: *w.Arrivals, Tasks: w.Tasks, Sizes: w.Sizes, Deadline: w.Deadline}}
	}
	out := slices.Clone(w.Tenants)
	for i := range out {
		t := &out[i]
		if t.Arrivals.given() {
			t.Arrivals.For, t.Arrivals.Warmup = w.Arrivals.For, w.Arrivals.Warmup
		} else {
			t.Arrivals = *w.Arrivals
		}
		if t.Tasks == 0 && t.Sizes == nil {
			t.Tasks, t.Sizes = w.Tasks, w.Sizes
		}
		t.Deadline = cmp.Or(t.Deadline, w.Deadline)
	}
	return out
}

// Keep returns the workload with copies of its recordings of batch sizes in the directory of
// a run.
func (w Workload) Keep(dir string) (Workload, error) {
	w.Tenants = slices.Clone(w.Tenants)
	sizes := []**latency.Count{&w.Sizes}
	for i := range w.Tenants {
		sizes = append(sizes, &w.Tenants[i].Sizes)
	}
	for _, c := range sizes {
		if *c == nil {
			continue
		}
		kept, err := (*c).Keep(dir)
		if err != nil {
			return w, err
		}
		*c = &kept
	}
	return w, nil
}

// Equal reports whether both workloads are written the same way.
func (w Workload) Equal(o Workload) bool { return reflect.DeepEqual(w.form(), o.form()) }

// TenantNames returns the names of the tenants, in their order.
func (w Workload) TenantNames() []string {
	names := make([]string, len(w.Tenants))
	for i, t := range w.Tenants {
		names[i] = t.Name
	}
	return names
}

// given reports whether a tenant says when its batches arrive.
func (a Arrivals) given() bool {
	return a.Rate != 0 || a.Process != "" || a.Bursts != nil || len(a.Trace) > 0
}

// Size returns about the mean number of tasks of a batch.
func (t Tenant) Size() float64 {
	if t.Sizes != nil {
		return t.Sizes.Mean()
	}
	return float64(t.Tasks)
}

// Rate is the rate at which batches arrive, those of all tenants together, per second. It
// is 0 if there is one batch that runs alone.
func (w Workload) Rate() (sum float64) {
	for _, t := range w.Classes() {
		sum += t.Arrivals.MeanRate()
	}
	return sum
}

// BatchSize is about the mean number of tasks of a batch, over all tenants.
func (w Workload) BatchSize() float64 {
	rate := w.Rate()
	if rate == 0 {
		return float64(w.Tasks)
	}
	tasks := 0.0
	for _, t := range w.Classes() {
		tasks += t.Arrivals.MeanRate() * t.Size()
	}
	return tasks / rate
}

// String describes the workload in a few words: "10 tasks", "batches of 10 tasks at 30/s".
func (w Workload) String() string {
	tasks := func(n float64) string {
		if n == 1 {
			return "1 task"
		}
		if n == math.Trunc(n) {
			return fmt.Sprintf("%.0f tasks", n)
		}
		return fmt.Sprintf("%.4g tasks", n)
	}
	if w.Arrivals == nil {
		return tasks(float64(w.Tasks))
	}
	classes := w.Classes()
	size := tasks(w.BatchSize())
	if slices.ContainsFunc(classes, func(t Tenant) bool { return t.Sizes != nil || t.Tasks != classes[0].Tasks }) {
		size = "about " + tasks(rounded(w.BatchSize()))
	}
	text := fmt.Sprintf("batches of %s at %.4g/s", size, w.Rate())
	if len(w.Tenants) > 0 {
		return fmt.Sprintf("%s, %d tenants", text, len(w.Tenants))
	}
	switch w.Arrivals.Process {
	case Constant:
		return text + ", evenly spaced"
	case Bursty:
		return text + ", in bursts"
	case Trace:
		return text + ", as recorded"
	}
	return text
}

// rounded keeps two digits of a number, and all of those before the point.
func rounded(v float64) float64 {
	if v >= 10 {
		return math.Round(v)
	}
	return math.Round(10*v) / 10
}

// Arrival is a batch of a phase of load.
type Arrival struct {
	At     time.Duration // since the phase's start
	Tasks  int
	Tenant int // index into Classes
}

// Arrivals returns the batches of a round in the order of their arrival; none if there is
// one batch that runs alone. It is a pure function of the scenario and the round.
func (s Scenario) Arrivals(round int) (list []Arrival) {
	for i, t := range s.Workload.Classes() {
		for n, at := range t.Arrivals.Times(s.Measure.Seed, round, i) {
			a := Arrival{At: at, Tasks: t.Tasks, Tenant: i}
			if t.Sizes != nil {
				a.Tasks = int(min(t.Sizes.At(s.Measure.Seed+uint64(i), round, n), MaxTasks+1))
			}
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b Arrival) int { return cmp.Compare(a.At, b.At) })
	return list
}

// tenantsOutOfRange checks the classes of batches, and how much arrives in all.
func (w Workload) tenantsOutOfRange() (errs keyed.List) {
	if len(w.Tenants) > MaxTenants {
		errs.Add("tenants", "there are %d; the most are %d", len(w.Tenants), MaxTenants)
	}
	named := map[string]bool{}
	inherits := len(w.Tenants) == 0
	for i, t := range w.Tenants {
		key := keyed.Item("tenants", i)
		switch {
		case t.Name == "":
			errs.Add(key+".name", "it is missing; give the tenant a name")
		case named[t.Name]:
			errs.Add(key+".name", "%s is named twice; give each tenant another name", quote.Text(t.Name))
		default:
			if err := checkName(t.Name); err != nil {
				errs.Add(key+".name", "%w", err)
			}
		}
		named[t.Name] = true
		if t.Arrivals.given() {
			errs.AddBelow(key, t.Arrivals.timesOutOfRange(false))
		} else {
			inherits = true
		}
		keyed.Range(&errs, key+".tasks", t.Tasks, 0, MaxTasks)
		keyed.Range(&errs, key+".deadline", t.Deadline, 0, MaxTimeout)
	}
	errs.AddBelow("arrivals", w.Arrivals.windowOutOfRange())
	if inherits {
		errs.AddBelow("arrivals", w.Arrivals.timesOutOfRange(len(w.Arrivals.Rates) > 0))
	} else if a := w.Arrivals; a.Rate != 0 || a.Bursts != nil || len(a.Trace)+len(a.Rates) > 0 {
		errs.AddFrom("arrivals.rate", []string{"tenants"}, "every tenant has its own, so no batch arrives at this one; leave it out")
	}
	if len(errs) > 0 {
		return errs
	}
	return w.amountOutOfRange()
}

// amountOutOfRange checks how many batches and tasks arrive on average.
func (w Workload) amountOutOfRange() (errs keyed.List) {
	rates := w.Arrivals.Rates
	if len(rates) == 0 {
		rates = []float64{w.Arrivals.Rate}
	}
	for i, rate := range rates {
		key := "arrivals.rate"
		if len(w.Arrivals.Rates) > 0 {
			key = keyed.Item(key, i)
		}
		at := w.at(rate)
		n := at.Rate() * (at.Arrivals.Warmup + at.Arrivals.For).Seconds()
		tasks := n * at.BatchSize()
		switch {
		case n > MaxBatches:
			errs.AddFrom(key, []string{"arrivals.for", "arrivals.warmup"}, "about %.0f batches would arrive; the most are %d", n, MaxBatches)
		case tasks > MaxTasks:
			errs.AddFrom(key, []string{"arrivals.for", "arrivals.warmup", "tasks"}, "about %.0f tasks would arrive; the most are %d", tasks, MaxTasks)
		}
	}
	return errs
}

// at is the workload at one rate of a sweep.
func (w Workload) at(rate float64) Workload {
	a := *w.Arrivals
	a.Rate, a.Rates = rate, nil
	w.Arrivals = &a
	return w
}

// leastRate is the lowest rate of the workload's sweep, of all tenants together.
func (w Workload) leastRate() float64 {
	least := math.Inf(1)
	for _, rate := range w.Arrivals.Rates {
		least = min(least, w.at(rate).Rate())
	}
	if math.IsInf(least, 1) {
		return w.Rate()
	}
	return least
}

// SetRates makes the scenario's batches arrive at these rates, one after the other. If the
// scenario has no arrivals, they are Poisson, in the given window and warm-up.
func (s *Scenario) SetRates(rates []float64, window, warmup time.Duration) {
	a := Arrivals{Process: Poisson, For: window, Warmup: warmup}
	if s.Workload.Arrivals != nil {
		a = *s.Workload.Arrivals
	}
	a.Rate, a.Rates = 0, rates
	if len(rates) == 1 {
		a.Rate, a.Rates = rates[0], nil
	}
	s.Workload.Arrivals = &a
}

// Expand returns the scenarios with one for each rate of a sweep, named NAME-rateR. The
// others are as they were.
func Expand(list []Scenario) (out []Scenario) {
	for _, s := range list {
		a := s.Workload.Arrivals
		if a == nil || len(a.Rates) == 0 {
			out = append(out, s)
			continue
		}
		name := s.Name
		for _, rate := range a.Rates {
			s.Name = name + "-rate" + strings.TrimSuffix(FormatRate(rate), "/s")
			s.Workload = s.Workload.at(rate)
			s.Workload.Arrivals.Rates = nil
			out = append(out, s)
		}
	}
	return out
}
