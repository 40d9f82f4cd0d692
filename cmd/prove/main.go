// Command prove measures whether fanbench keeps what it promises: that what it calls
// different is different, and that it sees small differences with few trials.
//
//	simulate   false positives and coverage of intervals, for each model of noise
//	A/A        one strategy against itself, by runs like any other; what persists in a run
//	advise     what is advised in planted situations, beside brute force
//	power      real slow-downs of 1, 2 and 5%: how many are found, beside go test -count
//	           and benchstat
//	load       phases of load against queueing theory: makespans, waits, the start of each
//	           task, Little's law; intervals and verdicts on simulated queues
//
// Everything measured is written to results.json, then judged: proof.md and proof.png, of
// load load.md and its charts, and the tables to standard output. -from judges the results
// of an earlier run again.
// docs/proof.md says what is done and why.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/stat/simulate"
	"github.com/fanbench/fanbench/cmd"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/version"
	"github.com/fanbench/fanbench/strategies"
)

func main() {
	actAsChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case errors.As(err, new(usageError)):
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

// actAsChild makes a process that this program has started for itself a worker or a mock
// server, and ends it; in any other it registers the strategies of the proof.
func actAsChild() {
	strategies.Register(slowedPool)
	bench.ServeIfWorker()
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(cmd.Main())
	}
}

// usageError is the user's to mend.
type usageError struct{ error }

// options say how much is proved.
type options struct {
	simulate simulate.Plan
	self     selfPlan
	power    powerPlan
	load     loadPlan
	budget   time.Duration // that advise has for each situation
	began    time.Time
	limit    time.Duration // since then, after which no slow-down is looked for
	usual    string        // the program of the usual way, built before anything is measured
}

func defaults() options {
	return options{
		simulate: simulate.Plan{Trials: 1000, Rounds: 20, Seed: 1},
		self:     selfPlan{cases: selfCases(), runs: 22, copies: 6},
		power:    defaultPower,
		load:     defaultLoad(),
		budget:   12 * time.Second,
		began:    time.Now(),
		limit:    20 * time.Minute,
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := defaults()
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", filepath.Join("reports", "prove"), "directory to write to")
	from := flags.String("from", "", "a results.json to judge again, measuring nothing but what -only names")
	only := flags.String("only", "", "the one part to measure, "+strings.Join(partNames(), ", ")+"; the others are taken from -from, which "+loadPart+" does without")
	flags.IntVar(&o.simulate.Trials, "simulated", o.simulate.Trials, "simulated runs for each figure")
	flags.IntVar(&o.self.runs, "runs", o.self.runs, "runs of six copies of a strategy, 15 comparisons each, in every scenario")
	flags.IntVar(&o.power.Sets, "sets", o.power.Sets, "comparisons for each slow-down and workload, each way")
	flags.Float64Var(&o.load.stretch, "stretch", o.load.stretch, "times that phases of load are longer")
	flags.StringVar(&o.load.records, "records", "", "run directory of the phases of load of an earlier proof, to be read instead of measuring them")
	flags.DurationVar(&o.limit, "limit", o.limit, "time after which no further slow-down is looked for")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	if err := errors.Join(o.check(flags.Args()), checkOnly(*only, *from)); err != nil {
		return usageError{err}
	}
	o.load.raw = filepath.Join(*out, "load")
	r := &measurements{Began: time.Now().UTC(), Fanbench: version.String(), Environment: machine.ReadEnvironment()}
	if *from != "" {
		var err error
		if r, err = readResults(*from); err != nil {
			return err
		}
	}
	var err error
	if *from == "" || *only != "" {
		err = r.prove(ctx, o, *only, func(what string) { fmt.Fprintln(stderr, what) })
	}
	return errors.Join(r.write(*out, stdout, figure.DPI), err)
}

// checkOnly checks the flags -only and -from against each other.
func checkOnly(only, from string) error {
	switch {
	case only == "":
		return nil
	case !slices.Contains(partNames(), only):
		return fmt.Errorf("-only: %q: want one of %s", only, strings.Join(partNames(), ", "))
	case from == "" && only != loadPart:
		return errors.New("-only: name the results of the other parts with -from")
	}
	return nil
}

func (o options) check(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("%q: there are no arguments besides flags", rest))
	}
	for name, n := range map[string]int{"simulated": o.simulate.Trials, "runs": o.self.runs, "sets": o.power.Sets} {
		if n < 1 {
			errs = append(errs, fmt.Errorf("-%s: %d: want at least 1", name, n))
		}
	}
	if !(o.load.stretch > 0) {
		errs = append(errs, fmt.Errorf("-stretch: %v: want a number above 0", o.load.stretch))
	}
	if o.limit <= 0 {
		errs = append(errs, fmt.Errorf("-limit: %v: want a time above 0", o.limit))
	}
	return errors.Join(errs...)
}

