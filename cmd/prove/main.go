// Command prove measures whether fanbench keeps its promises: that the differences it
// reports are real, and that it detects small differences with few trials.
//
//	simulate   false positives and coverage of intervals, for each model of noise
//	A/A        one strategy against itself in ordinary runs, and effects that persist in a run
//	advise     advice in situations with a known answer, compared with brute force
//	power      real slow-downs of 1, 2 and 5%: how many are found, compared with
//	           go test -count and benchstat
//	predict    batches predicted from smaller ones, held against measurements
//	load       phases of load against queueing theory: makespans, waits, the start of each
//	           task, Little's law; intervals and verdicts on simulated queues
//
// All measurements are written to results.json. From them it derives proof.md, proof.png
// and the tables on standard output, and from those of load load.md and its charts. -from
// derives them again from an earlier run. docs/proof.md describes the method.
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

// actAsChild turns a process that this program has started into a worker or a mock server
// and exits at its end. In any other process it registers the strategies of the proof.
func actAsChild() {
	strategies.Register(slowedPool)
	bench.ServeIfWorker()
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(cmd.Main())
	}
}

// usageError is a mistake of the user.
type usageError struct{ error }

// options set the extent of the proof.
type options struct {
	simulate simulate.Plan
	self     selfPlan
	power    powerPlan
	load     loadPlan
	held     heldPlan
	budget   time.Duration // of advise, for each situation
	began    time.Time
	limit    time.Duration // since began, after which no further slow-down is measured
	usual    string        // the compiled benchmark for the unpaired way, built before any measurement
}

func defaults() options {
	return options{
		simulate: simulate.Plan{Trials: 1000, Rounds: 20, Seed: 1},
		self:     selfPlan{cases: selfCases(), runs: 22, copies: 6},
		power:    defaultPower,
		load:     defaultLoad(),
		held:     defaultHeld(),
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
	from := flags.String("from", "", "a results.json to judge again; only the part named by -only is measured")
	only := flags.String("only", "", "the one part to measure, "+strings.Join(partNames(), ", ")+"; the others are taken from -from, which "+strings.Join(alone, " and ")+" do without")
	flags.IntVar(&o.simulate.Trials, "simulated", o.simulate.Trials, "simulated runs for each figure")
	flags.IntVar(&o.self.runs, "runs", o.self.runs, "runs of six copies of a strategy, 15 comparisons each, in every scenario")
	flags.IntVar(&o.power.Sets, "sets", o.power.Sets, "comparisons for each slow-down and workload, each way")
	flags.Float64Var(&o.load.stretch, "stretch", o.load.stretch, "factor by which phases of load are longer")
	flags.StringVar(&o.load.records, "records", "", "run directory of the phases of load of an earlier proof, to be read instead of measuring them")
	flags.IntVar(&o.held.Tasks, "tasks", o.held.Tasks, "tasks of the batches from which larger ones are predicted")
	flags.DurationVar(&o.limit, "limit", o.limit, "time after which no further slow-down is measured")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	if err := errors.Join(o.check(flags.Args()), checkOnly(*only, *from)); err != nil {
		return usageError{err}
	}
	o.load.raw, o.held.raw = filepath.Join(*out, "load"), filepath.Join(*out, "held-out")
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
	case from == "" && !slices.Contains(alone, only):
		return errors.New("-only: name the results of the other parts with -from")
	}
	return nil
}

func (o options) check(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q: only flags are accepted", rest))
	}
	for name, n := range map[string]int{"tasks": o.held.Tasks, "simulated": o.simulate.Trials, "runs": o.self.runs, "sets": o.power.Sets} {
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

// part is one part of the proof. It adds its measurements to the results.
type part struct {
	name    string
	measure func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) error
}

// powerPart is the part that needs the compiled benchmark. The others can be measured alone.
const (
	machinesPart = "machines"
	powerPart    = "power"
	loadPart     = "load"
	heldPart     = "predict"
)

// alone are the parts with results of their own, which can be measured without the others.
var alone = []string{machinesPart, loadPart, heldPart}

// parts are all parts, in order.
func parts() []part {
	return []part{
		{"simulate", func(ctx context.Context, r *measurements, o options, _ bench.Options, _ func(string)) error {
			r.Rounds, r.Simulated = o.simulate.Rounds, simulated(o.simulate)
			return ctx.Err()
		}},
		{machinesPart, func(ctx context.Context, r *measurements, o options, _ bench.Options, _ func(string)) error {
			r.Machines = acrossMachines(o.simulate)
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
		{heldPart, func(ctx context.Context, r *measurements, o options, own bench.Options, progress func(string)) (err error) {
			r.Held, err = o.held.measure(ctx, own, progress)
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

// prove measures all parts in order, or only the named one. It reports each to progress.
// After an error the results have the measurements made before it.
func (r *measurements) prove(ctx context.Context, o options, only string, progress func(what string)) error {
	own, err := cmd.Processes()
	if err != nil {
		return err
	}
	wanted := slices.DeleteFunc(parts(), func(p part) bool { return only != "" && p.name != only })
	if slices.ContainsFunc(wanted, func(p part) bool { return p.name == powerPart }) {
		program, remove, err := buildBenchmark(ctx) // build first: otherwise a build error shows up only after half an hour
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
	r.Environment.LoadAfter = machine.ReadEnvironment().LoadBefore // LoadBefore is the current load
	return nil
}

// measurements are all measurements; everything else is derived from them.
type measurements struct {
	Began       time.Time           `json:"began"`
	Took        time.Duration       `json:"took_ns"`
	Fanbench    string              `json:"fanbench"`
	Environment machine.Environment `json:"environment"`
	Rounds      int                 `json:"rounds"` // in each simulated run
	Simulated   []noiseRow          `json:"simulated"`
	Machines    []machineRow        `json:"machines,omitempty"`
	Self        []selfResult        `json:"self"`
	Budget      time.Duration       `json:"budget_ns"` // time of advise, for each situation
	Advised     []advised           `json:"advised"`
	Power       powerPlan           `json:"power"`
	Sets        []set               `json:"sets"`
	Load        *loadResults        `json:"load,omitempty"` // nil where it was not measured
	Held        *heldResults        `json:"predict,omitempty"`
}

// only reports whether nothing but parts with results of their own was measured.
func (r *measurements) only() bool {
	return (len(r.Machines) > 0 || r.Load != nil || r.Held != nil) && len(r.Simulated)+len(r.Self)+len(r.Advised)+len(r.Sets) == 0
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

// write writes the results and the derived files into the directory out, and the tables to
// stdout. dpi is the resolution of the chart in dots per inch.
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
	p := newProof(r)
	switch {
	case r.only() && len(r.Machines) > 0:
		if _, err := io.WriteString(stdout, plainText(p.origin(), []section{p.machines()})); err != nil {
			return err
		}
		files["machines.md"] = func() ([]byte, error) { return []byte(p.machinesText()), nil }
	case !r.only():
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
	if h := r.Held; h != nil {
		if _, err := io.WriteString(stdout, h.text()); err != nil {
			return err
		}
		files["predict.md"] = func() ([]byte, error) { return []byte(h.markdown()), nil }
		files["predict.png"] = func() ([]byte, error) { return h.figure().Encode(figure.Light, "png", dpi) }
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
