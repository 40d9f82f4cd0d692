package cmd

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	calls "github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/bucket"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/internal/progress"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// runFlags are the flags of `fanbench run`. Flags that were given override the file.
type runFlags struct {
	tasks       int
	strategies  string
	latency     string
	rate        string
	window      time.Duration
	rampUp      time.Duration
	deadline    time.Duration
	figure      string
	promise     string
	url         string
	urls        string
	sleep       string
	cpu         string
	function    string
	command     string
	tcp, send   string
	stack       string
	alloc       string
	nested      int
	memoryLimit string
	threadLimit int
	timeout     time.Duration
	connections string
	client      string
	processes   string
	rounds      int
	warmup      string
	until       string
	maxRounds   int
	seed        uint64
	errorBudget string
	noPreflight bool
	quick       bool
	out         string
	shard       string
	isolate     bool
	allowRemote bool
	request     requestFlags
	report      reportFlags

	progress *progress.Progress // of the measurement
}

func newRunCmd() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run [SCENARIO.yaml ...]",
		Short: "Measure strategies on a batch of tasks and report which suits it",
		Long: `Measure strategies on a batch of tasks and report which suits it.

Describe the batch by scenario files (docs/scenarios.md), by flags, or by both: flags
override the file, the file overrides the defaults. Without a file the batch is ten
requests to a mock server that takes 200 ms for each.

A URL target first gets one request, the preflight. If it fails, nothing is measured.

With --rate, batches arrive and overlap, as the fan-outs of a service do (docs/load.md).

With --shard, this machine measures its part of the rounds, and fanbench merge joins the
parts of all machines (docs/cluster.md). Such a run exits 0 once it is complete, whatever it
found: fanbench merge judges.

Every round has one trial of every strategy, in random order, with the same latencies.
The first strategy is the baseline of the comparison. Results are written trial by trial
to a new run directory. Progress goes to stderr, results to stdout.

Exit status: 0 ok; 1 something failed, such as the preflight, or a strategy crashed,
hung, lost work or exceeded the error budget; 2 wrong usage or scenario, nothing was
run; 3 an assertion of the scenario failed; 4 the measurement is invalid or an assertion
inconclusive; 130 interrupted, with the completed trials kept and reported.`,
		Example: `  fanbench run                                     ten calls of 200 ms, four strategies
  fanbench run examples/scenarios/kitchen.yaml     the textbook case
  fanbench run -n 64 --latency lognormal:p50=20ms,p99=200ms
  fanbench run --urls urls.txt                     download a list, one task per URL
  fanbench run -n 64 --strategies fixed-pool:workers=1..64   the effect of the limit
  fanbench run --cpu 2ms -n 100 --strategies sequential,fixed-pool:workers=2
  fanbench run --url http://127.0.0.1:8080/ -n 100 --strategies sequential,errgroup:limit=8
  fanbench run --rate 50/s --strategies errgroup:limit=4,shared-pool:workers=32`,
		RunE: func(c *cobra.Command, args []string) error {
			o, err := f.options(c)
			if err != nil {
				return err
			}
			if !f.isolate {
				o.Worker = nil
			}
			scenarios, err := f.scenarios(c, args)
			var err2 error
			o.Shard, err2 = f.parseShard()
			upload := bucket.IsURL(f.out)
			if upload {
				o.Dir = "" // measured there, and then uploaded
				if err := bucket.Check(f.out); err != nil {
					err2 = errors.Join(err2, fmt.Errorf("--out: %w", err))
				}
			}
			if err := errors.Join(bench.Check(scenarios, o), err, err2, f.report.Check()); err != nil {
				return usageError{err}
			}
			if upload {
				return f.toBucket(c, scenarios, o)
			}
			return f.run(c, scenarios, o, nil)
		},
	}
	d := scenario.DefaultMeasure
	f.addBatch(c)
	c.Flags().StringVar(&f.strategies, "strategies", defaultStrategies, "strategies to compare, separated by commas, the baseline first; fixed-pool:workers=1..64 is 1, 2, 4, ... 64")
	c.Flags().IntVar(&f.rounds, "rounds", d.Rounds, "measured rounds")
	c.Flags().StringVar(&f.warmup, "warmup", strconv.Itoa(d.Warmup), "warm-up rounds, not counted; auto: until no makespan drifts any more")
	c.Flags().StringVar(&f.until, "until", "", "add rounds until every difference is known to within this, such as 2%")
	c.Flags().IntVar(&f.maxRounds, "max-rounds", d.MaxRounds, "with --until, maximum number of rounds")
	c.Flags().BoolVar(&f.quick, "quick", false, "three rounds only: a first look, not a result")
	f.addLoad(c)
	c.Flags().Lookup("out").Usage += "; or the URL of a bucket, such as s3://bucket/prefix, to upload the run to"
	c.Flags().StringVar(&f.shard, "shard", "", "measure a part of the rounds, such as 2/8: the third of eight parts, to be joined by fanbench merge; auto: as the Kubernetes Job or Slurm array says")
	c.Flags().BoolVar(&f.isolate, "isolate", true, "run each strategy in its own process; with false, a strategy that panics or hangs takes fanbench down")
	c.Flags().String("benchstat", "", "no effect: benchstat's table is always shown")
	_ = c.Flags().MarkHidden("benchstat") // fails only for an unknown flag
	addReportFlags(c, &f.report)
	addPrintFlags(c, &f.report)
	addPushFlags(c, &f.report.push)
	exclusive(c, "quick", "rounds")
	exclusive(c, "quick", "until")
	return c
}

