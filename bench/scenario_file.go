package bench

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/strategies"
)

// ReadScenario reads a scenario's file. What the file leaves out has its default. Its
// error lists every mistake of the file as file:line:col: message. The scenario is
// not yet checked as a whole: see Validate.
func ReadScenario(file string) (Scenario, error) {
	return readScenario(file, true)
}

// ReadBatch is ReadScenario for a file that need not have strategies, since they are sought.
func ReadBatch(file string) (Scenario, error) { return readScenario(file, false) }

func readScenario(file string, compares bool) (Scenario, error) {
	text, err := plainfile.Read(file, plainfile.MaxConfig)
	if err != nil {
		return Scenario{Name: nameFor(file), mistaken: allKeys}, fmt.Errorf("reading the scenario: %w", err)
	}
	return decodeScenario(file, text, compares, strategies.ParseSweep)
}

// DecodeScenario reads a scenario from the text of the named file, beside which lists of
// URLs are looked for.
func DecodeScenario(file string, text []byte) (Scenario, error) {
	return decodeScenario(file, text, true, strategies.ParseSweep)
}

// parseStrategies reads a strategy or a sweep of one, of those that are registered or of
// those given.
type parseStrategies func(text string, also ...strategies.Spec) ([]strategies.Choice, error)

// decodeScenario wants strategies in the text if the scenario compares them.
func decodeScenario(file string, text []byte, compares bool, parse parseStrategies) (Scenario, error) {
	d := strictyaml.New(file)
	s := Scenario{
		Name:     nameFor(file),
		Workload: Workload{Timeout: DefaultTimeout, Connections: ConnectionsWarm},
		Measure:  DefaultMeasure,
	}
	root := d.Root(text)
	if root == nil || root.Kind != yaml.MappingNode {
		if root != nil {
			d.Pairs(root, "scenario") // says what is wanted
		}
		s.mistaken = allKeys
		return s, d.Err()
	}
	var given given
	fields := strictyaml.Fields{
		"name":       func(n *yaml.Node) { s.Name = decodeName(d, n) },
		"target":     func(n *yaml.Node) { given.target = true; given.urls = decodeTarget(d, n, &s.Target) },
		"workload":   func(n *yaml.Node) { given.tasks = decodeWorkload(d, n, &s.Workload) },
		"programs":   func(n *yaml.Node) { s.Programs = decodePrograms(d, n) },
		"strategies": func(n *yaml.Node) { given.strategies = n },
		"measure":    func(n *yaml.Node) { decodeMeasure(d, n, &s.Measure) },
		"assert":     func(n *yaml.Node) { given.assert = n },
	}
	for key, read := range fields {
		fields[key] = func(n *yaml.Node) { s.note(key, d, func() { read(n) }) }
	}
	d.Object(root, "scenario", fields)
	if !given.target {
		s.mistaken = append(s.mistaken, "target")
		d.Errorf(root, "target is missing: say what the tasks are done to, such as target: {mock: {latency: constant:200ms}}")
	}
	s.note("strategies", d, func() {
		switch {
		case given.strategies != nil:
			s.Strategies = decodeStrategies(d, given.strategies, s.Programs, parse)
		case compares:
			d.Errorf(root, "strategies is missing: list those to compare, the baseline first")
		}
	})
	if given.assert != nil {
		s.note("assert", d, func() { s.Assert = decodeAssertions(d, given.assert, s) })
	}
	switch {
	case given.tasks:
	case len(s.Target.URLs) > 0:
		s.Workload.Tasks = len(s.Target.URLs)
	default:
		s.mistaken = append(s.mistaken, "workload")
		if !given.urls {
			d.Errorf(root, "workload.tasks is missing: say how many tasks a batch has")
		}
	}
	return s, d.Err()
}

// allKeys are those of a scenario's file.
var allKeys = []string{"name", "target", "workload", "programs", "strategies", "measure", "assert"}

// note reads a key's value and remembers the key if there are mistakes in it.
func (s *Scenario) note(key string, d *strictyaml.Decoder, read func()) {
	before := d.Mistakes()
	read()
	if d.Mistakes() > before {
		s.mistaken = append(s.mistaken, key)
	}
}

