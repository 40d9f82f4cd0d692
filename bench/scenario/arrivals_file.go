package scenario

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/mockyaml"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// decodeArrivals reads {rate: 50/s, process: poisson, for: 10s, warmup: 2s}. rate may be a
// list.
func decodeArrivals(d *strictyaml.Decoder, n *yaml.Node) *Arrivals {
	a := &Arrivals{}
	fields := arrivalFields(d, "workload.arrivals", a)
	one := fields["rate"]
	fields["rate"] = func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			one(n)
			return
		}
		for _, item := range d.List(n, "workload.arrivals.rate") {
			a.Rates = append(a.Rates, decodeRate(d, item, "workload.arrivals.rate"))
		}
		if len(a.Rates) == 1 {
			a.Rate, a.Rates = a.Rates[0], nil
		}
	}
	fields["for"] = func(n *yaml.Node) { a.For = anyDuration(d, n, "workload.arrivals.for") }
	fields["warmup"] = func(n *yaml.Node) { a.Warmup = anyDuration(d, n, "workload.arrivals.warmup") }
	d.Object(n, "workload.arrivals", fields)
	a.fillProcess()
	return a
}

// fillProcess sets the process that the other fields imply.
func (a *Arrivals) fillProcess() {
	switch {
	case a.Process != "":
	case a.Bursts != nil:
		a.Process = Bursty
	case len(a.Trace) > 0:
		a.Process = Trace
	default:
		a.Process = Poisson
	}
}

// arrivalFields are the keys that say when batches arrive.
func arrivalFields(d *strictyaml.Decoder, at string, a *Arrivals) strictyaml.Fields {
	return strictyaml.Fields{
		"rate":    func(n *yaml.Node) { a.Rate = decodeRate(d, n, at+".rate") },
		"process": func(n *yaml.Node) { a.Process = ArrivalProcess(d.OneOf(n, at+".process", names(arrivalProcesses)...)) },
		"bursts":  func(n *yaml.Node) { a.Bursts = decodeBursts(d, n, at+".bursts") },
		"trace":   func(n *yaml.Node) { a.Trace = decodeTrace(d, n, at+".trace") },
	}
}

func decodeRate(d *strictyaml.Decoder, n *yaml.Node, what string) float64 {
	rate, err := ParseRate(d.String(n, what))
	if err != nil {
		d.Errorf(n, "%s: %v", what, err)
	}
	return rate
}

// decodeBursts reads {rates: [10/s, 100/s], lengths: [4s, 1s]}.
func decodeBursts(d *strictyaml.Decoder, n *yaml.Node, what string) *Bursts {
	b := &Bursts{}
	two := func(key string, read func(n *yaml.Node, i int)) func(n *yaml.Node) {
		return func(n *yaml.Node) {
			list := d.List(n, what+"."+key)
			if n.Kind == yaml.SequenceNode && len(list) != 2 {
				d.Errorf(n, "%s.%s: want two values, of the quiet and the busy state", what, key)
				return
			}
			for i, item := range list {
				read(item, i)
			}
		}
	}
	d.Object(n, what, strictyaml.Fields{
		"rates": two("rates", func(n *yaml.Node, i int) {
			if text := d.String(n, what+".rates"); text != "0" && text != "0/s" {
				b.Rates[i] = decodeRate(d, n, what+".rates")
			}
		}),
		"lengths": two("lengths", func(n *yaml.Node, i int) { b.Lengths[i] = anyDuration(d, n, what+".lengths") }),
	})
	return b
}

// decodeTrace reads the name of a file, or a list of times.
func decodeTrace(d *strictyaml.Decoder, n *yaml.Node, what string) []time.Duration {
	if n.Kind == yaml.SequenceNode {
		var times []time.Duration
		for _, item := range d.List(n, what) {
			times = append(times, anyDuration(d, item, what))
		}
		return fromZero(times)
	}
	name := d.Path(n, what)
	if name == "" {
		return nil
	}
	times, err := readTrace(name)
	if err != nil {
		d.Errorf(n, "%s: %v", what, err)
	}
	return times
}

