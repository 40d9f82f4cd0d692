package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/internal/progress"
)

// doctorFlags are the flags of `fanbench doctor`.
type doctorFlags struct {
	format      string
	quick       bool
	scenario    string
	rounds      int
	comparisons int
	limit       time.Duration
	allowRemote bool
}

func newDoctorCmd() *cobra.Command {
	f := &doctorFlags{}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tell whether this machine is fit to measure on, and what to do about it",
		Long: `Tell whether this machine is fit to measure on, and what to do about it.

It times the clock, the scheduler and repeated identical work, and reads the limits of
the system. Then it compares one strategy with itself in ordinary runs: copies of it
compete, each in its own process, against the mock server. The rate at which two copies
are called different is fanbench's false positive rate here. The same copies measured
sequentially show the false positive rate of unpaired benchmarking. It takes about a
minute.

With --scenario the baseline of your own scenario is compared with itself, against your
own target. This takes at least one run of the scenario's rounds with six copies.

Exit status: 0 for all findings; each finding has a level, also in JSON.`,
		Example: `  fanbench doctor
  fanbench doctor --quick --format json
  fanbench doctor --scenario examples/scenarios/suite/short-io.yaml --time 2m`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	doctorFormats.flag(c, &f.format)
	c.Flags().BoolVar(&f.quick, "quick", false, "take about ten seconds instead of a minute")
	c.Flags().StringVar(&f.scenario, "scenario", "", "scenario file whose baseline is compared with itself")
	completeFlag(c, "scenario", files("yaml", "yml"))
	c.Flags().IntVar(&f.rounds, "rounds", 20, "rounds of each run of the A/A test (default with --scenario: the scenario's)")
	c.Flags().IntVar(&f.comparisons, "comparisons", 60, "minimum number of comparisons of two copies; a run of six copies has 15")
	c.Flags().DurationVar(&f.limit, "time", 45*time.Second, "time for the A/A test; its first run always takes place")
	c.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "permit a scenario whose target is not on this machine's loopback")
	return c
}

func (f *doctorFlags) run(c *cobra.Command) error {
	write, err := doctorFormats.named(f.format)
	o, err2 := f.options(c.Flags().Changed)
	if err := errors.Join(err, err2); err != nil {
		return usageError{err}
	}
	p := progress.New(c.ErrOrStderr())
	o.Progress = p.Step
	d, err := doctor.Examine(c.Context(), o)
	p.Close()
	if errors.Is(err, context.Canceled) {
		return statusError{status: exitInterrupted}
	}
	if err != nil {
		return err
	}
	return write(c.OutOrStdout(), d)
}

// options returns the options that the flags ask for. given reports whether a flag was set.
func (f *doctorFlags) options(given func(flag string) bool) (doctor.Options, error) {
	own, err := Processes()
	if err != nil {
		return doctor.Options{}, err
	}
	own.AllowRemote = f.allowRemote
	usual := doctor.Full
	if f.quick {
		usual = doctor.Quick
	}
	o, err := usual()
	o.Self.Worker, o.Self.Server, o.Self.AllowRemote = own.Worker, own.Server, own.AllowRemote
	errs := []error{err}
	for name, n := range map[string]int{"rounds": f.rounds, "comparisons": f.comparisons} {
		if n < 1 {
			errs = append(errs, fmt.Errorf("--%s: %d is out of range: want at least 1", name, n))
		}
	}
	if f.limit <= 0 {
		errs = append(errs, fmt.Errorf("--time: %v is out of range: want more than 0s", f.limit))
	}
	if f.scenario != "" {
		s, _ := scenario.Read(f.scenario) // Check reports the error
		errs = append(errs, bench.Check([]scenario.Scenario{s}, own), oneBatch(s))
		o.Self.Scenario, o.Self.Rounds = s, s.Measure.Rounds
	}
	if err := errors.Join(errs...); err != nil {
		return o, err
	}
	if given("rounds") {
		o.Self.Rounds = f.rounds
	}
	if given("comparisons") {
		o.Self.Runs = o.Self.RunsFor(f.comparisons)
	}
	if given("time") {
		o.Self.Limit = f.limit
	}
	return o, nil
}
