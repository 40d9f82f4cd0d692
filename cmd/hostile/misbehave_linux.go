package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// misbehave runs misbehaving strategies and programs beside a good strategy.
var misbehave = series{
	name:    "misbehave",
	promise: "A misbehaving strategy or program affects only its own trials. It is classified, the other strategies complete their rounds, and memory, disk and time stay bounded. No process is left, and no control character reaches the terminal.",
	how:     "Each runs beside `sequential` in its own scenario: two rounds of six tasks, with three seconds per trial.",
	run:     runMisbehave,
}

// misbehaviour is a misbehaving strategy of this program.
type misbehaviour struct {
	name   string
	status []results.Status // expected: one of these
	make   func()           // runs in the constructor; may be nil
	run    strategies.Func
}

// misbehaviours are the strategies. Each does the first half of its batch and then
// misbehaves as its name says.
var misbehaviours = []misbehaviour{
	{name: "hostile-exits", status: []results.Status{results.StatusFatal}, run: after(func() { os.Exit(7) })},
	{name: "hostile-exits-ok", status: []results.Status{results.StatusFatal}, run: after(func() { os.Exit(0) })},
	{name: "hostile-panics", status: []results.Status{results.StatusPanic}, run: after(func() { panic("on purpose \x1b[31m") })},
	{name: "hostile-goexits", status: []results.Status{results.StatusFatal, results.StatusHang}, run: after(runtime.Goexit)},
	{name: "hostile-hangs", status: []results.Status{results.StatusHang}, run: after(func() { select {} })},
	{name: "hostile-spins", status: []results.Status{results.StatusHang}, run: after(func() {
		for {
			runtime.Gosched()
		}
	})},
	{name: "hostile-stops-itself", status: []results.Status{results.StatusHang}, run: after(func() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) })},
	{name: "hostile-kills-itself", status: []results.Status{results.StatusFatal}, run: after(func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} })},
	{name: "hostile-floods-stdout", status: []results.Status{results.StatusFatal}, run: after(func() { flood(os.Stdout, strings.Repeat("x", 1<<20)) })},
	{name: "hostile-floods-lines", status: []results.Status{results.StatusFatal}, run: after(func() { flood(os.Stdout, strings.Repeat("fault\ttext=x\n", 1<<10)) })},
	{name: "hostile-garbage", status: []results.Status{results.StatusFatal}, run: after(func() { fmt.Println(strings.Repeat("\x1b]0;x\a", 1000)); select {} })},
	{name: "hostile-floods-stderr", status: []results.Status{results.StatusHang}, run: after(func() { flood(os.Stderr, strings.Repeat("x", 1<<20)) })},
	{name: "hostile-closes-stdout", status: []results.Status{results.StatusFatal}, run: after(func() { os.Stdout.Close(); select {} })},
	{name: "hostile-closes-stdin", status: []results.Status{results.StatusFatal, results.StatusHang}, run: after(func() { os.Stdin.Close(); select {} })},
	{name: "hostile-forks", status: []results.Status{results.StatusOK}, run: whole(func() error { return start("sleep", "1000") })},
	{name: "hostile-forks-away", status: []results.Status{results.StatusOK}, run: whole(func() error { return start("setsid", "sleep", "1000") })},
	{name: "hostile-child-holds-stdout", status: []results.Status{results.StatusFatal}, run: after(func() {
		c := exec.Command("setsid", "sleep", "1000")
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		_ = c.Start() // the trial's status shows the result
		os.Exit(0)
	})},
	{name: "hostile-blocks-in-new", status: []results.Status{results.StatusHang}, make: func() { select {} }},
	{name: "hostile-exits-in-new", status: []results.Status{results.StatusFatal}, make: func() { os.Exit(3) }},
	{name: "hostile-panics-in-new", status: []results.Status{results.StatusPanic}, make: func() { panic("on purpose") }},
	{name: "hostile-doubles", status: []results.Status{results.StatusIncomplete}, run: func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		all(ctx, b)
		return nil
	}},
	{name: "hostile-loses", status: []results.Status{results.StatusIncomplete}, run: func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		return nil
	}},
	{name: "hostile-returns-early", status: []results.Status{results.StatusIncomplete}, run: func(ctx context.Context, b *strategies.Batch) error {
		go all(ctx, b)
		return nil
	}},
	{name: "hostile-long-error", status: []results.Status{results.StatusError}, run: whole(func() error { return errors.New(strings.Repeat("\x1b[2J", 1<<18)) })},
}