// addLoad adds the flags of a phase of load.
func (f *runFlags) addLoad(c *cobra.Command) {
	c.Flags().StringVar(&f.rate, "rate", "", "batches arrive at this rate and overlap, such as 50/s; several rates, separated by commas, are measured one after the other")
	c.Flags().DurationVar(&f.window, "for", defaultWindow, "with --rate, length of the measured window; longer by default if the figure takes more batches")
	c.Flags().DurationVar(&f.rampUp, "ramp-up", defaultRampUp, "with --rate, time before the window whose arrivals do not count")
	c.Flags().DurationVar(&f.deadline, "deadline", 0, "with --rate, longest response time of a batch that counts as goodput")
	c.Flags().StringVar(&f.promise, "promise", "", "with --rate, what is promised of the batches, such as p99<=250ms or goodput>=99%: at which rates is it kept?")
	c.Flags().StringVar(&f.figure, "figure", string(scenario.ResponseP99), "with --rate, the compared figure: p99, median or mean response time of the batches, in-system or goodput")
}

// addBatch adds the flags that describe the batch, and those flags of the measurement that
// do not depend on which strategies are compared.
func (f *runFlags) addBatch(c *cobra.Command) {
	d := scenario.DefaultMeasure
	c.Flags().IntVarP(&f.tasks, "tasks", "n", defaultTasks, "tasks in a batch")
	c.Flags().StringVar(&f.latency, "latency", defaultLatency, "have a mock server inject this latency, such as lognormal:p50=20ms,p99=200ms")
	c.Flags().StringVar(&f.url, "url", "", "have every task fetch this URL")
	c.Flags().StringVar(&f.urls, "urls", "", "have each task make one of the requests in this file: one URL per line, JSON lines, vegeta's targets, or a HAR")
	f.addRequest(c)
	c.Flags().StringVar(&f.sleep, "sleep", "", "have every task sleep this long in the strategy's process, such as constant:2ms")
	c.Flags().StringVar(&f.cpu, "cpu", "", "have every task keep a core busy for this much work, such as 2ms")
	c.Flags().StringVar(&f.function, "func", "", "have every task call this function, registered by the program")
	c.Flags().StringVar(&f.command, "command", "", "have every task start a process: a line for sh; {task} in it is the task's number")
	c.Flags().StringVar(&f.tcp, "tcp", "", "have every task send to the TCP service at this host:port what --send says, and read as much")
	c.Flags().StringVar(&f.send, "send", "", `what --tcp sends, such as 'ping {task}' (default "ping")`)
	c.Flags().StringVar(&f.stack, "stack", "0B", "extra stack that a task uses, such as 64KiB")
	c.Flags().StringVar(&f.alloc, "alloc", "0B", "extra memory that a task allocates, such as 1MiB")
	c.Flags().IntVar(&f.nested, "nested", 0, "have each task fan out again to this many tasks, by the same strategy, and wait for them")
	c.Flags().StringVar(&f.memoryLimit, "memory-limit", "", "memory that a strategy's process may use (default: half of the available memory)")
	c.Flags().IntVar(&f.threadLimit, "thread-limit", 0, "maximum threads per process; 0 means no limit")
	c.Flags().DurationVar(&f.timeout, "timeout", scenario.DefaultTimeout, "timeout of a task")
	c.Flags().StringVar(&f.client, "client", "", "HTTP client of tasks: nethttp (Go's own; the default for one batch) or lean (less CPU; the default under load)")
	c.Flags().StringVar(&f.connections, "connections", string(scenario.ConnectionsWarm), "connections of HTTP targets: warm (opened before each trial), cold (opened during it) or kept (reused across trials)")
	c.Flags().StringVar(&f.processes, "processes", string(d.Processes), "processes of the strategies: fresh (a new, warmed-up one for each measured trial), kept (one for the run) or auto (fresh for short --cpu work)")
	c.Flags().Uint64Var(&f.seed, "seed", d.Seed, "seed of the latencies and of the order of every round")
	c.Flags().StringVar(&f.errorBudget, "error-budget", "0%", "share of a strategy's tasks that may fail before it counts as failed")
	c.Flags().BoolVar(&f.noPreflight, "no-preflight", false, "do not test a URL target with one request before the first trial")
	c.Flags().StringVar(&f.out, "out", "", "run directory to create (default "+results.DefaultRuns+"/<UTC time>-<scenario>)")
	c.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "permit targets that are not on this machine's loopback; test only systems you are authorised to test")
	exclusive(c, "latency", "url", "urls", "sleep", "cpu", "func", "command", "tcp")
	c.ValidArgsFunction = files("yaml", "yml")
}

