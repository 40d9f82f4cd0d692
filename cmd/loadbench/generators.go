//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/peers"
	"github.com/fanbench/fanbench/mockserver"
)

// load is what a generator is asked for.
type load struct {
	url     string
	process scenario.ArrivalProcess
	rate    float64
	warmup  time.Duration
	window  time.Duration
	seed    uint64
	dir     string // for files
}

func (l load) length() time.Duration { return l.warmup + l.window }

func (l load) requests() float64 { return l.rate * l.length().Seconds() }

// connections is how many connections generators have that send on fixed ones: so many
// that none waits for an answer when its next request is due, and so few that each sends
// often enough for its schedule to be known.
func (l load) connections() int { return int(min(max(l.rate/50, 2), 64)) }

// gap is the time between requests, in ns; perConnection that on one of fixed connections.
func (l load) gap() float64           { return 1e9 / l.rate }
func (l load) perConnection() float64 { return l.gap() * float64(l.connections()) }

// generator is one that can be measured.
type generator struct {
	name      string
	peer      bool
	module    string // installed by the go command, at exactly this version
	program   string // or looked for in the path
	processes []scenario.ArrivalProcess
	absent    string // why it cannot be measured at all

	binary  string
	command func(binary string, l load) (*exec.Cmd, error)
	// late is the lateness of what the server received.
	late func(l load, arrivals []mockserver.Arrival) []request
	// planned is how many requests it means to send.
	planned func(l load) int
	// verdict reads what a run left, if there is more to it than requests: its CPU time, and
	// why it is invalid.
	verdict func(l load) (cpu time.Duration, invalid string, err error)
}

const ours = "fanbench"

var onlyConstant = []scenario.ArrivalProcess{scenario.Constant}

var generators = []generator{
	{
		name: ours, processes: []scenario.ArrivalProcess{scenario.Constant, scenario.Poisson},
		command: fanbench, late: ownLateness, verdict: ownVerdict,
		planned: func(l load) int { return len(l.ownTimes()) },
	},
	{
		name: "vegeta", peer: true, module: "github.com/tsenart/vegeta/v12@v12.13.0", processes: onlyConstant,
		command: vegeta, planned: load.constant,
		late: func(l load, a []mockserver.Arrival) []request { return together(a, every(l.gap()), l.warmup) },
	},
	{
		name: "fortio", peer: true, module: "fortio.org/fortio@v1.68.0", processes: onlyConstant,
		command: fortio, planned: load.constant, late: fortioLateness,
	},
	{
		name: "wrk2", peer: true, program: "wrk2", processes: onlyConstant,
		command: wrk2, planned: wrk2Planned,
		late: func(l load, a []mockserver.Arrival) []request {
			return best(together(a, every(l.gap()), l.warmup), apart(a, every(l.perConnection()), l.warmup))
		},
	},
	{name: "oha", peer: true, absent: "it is built with cargo from crates that this program cannot install"},
	{name: "k6", peer: true, absent: "it is under the AGPL, and this program does not install it"},
}

// constant is how many requests come at a constant rate.
func (l load) constant() int { return int(l.requests()) }

// findGenerators installs or finds those that are wanted, all if none is named, and tells
// which cannot be measured.
func findGenerators(ctx context.Context, wanted []string) (found []generator, absent []missing, err error) {
	for _, w := range wanted {
		if !slices.ContainsFunc(generators, func(g generator) bool { return g.name == w }) {
			return nil, nil, fmt.Errorf("-generators: unknown generator %q", w)
		}
	}
	for _, g := range generators {
		if wanted != nil && !slices.Contains(wanted, g.name) {
			continue
		}
		why := g.absent
		var err error
		switch {
		case g.module != "":
			g.binary, err = peers.Install(ctx, g.name, g.module)
		case g.program != "":
			if g.binary, err = exec.LookPath(g.program); err != nil {
				err = fmt.Errorf("%s is not in the path", g.program)
			}
		case g.name == ours:
			g.binary, err = os.Executable()
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			why = err.Error()
		}
		if why != "" {
			absent = append(absent, missing{g.name, why})
			continue
		}
		found = append(found, g)
	}
	if len(found) == 0 {
		return nil, nil, fmt.Errorf("none of the generators is to be had: %v", absent)
	}
	return found, absent, nil
}

