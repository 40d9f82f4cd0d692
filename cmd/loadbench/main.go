//go:build linux

// Command loadbench measures how punctually load generators send: fanbench's, as users run
// it, and those of others. All send to one mock server on this machine, which logs when the
// kernel received each request. They take turns, so that disturbances hit all of them.
//
//	generators.go   the generators, and how each is run
//	lateness.go     from what was received and what was planned to how late it was
//	measure.go      the turns
//	verdict.go      the goals
//	table.go, chart.go
//
// It writes its tables to standard output, and page.md, load-generator.png and results.json
// to the directory -out. -from renders an earlier results.json again.
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

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/cmd"
)

func main() {
	if actAsChild() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "loadbench:", err)
		os.Exit(1)
	}
}

// actAsChild makes a process that this program has started for itself fanbench or the mock
// server. It reports whether the process was one.
func actAsChild() bool {
	switch {
	case os.Getenv(actAs) != "":
		os.Exit(cmd.Main())
	case len(os.Args) == 2 && os.Args[1] == serveArgument:
		if err := serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return true
	}
	return false
}

// plan is what is measured.
type plan struct {
	rates   []float64     // requests a second, of the goals
	more    []float64     // further rates, for the highest that a generator holds
	turns   int           // of each generator at each rate
	beyond  int           // turns at each further rate
	window  time.Duration // of which requests count
	slow    time.Duration // the window at rates of less than slowRate
	warmup  time.Duration // before the window: its requests do not count
	latency time.Duration // of the server
}

// slowRate is the rate below which a longer window gives enough requests for a p99.
const slowRate = 500

var fullPlan = plan{
	rates:   []float64{100, 1000, 5000, 20_000},
	more:    []float64{10_000, 30_000, 40_000},
	turns:   3,
	beyond:  1,
	window:  2 * time.Second,
	slow:    4 * time.Second,
	warmup:  time.Second,
	latency: 750 * time.Microsecond,
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	p := fullPlan
	flags := flag.NewFlagSet("loadbench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", filepath.Join("reports", "load-generator"), "directory to write to")
	from := flags.String("from", "", "a results.json to render again, measuring nothing")
	only := flags.String("generators", "", "comma-separated names; all if empty")
	flags.IntVar(&p.turns, "turns", p.turns, "turns of each generator at each rate")
	flags.IntVar(&p.beyond, "beyond", p.beyond, "turns at each of the further rates; 0 leaves them out")
	flags.Func("rates", "comma-separated requests a second, instead of those of the goals", p.setRates)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.turns < 1 || p.beyond < 0 {
		return errors.New("-turns must be at least 1, -beyond at least 0")
	}
	if *from != "" {
		r, err := readResults(*from)
		if err != nil {
			return err
		}
		return r.write(*out, stdout)
	}
	return p.run(ctx, *out, *only, stdout, stderr)
}

// setRates reads rates for a shorter run.
func (p *plan) setRates(text string) error {
	p.rates = nil
	for _, t := range strings.Split(text, ",") {
		rate, err := scenario.ParseRate(t)
		if err != nil {
			return err
		}
		p.rates = append(p.rates, rate)
	}
	p.more = slices.DeleteFunc(slices.Clone(p.more), func(rate float64) bool { return slices.Contains(p.rates, rate) })
	return nil
}

// run measures the generators named in only, and writes to stdout and the directory out.
func (p plan) run(ctx context.Context, out, only string, stdout, stderr io.Writer) error {
	var names []string
	if only != "" {
		names = strings.Split(only, ",")
	}
	all, missing, err := findGenerators(ctx, names)
	if err != nil {
		return err
	}
	for _, m := range missing {
		fmt.Fprintf(stderr, "without %s: %s\n", m.Generator, m.Why)
	}
	r := &results{Began: time.Now().UTC(), Environment: machine.ReadEnvironment(), Missing: missing, Warmup: p.warmup, Latency: p.latency}
	err = p.measure(ctx, all, r, stderr)
	r.Took = time.Since(r.Began)
	r.Environment.LoadAfter = machine.ReadEnvironment().LoadBefore // as it is now
	if err != nil {
		return err
	}
	return r.write(out, stdout)
}

// results are all figures of a run.
type results struct {
	Began       time.Time
	Took        time.Duration
	Environment machine.Environment
	Warmup      time.Duration
	Latency     time.Duration
	Missing     []missing
	Cells       []cell
}

// missing is a generator that was not measured.
type missing struct{ Generator, Why string }

// cell is what one generator did at one rate.
type cell struct {
	Generator string
	Peer      bool
	Process   scenario.ArrivalProcess
	Rate      float64
	Beyond    bool // a further rate, at which no goal is set but the highest rate
	Turns     []turn
}

// turn is one run of a generator.
type turn struct {
	Planned, Received int
	P50, P90, P99     time.Duration
	Quiet             time.Duration // p99 of the quietest part of the turn
	CPU               time.Duration // of the generator
	Length            time.Duration // for which it sent
	Invalid           string        // why fanbench calls its run invalid, or how a peer failed
}

func readResults(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(results)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// write writes all files, and the tables to stdout.
func (r *results) write(out string, stdout io.Writer) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	image, err := r.chart()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"results.json": text, "page.md": []byte(r.markdown()), "load-generator.png": image} {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
	}
	_, err = io.WriteString(stdout, r.terminal())
	return err
}
