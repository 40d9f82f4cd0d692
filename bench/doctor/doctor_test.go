package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
)

// drifting is a Trial that takes no time and tells of a machine that gets slower, with a
// little noise.
func drifting(perTrial, sigma float64) Trial {
	random := rand.New(rand.NewPCG(7, 7))
	at := 0.0
	return func(context.Context) (time.Duration, error) {
		at++
		return time.Duration(1e6 * (1 + perTrial*at) * math.Exp(sigma*random.NormFloat64())), nil
	}
}

func TestInterleavingSurvivesDriftAndBlocksDoNot(t *testing.T) {
	aa, err := testAA(t.Context(), Options{Rounds: 20, Comparisons: 100}, drifting(0.001, 0.005), func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if aa.Interleaved.Of != 100 || aa.Interleaved.Different > 12 || aa.Blocked.Different < 50 {
		t.Errorf("interleaved %v, blocked %v", aa.Interleaved, aa.Blocked)
	}
	if aa.Detectable < 0.003 || aa.Detectable > 0.02 {
		t.Errorf("detectable %v", aa.Detectable)
	}
}

func TestTheTimeIsUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	n := 0
	trial := func(context.Context) (time.Duration, error) {
		if n++; n > 100 {
			return 0, context.DeadlineExceeded
		}
		return time.Millisecond, nil
	}
	aa, err := testAA(ctx, Options{Rounds: 10, Comparisons: 50}, trial, func(int) {})
	if err != nil || aa.Interleaved.Of != 2 || aa.Blocked.Of != 2 {
		t.Errorf("%v, %+v", err, aa)
	}
	cancel(nil)
	if _, err := testAA(ctx, Options{Rounds: 10, Comparisons: 50}, drifting(0, 0), func(int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := errors.New("broken")
	if _, err := testAA(t.Context(), Options{Rounds: 1, Comparisons: 1}, func(context.Context) (time.Duration, error) { return 0, broken }, func(int) {}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestSchedules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	p, b := pairs(random, 50), blocks(random, 50)
	changes := 0
	for i := 0; i < 100; i += 2 {
		if p[i] == p[i+1] {
			t.Errorf("pair %d has one side twice", i/2)
		}
		if i > 0 && p[i] != p[i-2] {
			changes++
		}
	}
	if changes < 10 || changes > 40 {
		t.Errorf("the order of the pairs changed %d times", changes)
	}
	for i := range 50 {
		if b[i] != b[0] || b[50+i] == b[0] {
			t.Fatal("a block is mixed")
		}
	}
}

// healthy is a machine without a fault.
func healthy() *Diagnosis {
	return &Diagnosis{
		Schema:      Schema,
		Environment: bench.Environment{CPU: "x", CPUs: 8, GOMAXPROCS: 8, Governor: "performance", LoadBefore: 0.5, OS: "linux", Go: "go1"},
		Clock:       Clock{Source: "tsc", Reading: 40, Resolution: 20, SleepLate: Tail{60e3, 300e3}},
		Scheduler:   Scheduler{Tail{200, 2e3}},
		Noise:       Noise{Spread: 0.01, Tail: 0.1},
		Limits:      Limits{Files: 65536, Ports: 28000},
		AA:          AA{Rounds: 20, Interleaved: Rate{Different: 3, Of: 50, Low: .02, High: .16}, Blocked: Rate{Different: 4, Of: 50, Low: .03, High: .19}, Detectable: 0.01},
	}
}

func TestFindings(t *testing.T) {
	for _, f := range healthy().findings() {
		if f.Level != Fine || f.Advice != "" || f.Figure == "" {
			t.Errorf("of a healthy machine: %+v", f)
		}
	}
	for name, c := range map[string]struct {
		spoil func(*Diagnosis)
		level Level
	}{
		"clock":                   {func(d *Diagnosis) { d.Clock.Reading = 900 }, Unusual},
		"sleep":                   {func(d *Diagnosis) { d.Clock.SleepLate.P50 = 15 * time.Millisecond }, Unfit},
		"scheduler":               {func(d *Diagnosis) { d.Scheduler.Wake.P99 = time.Millisecond }, Unusual},
		"noise":                   {func(d *Diagnosis) { d.Noise.Drift = -0.3 }, Unusual},
		"steal":                   {func(d *Diagnosis) { d.Noise.Steal = 0.5 }, Unfit},
		"load":                    {func(d *Diagnosis) { d.Environment.LoadBefore = 9 }, Unusual},
		"governor":                {func(d *Diagnosis) { d.Environment.Governor = "powersave" }, Unusual},
		"quota":                   {func(d *Diagnosis) { d.Limits.Quota = 1.5 }, Unusual},
		"files":                   {func(d *Diagnosis) { d.Limits.Files = 1024 }, Unusual},
		"ports":                   {func(d *Diagnosis) { d.Limits.Ports = 100 }, Unusual},
		"A/A interleaved":         {func(d *Diagnosis) { d.AA.Interleaved.Low = 0.06 }, Unfit},
		"A/A one after the other": {func(d *Diagnosis) { d.AA.Blocked.Low = 0.3 }, Unusual},
		"sensitivity":             {func(d *Diagnosis) { d.AA.Detectable = 0.2 }, Unusual},
	} {
		d := healthy()
		c.spoil(d)
		found := false
		for _, f := range d.findings() {
			if f.Name != name {
				if f.Level != Fine {
					t.Errorf("%s: also %+v", name, f)
				}
				continue
			}
			found = true
			if f.Level != c.level || f.Advice == "" {
				t.Errorf("%+v, want %s", f, c.level)
			}
		}
		if !found {
			t.Errorf("there is no finding %q", name)
		}
	}
}

func TestNoise(t *testing.T) {
	took := make([]float64, 200)
	for i := range took {
		took[i] = 1e6 * (1 + 0.1*float64(i)/200)
	}
	if n := newNoise(took); n.Drift < 0.08 || n.Drift > 0.12 || n.Spread < 0.03 || n.Tail < 0.03 {
		t.Errorf("got %+v", n)
	}
	if n := newNoise(nil); n != (Noise{}) {
		t.Errorf("of nothing: %+v", n)
	}
}

func TestRates(t *testing.T) {
	var r Rate
	if r.String() != "not tested" {
		t.Errorf("got %q", r)
	}
	for i := range 20 {
		v := stat.Undecided
		if i < 3 {
			v = stat.Faster
		}
		r.count(v)
	}
	// R: prop.test(3, 20, correct = FALSE)
	if math.Abs(r.Low-0.0524) > 5e-4 || math.Abs(r.High-0.3604) > 5e-4 || r.String() != "3 of 20, 15% [5%, 36%]" {
		t.Errorf("got %+v, %s", r, r)
	}
}

func TestOutput(t *testing.T) {
	d := healthy()
	d.Limits.Files = 256
	d.Findings = d.findings()
	var text, raw bytes.Buffer
	if err := errors.Join(d.Text(&text), d.JSON(&raw)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"warning  files", "-> every connection takes a file", "Fit to measure ratios, with 1 reservations."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	var again Diagnosis
	if err := json.Unmarshal(raw.Bytes(), &again); err != nil || len(again.Findings) != len(d.Findings) || again.Schema != Schema {
		t.Errorf("%v, %+v", err, again)
	}
}

// All of it for real, but for the batch.
func TestExamine(t *testing.T) {
	var steps []string
	d, err := Examine(t.Context(), Options{Rounds: 2, Comparisons: 2, Repeat: 20, Limit: time.Minute, Trial: drifting(0, 0.01), Progress: func(s string) { steps = append(steps, s) }})
	if err != nil {
		t.Fatal(err)
	}
	if d.Clock.Reading <= 0 || d.Clock.Resolution > time.Second || d.Scheduler.Wake.P50 <= 0 || d.AA.Interleaved.Of != 2 || len(steps) < 4 || d.AA.Detectable != 0 {
		t.Errorf("%+v, steps %q", d, steps)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Examine(ctx, Quick); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestABatchAgainstAServer(t *testing.T) {
	trial, closeTrial, err := batchTrial()
	if err != nil {
		t.Fatal(err)
	}
	defer closeTrial()
	if took, err := trial(t.Context()); err != nil || took <= 0 {
		t.Errorf("%v, %v", took, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := trial(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