// given remembers which required keys the file has.
type given struct {
	target, urls, tasks bool
	strategies          *yaml.Node // may be programs, which may follow them in the file
	assert              *yaml.Node // is about the strategies
}

func decodeName(d *strictyaml.Decoder, n *yaml.Node) string {
	name := d.String(n, "name")
	if err := checkName(name); err != nil && name != "" {
		d.Errorf(n, "name: %v", err)
	}
	return name
}

// decodeTarget reads the target, and reports whether it is a list of URLs, which
// brings its own number of tasks.
func decodeTarget(d *strictyaml.Decoder, n *yaml.Node, t *Target) (urls bool) {
	d.Object(n, "target", strictyaml.Fields{
		"mock": func(n *yaml.Node) {
			c := mockserver.DecodeConfig(d, n)
			t.Mock = &c
		},
		"url": func(n *yaml.Node) {
			t.URL = d.String(n, "url")
			if err := checkURL(t.URL); err != nil && t.URL != "" {
				d.Errorf(n, "url: %v", err)
			}
		},
		"urls":  func(n *yaml.Node) { urls = true; t.URLs = decodeURLs(d, n) },
		"sleep": func(n *yaml.Node) { t.Sleep = decodeDraws(d, n, "sleep", "latency") },
		"cpu":   func(n *yaml.Node) { t.CPU = decodeDraws(d, n, "cpu", "work") },
		"func":  func(n *yaml.Node) { t.Func = d.String(n, "func") },
	})
	if n.Kind == yaml.MappingNode && len(n.Content) != 2 {
		d.Errorf(n, "target: "+oneTarget)
	}
	return urls
}

// decodeURLs reads {file: urls.txt} or {list: [URL, ...]}.
func decodeURLs(d *strictyaml.Decoder, n *yaml.Node) (urls []string) {
	d.Object(n, "urls", strictyaml.Fields{
		"file": func(n *yaml.Node) {
			name := d.String(n, "file")
			if name == "" {
				return
			}
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(d.File()), name)
			}
			list, err := ReadURLs(name)
			if err != nil {
				d.Errorf(n, "urls: %v", err)
			}
			urls = append(urls, list...)
		},
		"list": func(n *yaml.Node) {
			for _, item := range d.List(n, "list") {
				text := d.String(item, "URL")
				if err := checkURL(text); err != nil && text != "" {
					d.Errorf(item, "%v", err)
				}
				urls = append(urls, text)
			}
		},
	})
	return urls
}

// decodeWorkload reads the workload, and reports whether it says how many tasks.
func decodeWorkload(d *strictyaml.Decoder, n *yaml.Node, w *Workload) (tasks bool) {
	d.Object(n, "workload", strictyaml.Fields{
		"tasks":   func(n *yaml.Node) { tasks = true; w.Tasks = d.Int(n, "tasks", 1, MaxTasks) },
		"timeout": func(n *yaml.Node) { w.Timeout = d.Duration(n, "timeout", time.Microsecond, MaxTimeout) },
		"connections": func(n *yaml.Node) {
			var err error
			if w.Connections, err = ParseConnections(d.String(n, "connections")); err != nil {
				d.Errorf(n, "connections: %v", err)
			}
		},
		"stack":  func(n *yaml.Node) { w.Stack = decodeBytes(d, n, "stack", 0, MaxStack) },
		"alloc":  func(n *yaml.Node) { w.Alloc = decodeBytes(d, n, "alloc", 0, MaxAlloc) },
		"panics": func(n *yaml.Node) { w.Panics = mockserver.DecodeTasks(d, n, "panics") },
	})
	return tasks
}

func decodeStrategies(d *strictyaml.Decoder, n *yaml.Node, programs []Program, parse parseStrategies) (choices []strategies.Choice) {
	items := d.List(n, "strategies")
	if n.Kind == yaml.SequenceNode && len(items) == 0 {
		d.Errorf(n, "strategies: the list is empty; name those to compare, the baseline first")
	}
	seen := map[string]bool{}
	for _, item := range items {
		text := d.String(item, "strategy")
		if text == "" {
			continue
		}
		list, err := parse(text, specs(programs)...)
		if err != nil {
			d.Errorf(item, "%v", err)
			continue
		}
		for _, c := range list {
			if seen[c.String()] {
				d.Errorf(item, "strategies: %s is named twice; leave one out", c)
			}
			seen[c.String()] = true
			choices = append(choices, c)
		}
	}
	return choices
}