// program is a shell command that misbehaves as a worker.
type program struct {
	name, shell string
	status      []results.Status
}

const ready = `read order; printf 'ready\tprotocol=1\n'; `

// programs are the misbehaving programs. Those that report ready are asked for a trial.
var programs = []program{
	{"exits", `exit 3`, []results.Status{results.StatusFatal}},
	{"never-ready", `sleep 1000`, []results.Status{results.StatusHang}},
	{"garbage", `head -c 1000000 /dev/urandom | tr -d '\n'; echo; cat`, []results.Status{results.StatusFatal}},
	{"endless-line", `cat /dev/zero`, []results.Status{results.StatusFatal}},
	{"endless-stderr", ready + `cat /dev/zero >&2`, []results.Status{results.StatusHang}},
	{"no-answer", ready + `cat >/dev/null`, []results.Status{results.StatusHang}},
	{"ignores-all", `trap '' HUP INT TERM QUIT; ` + ready + `while :; do sleep 1000; done`, []results.Status{results.StatusHang}},
	{"answers-at-once", ready + `while read order; do printf 'done\treturned_ns=1\n'; done`, []results.Status{results.StatusIncomplete}},
	{"no-number", ready + `read order; printf 'done\treturned_ns=\033[31mx\n'; cat >/dev/null`, []results.Status{results.StatusFatal}},
	{"no-field", ready + `read order; printf 'done\tx\n'; cat >/dev/null`, []results.Status{results.StatusFatal}},
	{"half-a-line", ready + `read order; printf 'done\treturned'`, []results.Status{results.StatusFatal}},
	{"child-holds-stdout", ready + `read order; sleep 1000 & exit 0`, []results.Status{results.StatusFatal}},
	{"child-away-holds-stdout", ready + `read order; setsid sleep 1000 & exit 0`, []results.Status{results.StatusFatal}},
	{"refuses", `read order; printf 'refused\terror=\033[31mno\n'`, []results.Status{results.StatusFatal}},
	{"ignores-stdin", ready + `read order; printf 'done\treturned_ns=1\n'; sleep 1000`, []results.Status{results.StatusIncomplete, results.StatusHang}},
}

// registerMisbehaving registers the strategies with the fanbench in this program.
func registerMisbehaving() {
	for _, m := range misbehaviours {
		strategies.Register(strategies.Spec{
			Name: m.name, Doc: "misbehaves on purpose",
			Traits: strategies.Traits{Reports: strategies.ReportsNone, OnError: strategies.RunsAll, OnPanic: strategies.Crashes, OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.Swallowed},
			New: func(strategies.Params) (strategies.Strategy, error) {
				if m.make != nil {
					m.make()
				}
				return m.run, nil
			},
		})
	}
}

// after does half of the batch, then harm, which does not return.
func after(harm func()) strategies.Func {
	return func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		harm()
		return nil
	}
}

// whole does the whole batch, then some harm.
func whole(harm func() error) strategies.Func {
	return func(ctx context.Context, b *strategies.Batch) error {
		all(ctx, b)
		return harm()
	}
}

func all(ctx context.Context, b *strategies.Batch) {
	for i := range b.Len() {
		_ = b.Do(ctx, i) // Do records the error
	}
}

func half(ctx context.Context, b *strategies.Batch) {
	for i := range b.Len() / 2 {
		_ = b.Do(ctx, i) // Do records the error
	}
}

func flood(w io.Writer, text string) {
	for {
		if _, err := io.WriteString(w, text); err != nil {
			select {} // nobody reads any more; only wait
		}
	}
}

