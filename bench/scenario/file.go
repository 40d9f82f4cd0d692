package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/mockyaml"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/strategies"
)

// Read reads a scenario's file. What the file leaves out has its default. Its
// error lists every mistake of the file as file:line:col: message. The scenario is not yet
// checked as a whole: see Validate and Check, which repeat the mistakes of the file among
// those that they find.
func Read(file string) (Scenario, error) {
	text, err := plainfile.Read(file, plainfile.MaxConfig)
	if err != nil {
		err = fmt.Errorf("reading the scenario: %w", err)
		return Scenario{Name: nameFor(file), source: &source{Source: strictyaml.Source{Unread: err}}}, err
	}
	return Decode(file, text)
}

// Decode reads a scenario from the text of the named file. Lists of URLs are looked up in
// the file's directory.
func Decode(file string, text []byte) (Scenario, error) {
	s := DecodePart(file, 1, text, strategies.ParseSweep)
	return s, s.source.File.Err()
}

// StrategyParser reads a strategy, or a sweep of one, among the registered strategies and
// those given.
type StrategyParser func(text string, also ...strategies.Spec) ([]strategies.Choice, error)

// DecodePart reads a scenario from a part of the named file, which begins at the given line
// of it; mistakes are left in its source.
func DecodePart(file string, line int, text []byte, parse StrategyParser) Scenario {
	d := strictyaml.NewAt(file, line)
	s := Scenario{
		Name:     nameFor(file),
		Workload: Workload{Timeout: DefaultTimeout, Connections: ConnectionsWarm},
		Measure:  DefaultMeasure,
		source:   &source{Source: strictyaml.Source{File: d}},
	}
	root := d.Root(text)
	if root == nil {
		return s
	}
	s.decode(d, root, parse)
	if s.Workload.Tasks == 0 && d.Missing("workload.tasks") {
		s.Workload.Tasks = len(s.Target.URLs)
	}
	return s
}

// Schema returns the JSON Schema of a scenario's file.
func Schema() map[string]any {
	schema := strictyaml.Schema(func(d *strictyaml.Decoder, n *yaml.Node) {
		new(Scenario).decode(d, n, strategies.ParseSweep)
	})
	schema["title"] = "fanbench scenario"
	return schema
}

// decode reads the keys of a scenario.
func (s *Scenario) decode(d *strictyaml.Decoder, root *yaml.Node, parse StrategyParser) {
	if s.source == nil {
		s.source = &source{}
	}
	var listed *yaml.Node // may name programs, which may follow it in the file
	list := func(n *yaml.Node) { s.Strategies, s.source.strategies = decodeStrategies(d, n, s.Programs, parse) }
	d.Object(root, "scenario", strictyaml.Fields{
		"name":     func(n *yaml.Node) { s.Name = d.String(n, "name") },
		"target":   func(n *yaml.Node) { decodeTarget(d, n, &s.Target) },
		"workload": func(n *yaml.Node) { decodeWorkload(d, n, &s.Workload) },
		"programs": func(n *yaml.Node) { s.Programs = decodePrograms(d, n) },
		"strategies": func(n *yaml.Node) {
			if listed = n; d.Probing() {
				list(n)
			}
		},
		"measure": func(n *yaml.Node) { decodeMeasure(d, n, &s.Measure) },
		"assert":  func(n *yaml.Node) { s.Assert = decodeAssertions(d, n) },
	})
	if listed != nil && !d.Probing() {
		list(listed)
	}
}

