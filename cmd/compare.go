package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/compare"
	"github.com/fanbench/fanbench/internal/progress"
	"github.com/fanbench/fanbench/internal/suggest"
)

// compareFlags are the flags of `fanbench compare`.
type compareFlags struct {
	maxRegress string
	metrics    []string
	format     string
	run        bool
	pairs      int
	warmup     int
	seed       uint64
	out        string
	scenarios  []string
	strategies string
	undecided  string
	builds     []string
	packages   string
	bench      string
	benchtime  string
}

// interleaves reports whether programs are run, one way or the other.
func (f *compareFlags) interleaves() bool { return f.run || len(f.builds) > 0 }

func newCompareCmd() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare BASE HEAD [-- ARGUMENT ...]",
		Short: "Tell whether HEAD is slower than BASE, with an exit status to gate on",
		Long: `Tell whether HEAD is slower than BASE by more than a limit.

BASE and HEAD are run directories, or files in the Go benchmark format such as the
output of go test -bench -count 10. Two runs of the same scenario with the same seed
are compared round by round; anything else as two samples.

With --run they are two executables. They run interleaved, pair by pair, in random
order, which can resolve a difference of 1% on a noisy machine. If they print Go
benchmark lines, those are compared, otherwise the time of the whole process. Arguments
after -- are passed to both.

With --build, given twice, they are commits of the repository here, or . for the files
as they are. The benchmarks of --package are built from both and run like that.

Exit status: 0 shown to be within the limit; 3 shown to be beyond it; 4 inconclusive
(too few samples, different machines or scenarios, an interval across the limit);
2 wrong usage or unreadable input; 1 a program of --run failed. With --undecided pass
an inconclusive comparison exits 0, with --undecided fail 3.`,
		Example: `  fanbench compare reports/runs/before reports/latest
  fanbench compare --max-regress 2% --metric makespan,p99 before.txt after.txt
  fanbench compare --format markdown before after >> "$GITHUB_STEP_SUMMARY"
  fanbench compare --build main --build . --package ./queue --bench Push
  fanbench compare --run ./app.old ./app.new -- --input big.json
  fanbench compare --run ./old.test ./new.test -- -test.run '^$' -test.bench . -test.benchtime 100ms`,
		RunE: func(c *cobra.Command, args []string) error {
			o, err := f.check(c, args)
			if err != nil {
				return usageError{err}
			}
			return f.compare(c, args, o)
		},
	}
	c.Flags().StringVar(&f.maxRegress, "max-regress", "5%", "how much worse HEAD may be")
	c.Flags().StringSliceVar(&f.metrics, "metric", []string{"makespan"}, "what to compare: units such as ns/op, or makespan, cpu, rss, p50, p99, allocs")
	compareFormats.flag(c, &f.format)
	c.Flags().StringSliceVar(&f.scenarios, "scenario", nil, "compare these scenarios only, separated by commas")
	c.Flags().StringVar(&f.strategies, "strategies", "", "compare these strategies only, separated by commas")
	c.Flags().StringVar(&f.undecided, "undecided", "", "whether an inconclusive comparison should pass (status 0) or fail (status 3) (default: status 4)")
	completeFlag(c, "scenario", completeScenarios)
	c.Flags().BoolVar(&f.run, "run", false, "BASE and HEAD are executables: run them interleaved")
	c.Flags().StringArrayVar(&f.builds, "build", nil, "a commit whose benchmarks are built, or . for the working tree; give it twice, BASE first")
	c.Flags().StringVar(&f.packages, "package", ".", "with --build, the package with the benchmarks")
	c.Flags().StringVar(&f.bench, "bench", ".", "with --build, which benchmarks, as for go test")
	c.Flags().StringVar(&f.benchtime, "benchtime", "100ms", "with --build, how long each benchmark runs each time, as for go test")
	exclusive(c, "run", "build")
	c.Flags().IntVar(&f.pairs, "pairs", 20, "with --run or --build, number of runs of each")
	c.Flags().IntVar(&f.warmup, "warmup", 1, "with --run or --build, warm-up runs of each, not counted")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "with --run or --build, seed of the order in each pair")
	c.Flags().StringVar(&f.out, "out", "", "with --run or --build, a `directory` for the results, base.txt and head.txt")
	return c
}

