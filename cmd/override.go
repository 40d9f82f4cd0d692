package cmd

import (
	"fmt"
	"strconv"
	"time"

	calls "github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// override is a flag that replaces a part of the scenario file.
type override struct {
	flag string
	key  string // in the scenario file; "" for none
	// read reads the flag's value and returns a function that sets it. A flag may name
	// strategies that are programs of the file.
	read func(f *runFlags, programs []scenario.Program) (func(*scenario.Scenario), error)
}

// overrides are all such flags, in the order in which they are applied.
var overrides = []override{
	{"url", "target", given(func(f *runFlags) string { return f.url }, func(s *scenario.Scenario, url string) { s.Target = scenario.Target{URL: url} })},
	{"latency", "target.mock.latency", parsed(func(f *runFlags) string { return f.latency }, latency.Parse, func(s *scenario.Scenario, l latency.Latency) {
		if s.Target.Mock == nil {
			s.Target = scenario.Target{Mock: &config.Config{}}
		}
		s.Target.Mock.Latency = l
	})},
	{"sleep", "target", parsed(func(f *runFlags) string { return f.sleep }, latency.Parse, func(s *scenario.Scenario, l latency.Latency) { s.Target = scenario.Target{Sleep: &l} })},
	{"cpu", "target", parsed(func(f *runFlags) string { return f.cpu }, latency.Parse, func(s *scenario.Scenario, l latency.Latency) { s.Target = scenario.Target{CPU: &l} })},
	{"func", "target", given(func(f *runFlags) string { return f.function }, func(s *scenario.Scenario, name string) { s.Target = scenario.Target{Func: name} })},
	{"command", "target", given(func(f *runFlags) string { return f.command }, func(s *scenario.Scenario, line string) {
		s.Target = scenario.Target{Call: &calls.Command{Shell: line}}
	})},
	{"tcp", "target", given(func(f *runFlags) string { return f.tcp }, func(s *scenario.Scenario, address string) {
		s.Target = scenario.Target{Call: &calls.TCP{Address: address, Send: "ping"}}
	})},
	{"send", "target.tcp.send", given(func(f *runFlags) string { return f.send }, func(s *scenario.Scenario, text string) {
		if t, ok := s.Target.Call.(*calls.TCP); ok {
			with := *t
			with.Send = text
			s.Target.Call = &with
		}
	})},
	{"urls", "target", parsed(func(f *runFlags) string { return f.urls }, scenario.URLsTarget, setURLs)},

	{"tasks", "workload.tasks", given(func(f *runFlags) int { return f.tasks }, func(s *scenario.Scenario, v int) { s.Workload.Tasks, s.Workload.Sizes = v, nil })},
	{"timeout", "workload.timeout", given(func(f *runFlags) time.Duration { return f.timeout }, func(s *scenario.Scenario, v time.Duration) { s.Workload.Timeout = v })},
	{"connections", "workload.connections", parsed(func(f *runFlags) string { return f.connections }, scenario.ParseConnections, func(s *scenario.Scenario, v scenario.Connections) { s.Workload.Connections = v })},
	{"client", "workload.client", parsed(func(f *runFlags) string { return f.client }, scenario.ParseClient, func(s *scenario.Scenario, v scenario.Client) { s.Workload.Client = v })},
	{"stack", "workload.stack", parsed(func(f *runFlags) string { return f.stack }, bytesize.Parse, func(s *scenario.Scenario, v int64) { s.Workload.Stack = v })},
	{"nested", "workload.nested", given(func(f *runFlags) int { return f.nested }, func(s *scenario.Scenario, v int) { s.Workload.Nested = v })},
	{"alloc", "workload.alloc", parsed(func(f *runFlags) string { return f.alloc }, bytesize.Parse, func(s *scenario.Scenario, v int64) { s.Workload.Alloc = v })},

	{"for", "workload.arrivals.for", ofArrivals(func(f *runFlags) time.Duration { return f.window }, func(a *scenario.Arrivals, v time.Duration) { a.For = v })},
	{"ramp-up", "workload.arrivals.warmup", ofArrivals(func(f *runFlags) time.Duration { return f.rampUp }, func(a *scenario.Arrivals, v time.Duration) { a.Warmup = v })},
	{"deadline", "workload.deadline", given(func(f *runFlags) time.Duration { return f.deadline }, func(s *scenario.Scenario, v time.Duration) { s.Workload.Deadline = v })},
	{"figure", "measure.figure", parsed(func(f *runFlags) string { return f.figure }, scenario.ParseFigure, func(s *scenario.Scenario, v scenario.Figure) { s.Measure.Figure = v })},
	{"promise", "measure.promise", parsed(func(f *runFlags) string { return f.promise }, scenario.ParsePromise, func(s *scenario.Scenario, v scenario.Promise) { s.Measure.Promise = v })},

	{"strategies", "strategies", func(f *runFlags, programs []scenario.Program) (func(*scenario.Scenario), error) {
		list, err := scenario.ParseStrategies(scenario.SplitStrategies(f.strategies), programs...)
		return func(s *scenario.Scenario) { s.Strategies = list }, err
	}},

	{"rounds", "measure.rounds", given(func(f *runFlags) int { return f.rounds }, func(s *scenario.Scenario, v int) { s.Measure.Rounds = v })},
	{"quick", "measure.rounds", given(func(f *runFlags) bool { return f.quick }, func(s *scenario.Scenario, quick bool) {
		if quick {
			s.Measure.Rounds = quickRounds
		}
	})},
	{"warmup", "measure.warmup", parsed(func(f *runFlags) string { return f.warmup }, parseWarmup, func(s *scenario.Scenario, v warmup) { s.Measure.Warmup, s.Measure.AutoWarmup = v.rounds, v.auto })},
	{"until", "measure.until", parsed(func(f *runFlags) string { return f.until }, scenario.ParseFraction, func(s *scenario.Scenario, v float64) { s.Measure.Until = v })},
	{"max-rounds", "measure.max_rounds", given(func(f *runFlags) int { return f.maxRounds }, func(s *scenario.Scenario, v int) { s.Measure.MaxRounds = v })},
	{"seed", "measure.seed", given(func(f *runFlags) uint64 { return f.seed }, func(s *scenario.Scenario, v uint64) { s.Measure.Seed = v })},
	{"error-budget", "measure.error_budget", parsed(func(f *runFlags) string { return f.errorBudget }, scenario.ParseFraction, func(s *scenario.Scenario, v float64) { s.Measure.ErrorBudget = v })},
	{"processes", "measure.processes", parsed(func(f *runFlags) string { return f.processes }, scenario.ParseProcesses, func(s *scenario.Scenario, v scenario.Processes) { s.Measure.Processes = v })},
	{"memory-limit", "measure.memory_limit", parsed(func(f *runFlags) string { return f.memoryLimit }, bytesize.Parse, func(s *scenario.Scenario, v int64) { s.Measure.MemoryLimit = v })},
	{"thread-limit", "measure.thread_limit", given(func(f *runFlags) int { return f.threadLimit }, func(s *scenario.Scenario, v int) { s.Measure.ThreadLimit = v })},
	{"no-preflight", "", given(func(f *runFlags) bool { return f.noPreflight }, func(s *scenario.Scenario, v bool) { s.Measure.NoPreflight = v })},
}

// given sets the flag's value.
func given[T any](value func(*runFlags) T, set func(*scenario.Scenario, T)) func(*runFlags, []scenario.Program) (func(*scenario.Scenario), error) {
	return func(f *runFlags, _ []scenario.Program) (func(*scenario.Scenario), error) {
		return func(s *scenario.Scenario) { set(s, value(f)) }, nil
	}
}

// parsed parses the flag's text and sets the result.
func parsed[T any](text func(*runFlags) string, parse func(string) (T, error), set func(*scenario.Scenario, T)) func(*runFlags, []scenario.Program) (func(*scenario.Scenario), error) {
	return func(f *runFlags, _ []scenario.Program) (func(*scenario.Scenario), error) {
		v, err := parse(text(f))
		return func(s *scenario.Scenario) { set(s, v) }, err
	}
}

// ofArrivals sets a part of the arrivals that a scenario has.
func ofArrivals[T any](value func(*runFlags) T, set func(*scenario.Arrivals, T)) func(*runFlags, []scenario.Program) (func(*scenario.Scenario), error) {
	return func(f *runFlags, _ []scenario.Program) (func(*scenario.Scenario), error) {
		return func(s *scenario.Scenario) {
			if s.Workload.Arrivals != nil { // else --rate makes them
				a := *s.Workload.Arrivals
				set(&a, value(f))
				s.Workload.Arrivals = &a
			}
		}, nil
	}
}

// setURLs has each task fetch a URL of a list.
func setURLs(s *scenario.Scenario, list scenario.Target) {
	s.Target = list
	s.Workload.Tasks = len(list.URLs)
	s.SetBy("--urls", "workload.tasks")
	if s.Name == defaultName {
		s.Name = "urls"
	}
}

// warmup is a number of warm-up rounds, or auto.
type warmup struct {
	rounds int
	auto   bool
}

func parseWarmup(text string) (warmup, error) {
	if text == scenario.AutoWarmup {
		return warmup{auto: true}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return warmup{}, fmt.Errorf("want a whole number or %s, not %q", scenario.AutoWarmup, text)
	}
	return warmup{rounds: n}, nil
}