func decodeTarget(d *strictyaml.Decoder, n *yaml.Node, t *Target) {
	fields := strictyaml.Fields{
		"mock": func(n *yaml.Node) {
			c := mockyaml.DecodeConfig(d, n)
			t.Mock = &c
		},
		"url":     func(n *yaml.Node) { t.URL = d.String(n, "target.url") },
		"urls":    func(n *yaml.Node) { decodeURLs(d, n, t) },
		"sleep":   func(n *yaml.Node) { t.Sleep = decodeDraws(d, n, "sleep", "latency") },
		"cpu":     func(n *yaml.Node) { t.CPU = decodeDraws(d, n, "cpu", "work") },
		"func":    func(n *yaml.Node) { t.Func = d.String(n, "target.func") },
		"request": func(n *yaml.Node) { t.Request = request.Decode(d, n) },
	}
	for _, kind := range call.Kinds {
		fields[kind.Key] = func(n *yaml.Node) {
			if c := kind.Decode(d, n); t.Call == nil {
				t.Call = c
			} else {
				t.also = append(t.also, kind.Key)
			}
		}
	}
	d.Object(n, "target", fields)
}

// decodeURLs reads {file: urls.txt} or {list: [URL, {method, url, headers, body}, ...]}.
func decodeURLs(d *strictyaml.Decoder, n *yaml.Node, t *Target) {
	pairs := d.Object(n, "target.urls", strictyaml.Fields{
		"file": func(n *yaml.Node) {
			name := d.Path(n, "target.urls.file")
			if name == "" {
				return
			}
			from, err := URLsTarget(name)
			if err != nil {
				d.Errorf(n, "target.urls: %v", err)
			}
			t.URLs, t.Each, t.listed = from.URLs, from.Each, from.listed
		},
		"list": func(n *yaml.Node) {
			t.take(request.DecodeItems(d, n))
		},
	})
	if pairs != 1 && n.Kind == yaml.MappingNode {
		d.Errorf(n, "target.urls: name either file or list")
	}
}

func decodeWorkload(d *strictyaml.Decoder, n *yaml.Node, w *Workload) {
	d.Object(n, "workload", strictyaml.Fields{
		"tasks":   func(n *yaml.Node) { w.Tasks, w.Sizes = decodeTaskCount(d, n, "workload.tasks") },
		"timeout": func(n *yaml.Node) { w.Timeout = anyDuration(d, n, "workload.timeout") },
		"connections": func(n *yaml.Node) {
			w.Connections = Connections(d.OneOf(n, "workload.connections", names(allConnections)...))
		},
		"client":   func(n *yaml.Node) { w.Client = Client(d.OneOf(n, "workload.client", names(allClients)...)) },
		"stack":    func(n *yaml.Node) { w.Stack = decodeBytes(d, n, "workload.stack") },
		"alloc":    func(n *yaml.Node) { w.Alloc = decodeBytes(d, n, "workload.alloc") },
		"nested":   func(n *yaml.Node) { w.Nested = d.Integer(n, "workload.nested") },
		"panics":   func(n *yaml.Node) { w.Panics = mockyaml.DecodeTasks(d, n, "workload.panics") },
		"arrivals": func(n *yaml.Node) { w.Arrivals = decodeArrivals(d, n) },
		"tenants":  func(n *yaml.Node) { w.Tenants = decodeTenants(d, n) },
		"deadline": func(n *yaml.Node) { w.Deadline = anyDuration(d, n, "workload.deadline") },
	})
}

// decodeStrategies reads strategies and sweeps; from is which element of the list each
// strategy comes from.
func decodeStrategies(d *strictyaml.Decoder, n *yaml.Node, programs []Program, parse StrategyParser) (choices []strategies.Choice, from []int) {
	for i, item := range d.List(n, "strategies") {
		text := d.String(item, "strategies")
		if text == "" {
			continue
		}
		list, err := parse(text, specs(programs)...)
		if err != nil {
			d.Errorf(item, "%v", err)
		}
		for _, c := range list {
			choices, from = append(choices, c), append(from, i)
		}
	}
	return choices, from
}

// decodeAssertions reads the list of assertions about a scenario. Each mistake has its
// position.
func decodeAssertions(d *strictyaml.Decoder, n *yaml.Node) (list []Assertion) {
	for _, item := range d.List(n, "assert") {
		a, mistakes := parseAssertion(d.String(item, "assert"))
		list = append(list, a) // mistaken ones too, so that the others keep their places in the list
		if item.Kind != yaml.ScalarNode {
			continue
		}
		for _, m := range mistakes {
			at := m.at
			if item.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
				at++
			}
			d.ErrorAfter(item, at, "assert: %v", m.error)
		}
	}
	return list
}