func start(command string, args ...string) error { return exec.Command(command, args...).Start() }

// misbehaveRounds is the number of rounds with each.
const misbehaveRounds = 2

func runMisbehave(ctx context.Context, t *tries) error {
	for i := range t.times(ctx, len(misbehaviours)+len(programs)) {
		var err error
		if i < len(misbehaviours) {
			m := misbehaviours[i]
			err = t.misbehave(ctx, m.name, m.status, "")
		} else {
			p := programs[i-len(misbehaviours)]
			err = t.misbehave(ctx, p.name, p.status, fmt.Sprintf("programs: {%s: [sh, -c, %q]}\n", p.name, p.shell))
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// The limits on what a misbehaving strategy may cost fanbench. The memory is that of the
// largest process, workers included.
const (
	mostMemory = 256 << 20
	mostDisk   = 8 << 20
	mostTime   = 30 * time.Second
)

// misbehave measures the strategy beside sequential and checks the outcome.
func (t *tries) misbehave(ctx context.Context, strategy string, want []results.Status, programs string) error {
	dir, err := os.MkdirTemp(t.dir, strategy+"-")
	if err != nil {
		return err
	}
	scenario := fmt.Sprintf("name: hostile\ntarget: {mock: {latency: 1ms}}\nworkload: {tasks: 6, timeout: 2s}\nstrategies: [sequential, %s]\nmeasure: {rounds: %d, warmup: 0, trial_timeout: 3s}\n%s",
		strategy, misbehaveRounds, programs)
	if err := os.WriteFile(filepath.Join(dir, "s.yaml"), []byte(scenario), 0o644); err != nil {
		return err
	}
	o, err := t.fanbench(ctx, dir, "run", "s.yaml", "--out", "run", "--no-charts")
	if err != nil {
		return err
	}
	t.expectNobody(strategy)
	run, err := results.Open(filepath.Join(dir, "run"))
	t.expect("the run directory can be read", err == nil, "%s: %v; %s", strategy, err, o)
	if err != nil {
		return nil
	}
	bad, good := run.Measured("hostile", strategy), run.Measured("hostile", "sequential")
	var saw []string
	for _, trial := range bad {
		text := string(trial.Status)
		if trial.Error != "" {
			text += ": " + trial.Error
		}
		saw = append(saw, text)
	}
	right := len(bad) > 0 && !slices.ContainsFunc(bad, func(trial results.Trial) bool { return !slices.Contains(want, trial.Status) })
	var names []string
	for _, s := range want {
		names = append(names, string(s))
	}
	t.expect(fmt.Sprintf("%s: %s", strategy, strings.Join(names, " or ")), right, "%s", strings.Join(slices.Compact(saw), "; "))
	whole := 0
	for _, trial := range good {
		if trial.Status == results.StatusOK {
			whole++
		}
	}
	t.expect("the other strategy's rounds are complete", whole == misbehaveRounds, "beside %s: %d of %d; %s", strategy, whole, misbehaveRounds, o)
	t.expect(fmt.Sprintf("fanbench ends within %v", mostTime), o.took < mostTime, "%s: %.1f s", strategy, o.took.Seconds())
	t.expect(fmt.Sprintf("no process of fanbench uses %d MiB", mostMemory>>20), o.peak < mostMemory, "%s: %d MiB", strategy, o.peak>>20)
	size := diskUsage(filepath.Join(dir, "run"))
	t.expect(fmt.Sprintf("the run directory stays below %d MiB", mostDisk>>20), size < mostDisk, "%s: %.1f MiB", strategy, float64(size)/(1<<20))
	clean := !strings.ContainsFunc(o.stdout+o.stderr, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f })
	t.expect("no control character is printed", clean, "%s: %d bytes printed", strategy, len(o.stdout)+len(o.stderr))
	return nil
}

// diskUsage is the total size of the files below dir, in bytes.
func diskUsage(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // the file was removed meanwhile
		}
		if info, err := e.Info(); err == nil && !e.IsDir() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
