// Command prove measures whether fanbench keeps what it promises: that what it calls
// different is different, and that it sees small differences with few trials.
//
//	simulate   false positives and coverage of intervals, for each model of noise
//	A/A        one strategy against itself, on this machine
//	power      real slow-downs of 1, 2 and 5%: how many are found, beside go test -count
//	           and benchstat
//
// Everything measured is written to results.json, then judged: proof.md, proof.png, and
// the tables to standard output. -from judges the results of an earlier run again.
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
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/doctor"
	"github.com/fanbench/fanbench/bench/stat/simulate"
	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/strategies"
	_ "github.com/fanbench/fanbench/strategies/all"
)

func main() {
	strategies.Register(slowedPool)
	bench.ServeIfWorker()
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

// usageError is the user's to mend.
type usageError struct{ error }

// options say how much is proved.
type options struct {
	simulate simulate.Plan
	doctor   doctor.Options
	power    powerPlan
	limit    time.Duration // after which no comparison is begun
}

func defaults() options {
	return options{
		simulate: simulate.Plan{Trials: 5000, Rounds: 20, Seed: 1},
		doctor:   doctor.Options{Rounds: 20, Comparisons: 200, Limit: 2 * time.Minute},
		power:    defaultPower,
		limit:    9 * time.Minute,
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := defaults()
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", filepath.Join("reports", "prove"), "directory to write to")
	from := flags.String("from", "", "a results.json to judge again, measuring nothing")
	flags.IntVar(&o.simulate.Trials, "simulated", o.simulate.Trials, "simulated runs for each figure")
	flags.IntVar(&o.doctor.Comparisons, "comparisons", o.doctor.Comparisons, "of a strategy with itself, each way")
	flags.IntVar(&o.power.Sets, "sets", o.power.Sets, "comparisons for each slow-down and workload, each way")
	flags.DurationVar(&o.limit, "limit", o.limit, "after which no further comparison is begun")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	if err := o.check(flags.Args()); err != nil {
		return usageError{err}
	}
	var r *results
	var err error
	if *from != "" {
		r, err = readResults(*from)
	} else {
		r, err = prove(ctx, o, func(what string) { fmt.Fprintln(stderr, what) })
	}
	if r == nil {
		return err
	}
	return errors.Join(r.write(*out, stdout, figure.DPI), err)
}

func (o options) check(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("%q: there are no arguments besides flags", rest))
	}
	for name, n := range map[string]int{"simulated": o.simulate.Trials, "comparisons": o.doctor.Comparisons, "sets": o.power.Sets} {
		if n < 1 {
			errs = append(errs, fmt.Errorf("-%s: %d: want at least 1", name, n))
		}
	}
	if o.limit <= 0 {
		errs = append(errs, fmt.Errorf("-limit: %v: want a time above 0", o.limit))
	}
	return errors.Join(errs...)
}

// prove carries out all parts, in order. progress is told each. Where the last one, which
// takes most of the time, comes to an end before its time, what it has measured until
// then is returned beside the error.
func prove(ctx context.Context, o options, progress func(what string)) (*results, error) {
	began := time.Now()
	program, closeProgram, err := buildBenchmark(ctx)
	if err != nil {
		return nil, err
	}
	defer closeProgram()
	r := &results{Began: began.UTC(), Fanbench: bench.Version(), Environment: bench.ReadEnvironment(), Rounds: o.simulate.Rounds, Power: o.power}
	progress("simulating")
	r.Simulated = simulated(o.simulate)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.doctor.Progress = progress
	if r.AA, err = doctor.SelfTest(ctx, o.doctor); err != nil {
		return nil, err
	}
	blocked, err := newBlocked(program, o.power)
	if err != nil {
		return nil, err
	}
	defer blocked.close()
	paired, err := newPaired(o.power)
	if err != nil {
		return nil, err
	}
	more := func(longest time.Duration) bool { return time.Since(began)+longest < o.limit }
	r.Sets, err = o.power.hold(ctx, paired.hold, blocked.hold, more, progress)
	r.Took = time.Since(began)
	r.Environment.LoadAfter = bench.ReadEnvironment().LoadBefore // as it is now
	return r, err
}

// results are what was measured; all else is derived from them.
type results struct {
	Began       time.Time         `json:"began"`
	Took        time.Duration     `json:"took_ns"`
	Fanbench    string            `json:"fanbench"`
	Environment bench.Environment `json:"environment"`
	Rounds      int               `json:"rounds"` // of simulated runs
	Simulated   []noiseRow        `json:"simulated"`
	AA          doctor.AA         `json:"aa"`
	Power       powerPlan         `json:"power"`
	Sets        []set             `json:"sets"`
}

func readResults(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("-from: %w", err)
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("-from: %s: %w", path, err)
	}
	return &r, nil
}

// write writes the results, then what follows from them, into the directory out, and
// the tables to stdout. The chart has so many dots per inch.
func (r *results) write(out string, stdout io.Writer, dpi int) error {
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
	p := newProof(r)
	if _, err := io.WriteString(stdout, p.text()); err != nil {
		return err
	}
	chart, err := p.figure().Encode(figure.Light, "png", dpi)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(out, "proof.md"), []byte(p.markdown()), 0o644),
		os.WriteFile(filepath.Join(out, "proof.png"), chart, 0o644),
	)
}