// part is one part of the proof, which measures something into the results.
type part struct {
	name    string
	measure func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) error
}

// powerPart is the one that takes the usual way's program, loadPart the one that has results
// of its own.
const (
	powerPart = "power"
	loadPart  = "load"
)

// parts are all of them, in order.
func parts() []part {
	return []part{
		{"simulate", func(ctx context.Context, r *measurements, o options, _ bench.Options, _ func(string)) error {
			r.Rounds, r.Simulated = o.simulate.Rounds, simulated(o.simulate)
			return ctx.Err()
		}},
		{"self", func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) (err error) {
			o.self.own = own
			r.Self, err = o.self.measure(ctx, progress)
			return err
		}},
		{"advise", func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) (err error) {
			r.Budget = o.budget
			r.Advised, err = adviseFor(ctx, o.budget, own, progress)
			return err
		}},
		{powerPart, func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) error {
			blocked, err := newBlocked(o.usual, o.power)
			if err != nil {
				return err
			}
			defer blocked.close()
			paired := &paired{o.power, own}
			more := func(longest time.Duration) bool { return time.Since(o.began)+longest < o.limit }
			r.Power = o.power
			r.Sets, err = o.power.measure(ctx, paired.measure, blocked.measure, more, progress)
			return err
		}},
		{loadPart, func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) (err error) {
			r.Load, err = o.load.measure(ctx, own, progress)
			return err
		}},
	}
}

func partNames() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// prove measures all parts, in order, or only the named one. progress is told each. What
// was measured before an error is in the results.
func (r *measurements) prove(ctx context.Context, o options, only string, progress func(what string)) error {
	own, err := cmd.Processes()
	if err != nil {
		return err
	}
	wanted := slices.DeleteFunc(parts(), func(p part) bool { return only != "" && p.name != only })
	if slices.ContainsFunc(wanted, func(p part) bool { return p.name == powerPart }) {
		program, remove, err := buildBenchmark(ctx) // what keeps it from being built is told before half an hour has gone by
		if err != nil {
			return err
		}
		defer remove()
		o.usual = program
	}
	began := time.Now()
	for _, p := range wanted {
		progress(p.name)
		if err := p.measure(ctx, r, o, own, progress); err != nil {
			return err
		}
	}
	r.Took += time.Since(began)
	r.Environment.LoadAfter = machine.ReadEnvironment().LoadBefore // as it is now
	return nil
}

// measurements are what was measured; all else is derived from them.
type measurements struct {
	Began       time.Time           `json:"began"`
	Took        time.Duration       `json:"took_ns"`
	Fanbench    string              `json:"fanbench"`
	Environment machine.Environment `json:"environment"`
	Rounds      int                 `json:"rounds"` // of simulated runs
	Simulated   []noiseRow          `json:"simulated"`
	Self        []selfResult        `json:"self"`
	Budget      time.Duration       `json:"budget_ns"` // of advise, for each situation
	Advised     []advised           `json:"advised"`
	Power       powerPlan           `json:"power"`
	Sets        []set               `json:"sets"`
	Load        *loadResults        `json:"load,omitempty"` // nil where it was not measured
}

// loadAlone reports whether nothing but load was measured.
func (r *measurements) loadAlone() bool {
	return r.Load != nil && len(r.Simulated)+len(r.Self)+len(r.Advised)+len(r.Sets) == 0
}

func readResults(path string) (*measurements, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("-from: %w", err)
	}
	var r measurements
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("-from: %s: %w", path, err)
	}
	return &r, nil
}

// write writes the results, then what follows from them, into the directory out, and
// the tables to stdout. The chart has so many dots per inch.
func (r *measurements) write(out string, stdout io.Writer, dpi int) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "results.json"), raw, 0o644); err != nil {
		return err
	}
	files := map[string]func() ([]byte, error){}
	if !r.loadAlone() {
		p := newProof(r)
		if _, err := io.WriteString(stdout, p.text()); err != nil {
			return err
		}
		files["proof.md"] = func() ([]byte, error) { return []byte(p.markdown()), nil }
		files["proof.png"] = func() ([]byte, error) { return p.figure().Encode(figure.Light, "png", dpi) }
	}
	if l := r.Load; l != nil {
		if _, err := io.WriteString(stdout, l.text()); err != nil {
			return err
		}
		files["load.md"] = func() ([]byte, error) { return []byte(l.markdown()), nil }
		for name, f := range l.figures() {
			files[name] = func() ([]byte, error) { return f.Encode(figure.Light, "png", dpi) }
		}
	}
	var errs []error
	for name, make := range files {
		text, err := make()
		if err == nil {
			err = os.WriteFile(filepath.Join(out, name), text, 0o644)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