// AutoWarmup is the value of warmup for an automatic number of warm-up rounds.
const AutoWarmup = "auto"

func decodeMeasure(d *strictyaml.Decoder, n *yaml.Node, m *Measurement) {
	d.Object(n, "measure", strictyaml.Fields{
		"rounds": func(n *yaml.Node) { m.Rounds = d.Integer(n, "measure.rounds") },
		"warmup": func(n *yaml.Node) {
			if m.AutoWarmup = d.Is(n, AutoWarmup); !m.AutoWarmup {
				m.Warmup = d.Integer(n, "measure.warmup")
			}
		},
		"processes": func(n *yaml.Node) {
			m.Processes = Processes(d.OneOf(n, "measure.processes", names([]Processes{ProcessesAuto, ProcessesFresh, ProcessesKept})...))
		},
		"until":      func(n *yaml.Node) { m.Until = decodeFraction(d, n, "measure.until") },
		"max_rounds": func(n *yaml.Node) { m.MaxRounds = d.Integer(n, "measure.max_rounds") },
		"promise":    func(n *yaml.Node) { m.Promise = decodePromise(d, n) },
		"figure": func(n *yaml.Node) {
			m.Figure = Figure(d.OneOf(n, "measure.figure", names([]Figure{ResponseP99, ResponseMedian, ResponseMean, InSystem, Goodput})...))
		},
		"seed":          func(n *yaml.Node) { m.Seed = d.Uint64(n, "measure.seed") },
		"error_budget":  func(n *yaml.Node) { m.ErrorBudget = decodeFraction(d, n, "measure.error_budget") },
		"preflight":     func(n *yaml.Node) { m.NoPreflight = !d.Bool(n, "measure.preflight") },
		"screening":     func(n *yaml.Node) { m.Screening = d.Bool(n, "measure.screening") },
		"left_out":      func(n *yaml.Node) { m.LeftOut = decodeLeftOut(d, n) },
		"margin":        func(n *yaml.Node) { m.Margin = decodeFraction(d, n, "measure.margin") },
		"trial_timeout": func(n *yaml.Node) { m.TrialTimeout = anyDuration(d, n, "measure.trial_timeout") },
		"memory_limit":  func(n *yaml.Node) { m.MemoryLimit = decodeBytes(d, n, "measure.memory_limit") },
		"thread_limit":  func(n *yaml.Node) { m.ThreadLimit = d.Integer(n, "measure.thread_limit") },
	})
}

func anyDuration(d *strictyaml.Decoder, n *yaml.Node, what string) time.Duration {
	return d.Duration(n, what, math.MinInt64, math.MaxInt64)
}

// decodeBytes reads a size such as 64KiB.
func decodeBytes(d *strictyaml.Decoder, n *yaml.Node, what string) int64 {
	v, err := bytesize.Parse(d.String(n, what))
	if err != nil {
		d.Errorf(n, "%s: %v", what, err)
	}
	return v
}

// decodeFraction reads 5% or 0.05.
func decodeFraction(d *strictyaml.Decoder, n *yaml.Node, what string) float64 {
	text := d.Pattern(n, what, `^ *[-+0-9.eE]+ *%?$`, "5%")
	if text == "" && (d.Probing() || n.Kind != yaml.ScalarNode) {
		return 0
	}
	f, err := ParseFraction(text)
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
		return 0, fmt.Errorf("%s is not a fraction; write it as 5%% or 0.05", quote.Text(text))
	}
	if percent {
		f /= 100
	}
	if err := checkFraction(f, quote.Plain(text)); err != nil {
		return 0, err
	}
	return f, nil
}

// checkFraction returns an error unless f, written as text, is from 0 to 1.
func checkFraction(f float64, text string) error {
	if !(f >= 0 && f <= 1) {
		return fmt.Errorf("%s is out of range: want 0%% to 100%%", text)
	}
	return nil
}