// actAs is the environment variable that makes this program fanbench. Workers inherit it.
const actAs = "FANBENCH_LOADBENCH_IS_FANBENCH"

// fanbench runs a scenario as a user does: batches of one request.
func fanbench(binary string, l load) (*exec.Cmd, error) {
	text := fmt.Sprintf(`name: generator
target: {url: %q}
workload:
  tasks: 1
  timeout: 5s
  arrivals: {rate: %v/s, process: %s, for: %v, warmup: %v}
strategies: [sequential]
measure: {rounds: 1, warmup: 0, seed: %d, figure: median, preflight: false}
`, l.url, l.rate, l.process, l.window, l.warmup, l.seed)
	path := filepath.Join(l.dir, "scenario.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	c := exec.Command(binary, "run", "--no-charts", "--out", l.run(), path)
	c.Env = append(os.Environ(), actAs+"=1")
	return c, nil
}

func (l load) run() string { return filepath.Join(l.dir, "run") }

// ownRound is the round of a run that has one.
const ownRound = 1

// ownTimes are when batches are to arrive: a pure function of seed and round.
func (l load) ownTimes() []time.Duration {
	return scenario.Arrivals{Process: l.process, Rate: l.rate, For: l.window, Warmup: l.warmup}.Times(l.seed, ownRound, 0)
}

func ownLateness(l load, arrivals []mockserver.Arrival) []request {
	return together(arrivals, fixed(l.ownTimes()), l.warmup)
}

// ownVerdict reads the summary of the run.
func ownVerdict(l load) (cpu time.Duration, invalid string, err error) {
	text, err := os.ReadFile(filepath.Join(l.run(), "summary.json"))
	if err != nil {
		return 0, "", err
	}
	var summary struct {
		Reasons   []string
		Failures  []string
		Scenarios []struct {
			Strategies []struct {
				Usage map[string]float64
			}
		}
	}
	if err := json.Unmarshal(text, &summary); err != nil {
		return 0, "", err
	}
	for _, s := range summary.Scenarios {
		for _, strategy := range s.Strategies {
			cpu += time.Duration(strategy.Usage["cpu_seconds"] * float64(time.Second))
		}
	}
	return cpu, strings.Join(append(summary.Reasons, summary.Failures...), "; "), nil
}

func vegeta(binary string, l load) (*exec.Cmd, error) {
	c := exec.Command(binary, "attack", "-rate", fmt.Sprintf("%v/1s", l.rate), "-duration", l.length().String(), "-output", os.DevNull)
	c.Stdin = strings.NewReader("GET " + l.url + "\n")
	return c, nil
}

// fortio staggers its threads with -uniform; without it all of them send at once.
func fortio(binary string, l load) (*exec.Cmd, error) {
	return exec.Command(binary, "load", "-quiet", "-loglevel", "error", "-allow-initial-errors", "-uniform",
		"-c", strconv.Itoa(l.connections()), "-qps", fmt.Sprint(l.rate), "-t", l.length().String(), l.url), nil
}

// fortioLateness goes by fortio's own plan: each thread's gaps are a little longer than the
// rate asks for, so that its last request comes at the end of the time.
func fortioLateness(l load, arrivals []mockserver.Arrival) []request {
	n := float64(l.constant() / l.connections())
	stretch := 1 + 1/max(n-1, 1)
	return best(
		together(arrivals, every(l.gap()), l.warmup),
		together(arrivals, every(l.gap()*stretch), l.warmup),
		apart(arrivals, every(l.perConnection()), l.warmup),
		apart(arrivals, every(l.perConnection()*stretch), l.warmup))
}

func wrk2(binary string, l load) (*exec.Cmd, error) {
	return exec.Command(binary, "-t1", "-c", strconv.Itoa(l.connections()), "-R", fmt.Sprint(l.rate),
		"-d", fmt.Sprintf("%.0fs", max(l.length().Seconds(), 1)), l.url), nil
}

// wrk2Stagger is the time between the starts of two of wrk2's connections.
const wrk2Stagger = 5 * time.Millisecond

// wrk2Planned is less than the rate asks for: connections that start later send less.
func wrk2Planned(l load) int {
	late := wrk2Stagger * time.Duration(l.connections()-1) / 2
	return int(l.rate * (l.length() - late).Seconds())
}