// decodeAssertions reads the list of assertions about a scenario; each mistake has its
// own place.
func decodeAssertions(d *strictyaml.Decoder, n *yaml.Node, s Scenario) (list []Assertion) {
	for _, item := range d.List(n, "assert") {
		text := d.String(item, "assertion")
		if text == "" {
			continue
		}
		a, mistakes := parseAssertion(text)
		for _, m := range mistakes {
			at := *item
			at.Column += m.at
			if item.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
				at.Column++
			}
			d.Errorf(&at, "assert: %v", m.error)
		}
		if len(mistakes) > 0 {
			continue
		}
		if s.read("strategies") && len(s.Strategies) > 0 {
			for _, name := range a.unmet(s.Strategies) {
				d.Errorf(item, "assert: %s is not among the strategies", name)
			}
		}
		list = append(list, a)
	}
	return list
}

// AutoWarmup stands for a number of warm-up rounds.
const AutoWarmup = "auto"

func decodeMeasure(d *strictyaml.Decoder, n *yaml.Node, m *Measurement) {
	d.Object(n, "measure", strictyaml.Fields{
		"rounds": func(n *yaml.Node) { m.Rounds = d.Int(n, "rounds", 1, MaxRounds) },
		"warmup": func(n *yaml.Node) {
			if m.AutoWarmup = n.Value == AutoWarmup; !m.AutoWarmup {
				m.Warmup = d.Int(n, "warmup", 0, MaxRounds)
			}
		},
		"processes": func(n *yaml.Node) {
			var err error
			if m.Processes, err = ParseProcesses(d.String(n, "processes")); err != nil {
				d.Errorf(n, "processes: %v", err)
			}
		},
		"until":         func(n *yaml.Node) { m.Until = decodeFraction(d, n, "until") },
		"max_rounds":    func(n *yaml.Node) { m.MaxRounds = d.Int(n, "max_rounds", 1, MaxRounds) },
		"seed":          func(n *yaml.Node) { m.Seed = d.Uint64(n, "seed") },
		"error_budget":  func(n *yaml.Node) { m.ErrorBudget = decodeFraction(d, n, "error_budget") },
		"preflight":     func(n *yaml.Node) { m.NoPreflight = !d.Bool(n, "preflight") },
		"screening":     func(n *yaml.Node) { m.Screening = d.Bool(n, "screening") },
		"margin":        func(n *yaml.Node) { m.Margin = decodeFraction(d, n, "margin") },
		"trial_timeout": func(n *yaml.Node) { m.TrialTimeout = d.Duration(n, "trial_timeout", 0, MaxTimeout) },
		"memory_limit":  func(n *yaml.Node) { m.MemoryLimit = decodeBytes(d, n, "memory_limit", MinMemoryLimit, MaxMemoryLimit) },
		"thread_limit":  func(n *yaml.Node) { m.ThreadLimit = d.Int(n, "thread_limit", MinThreadLimit, MaxThreadLimit) },
	})
}

// decodeBytes reads a size such as 64KiB within [least, most].
func decodeBytes(d *strictyaml.Decoder, n *yaml.Node, what string, least, most int64) int64 {
	v, err := bytesize.Parse(d.String(n, what))
	switch {
	case err != nil:
		d.Errorf(n, "%s: %v", what, err)
	case v < least || v > most:
		d.Errorf(n, "%s: %s is out of range: want %s to %s", what, n.Value, bytesize.Format(least), bytesize.Format(most))
	}
	return v
}

// decodeFraction reads 5% or 0.05.
func decodeFraction(d *strictyaml.Decoder, n *yaml.Node, what string) float64 {
	f, err := ParseFraction(n.Value)
	if err != nil {
		d.Errorf(n, "%s: %v", what, err)
	}
	return f
}

// ParseFraction reads a fraction from 0 to 1, written as 0.05 or 5%.
func ParseFraction(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a fraction; write it as 5%% or 0.05", text)
	}
	if percent {
		f /= 100
	}
	if !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("%s is out of range: want 0%% to 100%%", text)
	}
	return f, nil
}
