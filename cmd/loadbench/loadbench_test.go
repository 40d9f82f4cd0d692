//go:build linux

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver"
)

// TestMain also is fanbench and the mock server, which this program starts by running itself.
func TestMain(m *testing.M) {
	if !actAsChild() {
		os.Exit(m.Run())
	}
}

const us = int64(time.Microsecond)

func TestLateness(t *testing.T) {
	const begin = int64(1_700_000_000_000_000_000)
	for name, c := range map[string]struct {
		received []int64 // us after begin
		schedule schedule
		from     time.Duration
		want     []int64 // us
	}{
		"punctual":                {[]int64{0, 100, 200}, every(100_000), 0, []int64{0, 0, 0}},
		"what all have in common": {[]int64{7, 107, 207}, every(100_000), 0, []int64{0, 0, 0}},
		"one is late":             {[]int64{5, 105, 255, 305}, every(100_000), 0, []int64{0, 0, 50, 0}},
		"the first is late":       {[]int64{30, 100, 200}, every(100_000), 0, []int64{30, 0, 0}},
		"a warm-up that is left out": {
			[]int64{0, 90, 200, 320}, every(100_000), 150 * time.Microsecond, []int64{0, 20},
		},
		"one that is not sent": {[]int64{0, 100, 300, 400}, every(100_000), 0, []int64{0, 0, 100, 100}},
		"gaps that differ":     {[]int64{10, 40, 95}, fixed([]time.Duration{0, 30_000, 80_000}), 0, []int64{0, 0, 5}},
		"more than planned":    {[]int64{10, 40, 95}, fixed([]time.Duration{0, 30_000}), 0, []int64{0, 0}},
		"none":                 {nil, every(100_000), 0, nil},
	} {
		var at []int64
		for _, r := range c.received {
			at = append(at, begin+r*us)
		}
		var got []int64
		for _, r := range lateness(at, c.schedule, c.from) {
			got = append(got, r.late/us)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Delays that are added to a schedule are found again, less the smallest.
func TestLatenessFindsPlantedDelays(t *testing.T) {
	times := scenario.Arrivals{Process: scenario.Poisson, Rate: 1000, For: time.Second, Warmup: time.Second}.Times(3, ownRound, 0)
	random := rand.New(rand.NewPCG(1, 2))
	var arrivals []mockserver.Arrival
	var want []request
	for i, at := range times {
		delay := int64(random.IntN(3)) // ns: none overtakes another
		if i == len(times)-1 {
			delay = 0
		}
		arrivals = append(arrivals, mockserver.Arrival{At: int64(at) + delay + 12345})
		if at >= time.Second {
			want = append(want, request{int64(at) + delay + 12345, delay})
		}
	}
	random.Shuffle(len(arrivals), func(i, j int) { arrivals[i], arrivals[j] = arrivals[j], arrivals[i] })
	if got := together(arrivals, fixed(times), time.Second); !slices.Equal(got, want) {
		t.Errorf("of %d arrivals, %d as planted", len(want), len(got))
	}
}

// Connections with schedules of their own are judged each by its own, whatever their starts.
func TestApart(t *testing.T) {
	var arrivals []mockserver.Arrival
	for c := range uint64(3) {
		for i := range int64(10) {
			at := int64(c)*37*us + i*300*us
			if c == 1 && i == 5 {
				at += 9 * us
			}
			arrivals = append(arrivals, mockserver.Arrival{At: at, Connection: c})
		}
	}
	got := apart(arrivals, every(300_000), 0)
	most := slices.MaxFunc(got, func(a, b request) int { return cmp.Compare(a.late, b.late) })
	if want := (request{37*us + 5*300*us + 9*us, 9 * us}); len(got) != 30 || most != want {
		t.Errorf("%v of %v", most, got)
	}
	if !slices.IsSortedFunc(got, func(a, b request) int { return cmp.Compare(a.at, b.at) }) {
		t.Error("not in order")
	}
	if p := best(together(arrivals, every(100_000), 0), got); &p[0] != &got[0] {
		t.Error("the reading with the greater p99 was taken")
	}
}

// A stall is in the p99, and not in that of the quietest part.
func TestQuiet(t *testing.T) {
	var all []request
	for i := range int64(400) {
		r := request{at: i * 1000, late: i % 7}
		if i >= 150 && i < 180 || i >= 390 {
			r.late += 5000
		}
		all = append(all, r)
	}
	if p, q := quantile(all, 0.99), quiet(all); p < 5000 || q != 6 {
		t.Errorf("p99 %d, quiet %d", p, q)
	}
	// A part in which hardly anything was sent is not quiet.
	all = append(slices.Clone(all[:200]), request{at: 399_000, late: 0})
	for i := range all[:200] {
		all[i].late = 50
	}
	if q := quiet(all); q != 50 {
		t.Errorf("quiet %d", q)
	}
	if quiet(nil) != 0 {
		t.Error("none")
	}
}

func TestConnectionsKeepUp(t *testing.T) {
	for rate, want := range map[float64]int{1: 2, 100: 2, 1000: 20, 5000: 64, 60_000: 64} {
		if got := (load{rate: rate}).connections(); got != want {
			t.Errorf("%v/s: %d connections, want %d", rate, got, want)
		}
	}
}

// planted are results whose verdicts are known.
func planted() *results {
	turns := func(p99s ...time.Duration) (turns []turn) {
		for _, p := range p99s {
			turns = append(turns, turn{Planned: 100, Received: 100, P50: p / 10, P90: p / 2, P99: p, Quiet: p / 4, CPU: time.Second, Length: 4 * time.Second})
		}
		return turns
	}
	const ms = time.Millisecond
	own := turns(50*time.Microsecond, 80*time.Microsecond, 700*time.Microsecond)
	invalid := turns(50 * time.Microsecond)
	invalid[0].Invalid = "too late"
	unsent := turns(ms / 2)
	unsent[0].Received = 98
	return &results{
		Missing: []missing{{"k6", "it is not here"}},
		Cells: []cell{
			{Generator: "fortio", Peer: true, Process: scenario.Constant, Rate: 1000, Turns: turns(ms, 2*ms, 3*ms)},
			{Generator: ours, Process: scenario.Constant, Rate: 1000, Turns: own},
			{Generator: ours, Process: scenario.Poisson, Rate: 1000, Turns: turns(300*time.Microsecond, 400*time.Microsecond, ms)},
			{Generator: "vegeta", Peer: true, Process: scenario.Constant, Rate: 1000, Turns: turns(5*ms, ms/2, 5*ms)},
			{Generator: ours, Process: scenario.Constant, Rate: 2000, Beyond: true, Turns: turns(ms)},
			{Generator: "fortio", Peer: true, Process: scenario.Constant, Rate: 2000, Beyond: true, Turns: turns(9 * ms)},
			{Generator: "vegeta", Peer: true, Process: scenario.Constant, Rate: 2000, Beyond: true, Turns: unsent},
			{Generator: ours, Process: scenario.Constant, Rate: 3000, Beyond: true, Turns: invalid},
		},
	}
}

func TestGoals(t *testing.T) {
	r := planted()
	var got []string
	for _, g := range r.goals() {
		got = append(got, g.String())
	}
	want := []string{
		"p99 of at most 100 µs at 1,000/s, constant: 80.0 µs (quiet 12.5 µs). Met.",
		"p99 of at most 100 µs at 1,000/s, poisson: 400 µs (quiet 75.0 µs). MISSED.",
		// 50/1000, 80/500, 700/3000
		"p99 of at most 0.2 of the best peer's at 1,000/s, constant: 0.16 of fortio's (quiet 0.1). Met.",
		"p99 of at most 0.2 of the best peer's at 1,000/s, poisson: 0.33 of fortio's (quiet 0.6). MISSED.",
		"highest rate held at least that of the best peer: 2,000/s, fortio none. Met.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if h := r.highest("fortio", scenario.Constant, keptUpLate); h != 2000 {
		t.Errorf("fortio keeps up with %v/s", h)
	}
	if s := r.share(&cell{Rate: 77, Turns: make([]turn, 2)}); !math.IsNaN(s) {
		t.Errorf("a share of no peer's: %v", s)
	}
}

func TestTables(t *testing.T) {
	page := planted().markdown()
	for _, want := range []string{
		"| 1,000/s | constant | fanbench | 100.0% | 8.00 µs | 40.0 µs | 80.0 µs | 0.16 | 12.5 µs | 0.25 |",
		"| 1,000/s | constant | fortio | 100.0% | 200 µs | 1.00 ms | 2.00 ms | - | 250 µs | 0.25 |",
		"| 2,000/s | constant | vegeta | 98.0% |",
		"| fanbench | 2,000/s | 1,000/s | 2,000/s |",
		"| fortio | none | does not have it | 2,000/s |",
		"| k6 | not available: it is not here |",
		"- p99 of at most 100 µs at 1,000/s, poisson: 400 µs (quiet 75.0 µs). MISSED.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Index(page, "| fanbench |") > strings.Index(page, "| fortio |") {
		t.Error("generators are not in their order")
	}
}

// TestSmallRun has fanbench send some hundred requests, and judges no time.
func TestSmallRun(t *testing.T) {
	p := plan{rates: []float64{200}, more: []float64{100}, turns: 1, beyond: 1, window: time.Second, slow: time.Second, warmup: 500 * time.Millisecond, latency: time.Millisecond}
	dir := t.TempDir()
	var tables, log bytes.Buffer
	if err := p.run(t.Context(), dir, ours+",oha", &tables, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	r, err := readResults(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Cells) != 4 || len(r.Missing) != 1 {
		t.Fatalf("%d cells, %v missing", len(r.Cells), r.Missing)
	}
	for _, c := range r.Cells {
		if len(c.Turns) != 1 || c.Turns[0].Planned == 0 || c.Turns[0].Received != c.Turns[0].Planned {
			t.Errorf("%s, %v/s: %+v", c.Process, c.Rate, c.Turns)
		}
	}
	for _, name := range []string{"page.md", "load-generator.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 500 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := run(t.Context(), []string{"-from", filepath.Join(dir, "results.json"), "-out", again}, &log, &log); err != nil {
		t.Error(err)
	}
	for name, args := range map[string][]string{"nosuch": {"-generators", "nosuch"}, "-turns": {"-turns", "0"}, "no such file": {"-from", filepath.Join(dir, "none")}} {
		if err := run(t.Context(), args, &log, &log); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

// What is written is read again as it was.
func TestResultsAreKept(t *testing.T) {
	r := planted()
	dir := t.TempDir()
	var out bytes.Buffer
	if err := r.write(dir, &out); err != nil {
		t.Fatal(err)
	}
	again, err := readResults(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(r)
	b, _ := json.Marshal(again)
	if !bytes.Equal(a, b) || again.markdown() != r.markdown() {
		t.Error("they differ")
	}
}