// The default batch, if neither a file nor a flag describes one: ten slow downloads, which
// concurrency makes ten times faster.
const (
	defaultWindow = 10 * time.Second
	defaultRampUp = 2 * time.Second

	defaultName       = "default"
	defaultTasks      = 10
	defaultLatency    = "constant:200ms"
	defaultStrategies = "sequential,goroutine-per-task,fixed-pool:workers=4,errgroup"
	quickRounds       = 3
)

// scenarios merges defaults, files and flags. Its error names every mistake in the flags.
// bench.Check reports mistakes in the files.
func (f *runFlags) scenarios(c *cobra.Command, files []string) ([]scenario.Scenario, error) {
	var list []scenario.Scenario
	var errs []error
	for _, file := range files {
		s, _ := scenario.Read(file) // Check reports the error
		list = append(list, s)
	}
	if len(files) == 0 {
		s, err := defaultScenario()
		if err != nil {
			return nil, err
		}
		list = []scenario.Scenario{s}
	}
	var programs []scenario.Program
	for _, s := range list {
		programs = append(programs, s.Programs...)
	}
	for _, o := range slices.Concat(overrides, requestOverrides) {
		if !c.Flags().Changed(o.flag) {
			continue
		}
		set, err := o.read(f, programs)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				errs = append(errs, fmt.Errorf("--%s: %s", o.flag, line))
			}
			continue
		}
		for i := range list {
			set(&list[i])
			if o.key != "" {
				list[i].SetBy("--"+o.flag, o.key)
			}
		}
	}
	list, err := f.atRates(c, list)
	errs = append(errs, err)
	alone := slices.ContainsFunc(list, func(s scenario.Scenario) bool { return s.Workload.Arrivals == nil })
	for _, flag := range []string{"for", "ramp-up"} {
		if alone && err == nil && c.Flags().Changed(flag) {
			errs = append(errs, fmt.Errorf("--%s is for batches that arrive: give --rate too", flag))
		}
	}
	if c.Flags().Changed("send") && slices.ContainsFunc(list, func(s scenario.Scenario) bool { _, ok := s.Target.Call.(*calls.TCP); return !ok }) {
		errs = append(errs, errors.New("--send is for a TCP service: give --tcp too, or a scenario with target.tcp"))
	}
	return list, errors.Join(errs...)
}

