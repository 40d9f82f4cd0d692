package strategies

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// testSpec has a parameter of every kind.
var testSpec = Spec{
	Name: "test-kinds",
	Params: []Param{
		{Name: "count", Default: 8, Min: 1, Max: 100},
		{Name: "pause", Kind: Duration, Default: int64(time.Second), Min: int64(time.Millisecond), Max: int64(time.Hour)},
		{Name: "share", Kind: Percent, Default: 95, Min: 1, Max: 99},
		{Name: "cap", Optional: true, Min: 1, Max: 100},
	},
	Check: func(p Params) error {
		if p.Int("cap") > p.Int("count") {
			return fmt.Errorf("cap=%d is above count=%d", p.Int("cap"), p.Int("count"))
		}
		return nil
	},
	Width:  func(p Params) int { return p.Int("cap") },
	Traits: Traits{Reports: ReportsNone, OnError: RunsAll, OnPanic: Crashes, OnCancel: IgnoresCancel, OnGoexit: Swallowed},
	New:    func(Params) (Strategy, error) { return Func(sequential), nil },
}

func init() { Register(testSpec) }

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"test-kinds":                        "test-kinds:count=8,pause=1s,share=95%",
		" test-kinds:cap=3 , count = 4":     "test-kinds:count=4,pause=1s,share=95%,cap=3",
		"test-kinds:pause=1500ms,share=50%": "test-kinds:count=8,pause=1.5s,share=50%",
		"sequential":                        "sequential",
		"errgroup":                          "errgroup",
		"errgroup:limit=8":                  "errgroup:limit=8",
	} {
		c, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := c.String(); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	c, err := Parse("test-kinds:pause=20ms")
	if err != nil {
		t.Fatal(err)
	}
	if n, d, f := c.Params.Int("count"), c.Params.Duration("pause"), c.Params.Fraction("share"); n != 8 || d != 20*time.Millisecond || f != 0.95 {
		t.Errorf("count %d, pause %v, share %v", n, d, f)
	}
	if got := c.Params.Int("cap"); got != 0 {
		t.Errorf("an optional parameter that is not given reads as %d, want 0", got)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `unknown strategy ""`,
		"sequental":            `unknown strategy "sequental"; did you mean "sequential"?`,
		"sequential:":          `sequential: "" is not param=value`,
		"sequential:x":         `sequential: "x" is not param=value`,
		"errgroup:x=1":         `errgroup: unknown parameter "x" (known: limit)`,
		"fixed-pool:workres=4": `fixed-pool: unknown parameter "workres"; did you mean "workers"? (known: workers, buffer)`,
		"test-kinds:count=0,pause=5,share=95,cap=-1,count=2.5,cap=7,nope": strings.Join([]string{
			"test-kinds: count=0: out of range; count takes 1..100",
			"test-kinds: pause=5: not a duration with its unit; pause takes 1ms..1h0m0s",
			"test-kinds: share=95: not a whole number followed by %; share takes 1%..99%",
			"test-kinds: cap=-1: out of range; cap takes 1..100",
			"test-kinds: count=2.5: not a whole number; count takes 1..100",
			`test-kinds: "nope" is not param=value`,
		}, "\n"),
		"test-kinds:count=2,count=3":              "test-kinds: count is given twice",
		"test-kinds:count=2,cap=3":                "test-kinds: cap=3 is above count=2",
		"adaptive-aimd:max=4":                     "adaptive-aimd: initial=8 is above max=4",
		"fixed-pool:workers=99999999999999999999": "fixed-pool: workers=99999999999999999999: not a whole number; workers takes 1..1000000",
	} {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%q: no error, want %s", text, want)
		} else if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\ngot  %s\nwant %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, spec := range All() {
		f.Add(spec.Name)
	}
	f.Add("test-kinds:count=3,pause=1h,share=7%,cap=2")
	f.Add("fixed-pool:workers=4,buffer=16")
	f.Add("fixed-pool:workers=,buffer,=3:")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(c.String())
		if err != nil {
			t.Fatalf("%q parses to %s, which does not: %v", text, c, err)
		}
		if again.String() != c.String() {
			t.Fatalf("%q parses to %s, which parses to %s", text, c, again)
		}
		for _, p := range c.Spec.Params {
			if v, given := c.Params[p.Name]; given && (v < p.Min || v > p.Max) {
				t.Fatalf("%q: %s=%d is not in %s", text, p.Name, v, p.Range())
			}
		}
	})
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"sequential":             1,
		"fixed-pool":             8,
		"fixed-pool:workers=200": 100,
		"goroutine-per-task":     100,
		"errgroup":               100,
		"errgroup:limit=3":       3,
	} {
		c, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Width(100); got != want {
			t.Errorf("%s: width %d of 100 tasks, want %d", text, got, want)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	usable := func(change func(*Spec)) Spec {
		s := Spec{Name: "test-refused", New: testSpec.New, Params: []Param{{Name: "count", Default: 1, Min: 1, Max: 2}}}
		change(&s)
		return s
	}
	for what, s := range map[string]Spec{
		"no name":           usable(func(s *Spec) { s.Name = "" }),
		"upper case":        usable(func(s *Spec) { s.Name = "Test" }),
		"a GOMAXPROCS":      usable(func(s *Spec) { s.Name = "test-8" }),
		"no constructor":    usable(func(s *Spec) { s.New = nil }),
		"taken":             usable(func(s *Spec) { s.Name = "sequential" }),
		"parameter's name":  usable(func(s *Spec) { s.Params[0].Name = "a=b" }),
		"default too large": usable(func(s *Spec) { s.Params[0].Default = 3 }),
		"below zero":        usable(func(s *Spec) { s.Params[0].Min = -1 }),
		"empty range":       usable(func(s *Spec) { s.Params[0].Max = 0 }),
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("registered %+v", s)
				}
			}()
			Register(s)
		})
	}
}

// A strategy that does not say how it behaves is refused, and told what to write.
func TestAStrategyDeclaresItsTraits(t *testing.T) {
	defer func() {
		text, _ := recover().(string)
		for _, want := range []string{"test-mute: Traits does not say Reports (ReportsAll, ", "OnGoexit (Swallowed, ", "strategytest.Run"} {
			if !strings.Contains(text, want) {
				t.Errorf("got %q, want %q", text, want)
			}
		}
		if strings.Contains(text, "OnError") {
			t.Errorf("it says OnError: %q", text)
		}
	}()
	Register(Spec{Name: "test-mute", Traits: Traits{OnError: RunsAll}, New: func(Params) (Strategy, error) { return Func(sequential), nil }})
}