// readTrace reads a file with the time of an arrival on each line: a duration such as 1.5s,
// a number of seconds, or a time such as 2026-01-31T08:00:00.5Z (RFC 3339). Empty lines and
// those that begin with # are skipped. The times are sorted, and relative to the first.
func readTrace(name string) ([]time.Duration, error) {
	text, err := plainfile.Read(name, plainfile.MaxData)
	if err != nil {
		return nil, err
	}
	var times []time.Duration
	lines := bufio.NewScanner(bytes.NewReader(text))
	for line := 1; lines.Scan(); line++ {
		word := strings.TrimSpace(lines.Text())
		if word == "" || word[0] == '#' {
			continue
		}
		at, err := parseTime(word)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		times = append(times, at)
		if len(times) > MaxBatches {
			return nil, fmt.Errorf("%s:%d: more than %d times", name, line, MaxBatches)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(times) < 2 {
		return nil, fmt.Errorf("%s: want two times of arrival or more, one per line", name)
	}
	return fromZero(times), nil
}

func parseTime(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1<<33 {
		return time.Duration(seconds * float64(time.Second)), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil && at.Year() >= 1970 && at.Year() < 2262 {
		return time.Duration(at.UnixNano()), nil
	}
	return 0, fmt.Errorf("%s is not a time of arrival; write 1.5s, a number of seconds, or 2026-01-31T08:00:00.5Z", quote.Text(text))
}

// fromZero sorts times and makes them relative to the first.
func fromZero(times []time.Duration) []time.Duration {
	slices.Sort(times)
	for i := len(times) - 1; i >= 0; i-- {
		times[i] -= times[0]
	}
	return times
}

// decodeTenants reads a list of {name: interactive, rate: 50/s, tasks: 10, deadline: 250ms}.
func decodeTenants(d *strictyaml.Decoder, n *yaml.Node) (list []Tenant) {
	for _, item := range d.List(n, "workload.tenants") {
		var t Tenant
		fields := arrivalFields(d, "workload.tenants", &t.Arrivals)
		fields["name"] = func(n *yaml.Node) { t.Name = d.String(n, "workload.tenants.name") }
		fields["tasks"] = func(n *yaml.Node) { t.Tasks, t.Sizes = decodeTaskCount(d, n, "workload.tenants.tasks") }
		fields["deadline"] = func(n *yaml.Node) { t.Deadline = anyDuration(d, n, "workload.tenants.deadline") }
		d.Object(item, "workload.tenants", fields)
		if t.Arrivals.given() {
			t.Arrivals.fillProcess()
		}
		list = append(list, t)
	}
	return list
}

// decodeTaskCount reads a number of tasks, or a distribution of it. Then tasks is about its
// mean.
func decodeTaskCount(d *strictyaml.Decoder, n *yaml.Node, what string) (tasks int, sizes *latency.Count) {
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, ":") || n.Kind == yaml.SequenceNode {
		return d.Integer(n, what), nil
	}
	c := mockyaml.DecodeCount(d, n, what)
	return max(1, int(c.Mean()+0.5)), &c
}

// form writes arrivals with the keys of the file.
func (a Arrivals) form() map[string]any {
	out := map[string]any{}
	if a.Process != "" {
		out["process"] = string(a.Process)
	}
	switch {
	case len(a.Rates) > 0:
		rates := make([]string, len(a.Rates))
		for i, rate := range a.Rates {
			rates[i] = FormatRate(rate)
		}
		out["rate"] = rates
	case a.Rate > 0:
		out["rate"] = FormatRate(a.Rate)
	}
	if b := a.Bursts; b != nil {
		out["bursts"] = map[string]any{
			"rates":   []string{FormatRate(b.Rates[0]), FormatRate(b.Rates[1])},
			"lengths": []string{b.Lengths[0].String(), b.Lengths[1].String()},
		}
	}
	if len(a.Trace) > 0 {
		times := make([]string, len(a.Trace))
		for i, at := range a.Trace {
			times[i] = at.String()
		}
		out["trace"] = times
	}
	return out
}

// form writes a tenant with the keys of the file.
func (t Tenant) form() map[string]any {
	out := t.Arrivals.form()
	out["name"] = t.Name
	if n := taskCount(t.Tasks, t.Sizes); n != 0 {
		out["tasks"] = n
	}
	if t.Deadline > 0 {
		out["deadline"] = t.Deadline.String()
	}
	return out
}

// taskCount is a number of tasks as the file has it.
func taskCount(tasks int, sizes *latency.Count) any {
	if sizes != nil {
		return sizes.String()
	}
	return tasks
}