// atRates returns one scenario for each rate of --rate and each scenario of the list.
func (f *runFlags) atRates(c *cobra.Command, list []scenario.Scenario) ([]scenario.Scenario, error) {
	if !c.Flags().Changed("rate") {
		return scenario.Expand(list), nil
	}
	var rates []float64
	var errs []error
	for text := range strings.SplitSeq(f.rate, ",") {
		rate, err := scenario.ParseRate(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("--rate: %w", err))
		}
		rates = append(rates, rate)
	}
	if len(errs) > 0 {
		return list, errors.Join(errs...)
	}
	list = slices.Clone(list)
	for i := range list {
		window := f.window
		if !c.Flags().Changed("for") {
			window = max(window, list[i].Measure.LeastWindow(slices.Min(rates)))
		}
		list[i].SetRates(rates, window, f.rampUp)
		list[i].SetBy("--rate", "workload.arrivals.rate")
	}
	return scenario.Expand(list), nil
}

// defaultScenario is the scenario without a file or flags.
func defaultScenario() (scenario.Scenario, error) {
	l, err := latency.Parse(defaultLatency)
	list, err2 := scenario.ParseStrategies(scenario.SplitStrategies(defaultStrategies))
	return scenario.Scenario{
		Name:       defaultName,
		Target:     scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l}}},
		Workload:   scenario.Workload{Tasks: defaultTasks, Timeout: scenario.DefaultTimeout, Connections: scenario.ConnectionsWarm},
		Strategies: list,
		Measure:    scenario.DefaultMeasure,
	}, errors.Join(err, err2)
}

// Processes returns options that run the strategies and the mock server in their own
// processes. These execute this program again, which must call Main.
func Processes() (bench.Options, error) {
	worker, err := bench.SelfWorker()
	if err != nil {
		return bench.Options{}, err
	}
	return bench.Options{
		Worker: worker,
		Server: []string{worker[0], "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"},
	}, nil
}

// options returns the options of a measurement.
func (f *runFlags) options(c *cobra.Command) (bench.Options, error) {
	o, err := Processes()
	o.Dir = f.out
	o.AllowRemote = f.allowRemote
	o.Command = append([]string{c.Root().Name()}, withoutSecrets(os.Args[1:])...)
	f.progress = progress.New(c.ErrOrStderr())
	o.Progress = f.progress
	return o, err
}

// parseShard reads --shard. Without it the run is whole.
func (f *runFlags) parseShard() (results.Shard, error) {
	if f.shard == "" {
		return results.Whole, nil
	}
	s, err := bench.ParseShard(f.shard, os.Getenv)
	if err != nil {
		return s, fmt.Errorf("--shard: %w", err)
	}
	return s, nil
}

// ofShard returns the scenarios with as many rounds as the shard has of them.
func ofShard(list []scenario.Scenario, shard results.Shard) []scenario.Scenario {
	list = slices.Clone(list)
	for i := range list {
		list[i].Measure.Rounds = shard.Rounds(list[i].Measure.Rounds)
	}
	return list
}

// run measures, uploads the run to the bucket, unless that is nil, and reports on it.
func (f *runFlags) run(c *cobra.Command, scenarios []scenario.Scenario, o bench.Options, to *bucket.Bucket) error {
	trials, d := scenario.Estimate(ofShard(scenarios, o.Shard), o.Worker != nil)
	shard := ""
	if o.Shard.Of > 1 {
		shard = fmt.Sprintf("shard %v, attempt %s: ", o.Shard, o.Shard.Attempt)
	}
	f.progress.Say(fmt.Sprintf("%s%d trials, about %v", shard, trials, d.Round(time.Second)))
	run, err := bench.Measure(c.Context(), scenarios, o)
	f.progress.Close()
	if run == nil {
		return err
	}
	if err != nil && !run.Interrupted() {
		complain(c.ErrOrStderr(), err)
	}
	var unsent error
	switch {
	case to != nil && run.Held():
		unsent = send(c.Context(), c.ErrOrStderr(), to, run)
	case to != nil:
		fmt.Fprintf(c.ErrOrStderr(), "the run is %s, so it is not uploaded; it is kept in %s\n", run.Status, run.Dir)
	}
	err = render(c, run, f.report, true)
	if o.Shard.Of > 1 {
		err = ofShardIn(run, err)
	}
	if unsent != nil {
		complain(c.ErrOrStderr(), err)
		return unsent
	}
	return err
}

// ofShardIn returns the exit status of a shard, from that of its run: a shard that has all its
// rounds is fine, however they came out, because no repetition would change that. fanbench
// merge judges.
func ofShardIn(run *results.Run, err error) error {
	var s statusError
	if errors.As(err, &s) && s.status != exitInterrupted && run.Held() {
		return nil
	}
	return err
}