// check reports every mistake in the arguments and flags.
func (f *compareFlags) check(c *cobra.Command, args []string) (compare.Options, error) {
	var errs []error
	operands := len(args)
	if at := c.ArgsLenAtDash(); at >= 0 {
		operands = at
	}
	switch {
	case len(f.builds) > 0 && (len(f.builds) != 2 || operands != 0):
		errs = append(errs, fmt.Errorf("--build: give it twice, BASE first, and name nothing else; it was given %d times, with %d more", len(f.builds), operands))
	case len(f.builds) == 0 && operands != 2:
		errs = append(errs, fmt.Errorf("name two to compare, BASE and HEAD, not %d", operands))
	case len(args) > operands && !f.interleaves():
		errs = append(errs, errors.New("arguments after -- are for the programs of --run"))
	}
	limit, err := scenario.ParseFraction(f.maxRegress)
	if err != nil {
		errs = append(errs, fmt.Errorf("--max-regress: %w", err))
	}
	if _, err := compareFormats.named(f.format); err != nil {
		errs = append(errs, err)
	}
	if f.undecided != "" && f.undecided != "pass" && f.undecided != "fail" {
		errs = append(errs, fmt.Errorf("--undecided: %w", suggest.Unknown("value", f.undecided, []string{"pass", "fail"})))
	}
	if len(f.metrics) == 0 {
		errs = append(errs, errors.New("--metric: name one at least, such as makespan"))
	}
	if f.pairs < 1 || f.warmup < 0 {
		errs = append(errs, errors.New("--pairs is at least 1, and --warmup at least 0"))
	}
	for _, flag := range []string{"pairs", "warmup", "out"} {
		if c.Flags().Changed(flag) && !f.interleaves() {
			errs = append(errs, fmt.Errorf("--%s is for --run and --build", flag))
		}
	}
	for _, flag := range []string{"package", "bench", "benchtime"} {
		if c.Flags().Changed(flag) && len(f.builds) == 0 {
			errs = append(errs, fmt.Errorf("--%s is for --build", flag))
		}
	}
	return compare.Options{MaxRegress: limit, Metrics: f.metrics, Seed: f.seed}, errors.Join(errs...)
}

func (f *compareFlags) compare(c *cobra.Command, args []string, o compare.Options) error {
	sides, err := f.sides(c, args)
	if err != nil {
		return err
	}
	only := map[string][]string{"scenario": f.scenarios}
	if f.strategies != "" {
		only["strategy"] = scenario.SplitStrategies(f.strategies)
	}
	if err := sides.Only(only); err != nil {
		return usageError{err}
	}
	r, err := compare.New(sides, o)
	if err != nil {
		return usageError{err}
	}
	if err := compareFormats[f.format](c.OutOrStdout(), r); err != nil {
		return err
	}
	switch {
	case r.Outcome == compare.Regression || r.Outcome == compare.CannotTell && f.undecided == "fail":
		return statusError{status: exitGate}
	case r.Outcome == compare.CannotTell && f.undecided != "pass":
		return statusError{status: exitInvalid}
	}
	return nil
}

// sides reads or measures BASE and HEAD.
func (f *compareFlags) sides(c *cobra.Command, args []string) (compare.Sides, error) {
	if !f.interleaves() {
		base, err := compare.Open(args[0])
		head, err2 := compare.Open(args[1])
		if err := errors.Join(err, err2); err != nil {
			return compare.Sides{}, usageError{err}
		}
		return compare.Sides{Base: base, Head: head}, nil
	}
	p := compare.Programs{Pairs: f.pairs, Warmup: f.warmup, Seed: f.seed}
	if f.run {
		p.Base, p.Head, p.Args = args[0], args[1], args[2:]
	} else {
		b, err := newBuilder(f.packages)
		if err != nil {
			return compare.Sides{}, err
		}
		defer func() {
			if err := b.close(); err != nil {
				complain(c.ErrOrStderr(), err)
			}
		}()
		if p.Base, err = b.build(c.Context(), "base", f.builds[0]); err == nil {
			p.Head, err = b.build(c.Context(), "head", f.builds[1])
		}
		switch {
		case errors.Is(err, context.Canceled):
			return compare.Sides{}, statusError{status: exitInterrupted}
		case err != nil:
			return compare.Sides{}, err
		}
		p.Args = append([]string{"-test.run", "^$", "-test.bench", f.bench, "-test.benchtime", f.benchtime}, args...)
	}
	shown := progress.New(c.ErrOrStderr())
	sides, err := compare.Interleave(c.Context(), p, execute, func(pair int) {
		shown.Step(fmt.Sprintf("pair %d/%d", pair, f.pairs), pair-1, f.pairs)
	})
	shown.Close()
	if f.out != "" {
		err = errors.Join(err, sides.Save(f.out))
	}
	if errors.Is(err, context.Canceled) {
		return sides, statusError{status: exitInterrupted}
	}
	return sides, err
}

// execute is the compare.Executor of real processes. Its error includes what the process
// wrote to stderr.
func execute(ctx context.Context, program string, args []string) (string, time.Duration, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	out, err := cmd.Output()
	took := time.Since(began)
	if ctx.Err() != nil {
		return "", took, ctx.Err()
	}
	if err != nil {
		err = fmt.Errorf("running %s: %w", program, err)
		if line := lastLine(said.String()); line != "" {
			err = fmt.Errorf("%w: %s", err, line)
		}
		return "", took, err
	}
	return string(out), took, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
