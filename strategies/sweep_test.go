package strategies

import (
	"slices"
	"strings"
	"testing"
)

func TestParseSweep(t *testing.T) {
	for text, want := range map[string]string{
		"sequential":                    "sequential",
		"fixed-pool:workers=4":          "4",
		"fixed-pool:workers=1..64":      "1 2 4 8 16 32 64",
		"fixed-pool:workers=3..20":      "3 6 12 20",
		"fixed-pool:workers=1..2":       "1 2",
		"fixed-pool:workers=1..10+3":    "1 4 7 10",
		"fixed-pool:workers=1..10+5":    "1 6 10",
		"fixed-pool:workers=4..5+1":     "4 5",
		" fixed-pool: workers = 1..4 ":  "1 2 4",
		"fixed-pool:workers=2..1000000": "2 4 8 16 32 64 128 256 512 1024 2048 4096 8192 16384 32768 65536 131072 262144 524288 1000000",
		"test-kinds:count=1..2,pause=10ms..40ms": "test-kinds:count=1,pause=10ms,share=95% test-kinds:count=1,pause=20ms,share=95% test-kinds:count=1,pause=40ms,share=95% " +
			"test-kinds:count=2,pause=10ms,share=95% test-kinds:count=2,pause=20ms,share=95% test-kinds:count=2,pause=40ms,share=95%",
		"test-kinds:pause=10ms..12ms+1ms": "test-kinds:count=8,pause=10ms,share=95% test-kinds:count=8,pause=11ms,share=95% test-kinds:count=8,pause=12ms,share=95%",
		"test-kinds:share=30%..50%+10%":   "test-kinds:count=8,pause=1s,share=30% test-kinds:count=8,pause=1s,share=40% test-kinds:count=8,pause=1s,share=50%",
	} {
		list, err := ParseSweep(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []string
		for _, c := range list {
			got = append(got, strings.TrimPrefix(c.String(), "fixed-pool:workers="))
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, g, want)
		}
	}
}

func TestParseSweepErrors(t *testing.T) {
	for text, want := range map[string]string{
		"fixed-pool:workers=64..1":               "fixed-pool: workers=64..1: a range goes upwards; write 1..64",
		"fixed-pool:workers=4..4":                "fixed-pool: workers=4..4: a range of one value; write 4",
		"fixed-pool:workers=0..x":                "fixed-pool: workers=0: out of range; workers takes 1..1000000\nfixed-pool: workers=x: not a whole number; workers takes 1..1000000",
		"fixed-pool:workers=1..2000000":          "fixed-pool: workers=2000000: out of range; workers takes 1..1000000",
		"fixed-pool:workers=1..8+0":              `fixed-pool: workers=1..8+0: step "0": it is not above 0`,
		"fixed-pool:workers=1..8+":               `fixed-pool: workers=1..8+: step "": not a whole number`,
		"fixed-pool:workers=1..8*2":              "fixed-pool: workers=8*2: not a whole number; workers takes 1..1000000",
		"fixed-pool:workers=1..1000+1":           "fixed-pool: workers=1..1000+1: more than 100 values; take larger steps or a narrower range",
		"fixed-pool:workers=1..64+1,buffer=1..2": "fixed-pool:workers=1..64+1,buffer=1..2: 128 strategies in one sweep are too many; leave it at 100, by larger steps or a narrower range",
		"adaptive-aimd:max=2..16":                "adaptive-aimd: initial=8 is above max=2\nadaptive-aimd: initial=8 is above max=4",
		"fixed-pool:workers=9..1,bufer=1":        "fixed-pool: workers=9..1: a range goes upwards; write 1..9\nfixed-pool: unknown parameter \"bufer\"; did you mean \"buffer\"? (known: workers, buffer)",
	} {
		list, err := ParseSweep(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %v, %v\nwant %s", text, list, err, want)
		}
	}
}

// Where one strategy is wanted, a sweep is refused by name.
func TestParseRefusesASweep(t *testing.T) {
	_, err := Parse("fixed-pool:workers=1..8")
	if want := "fixed-pool:workers=1..8 are 4 strategies, fixed-pool:workers=1 to fixed-pool:workers=8: name one of them"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestASweepFromZeroTakesSteps(t *testing.T) {
	p := Param{Name: "pause", Kind: Duration, Max: 1e9}
	if _, err := p.values("0s..4ms"); err == nil || !strings.Contains(err.Error(), "as in 0s..4ms+4ms") {
		t.Errorf("got %v", err)
	}
	if got, err := p.values("0s..4ms+2ms"); err != nil || !slices.Equal(got, []int64{0, 2e6, 4e6}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func FuzzParseSweep(f *testing.F) {
	for _, text := range []string{"fixed-pool:workers=1..64", "fixed-pool:workers=1..9+2,buffer=1..3", "test-kinds:pause=1ms..1h,share=5%..9%+1%", "fixed-pool:workers=..+"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseSweep(text)
		if err != nil {
			return
		}
		if len(list) == 0 || len(list) > MaxSweep {
			t.Fatalf("%q is %d strategies", text, len(list))
		}
		seen := map[string]bool{}
		for _, c := range list {
			again, err := Parse(c.String())
			if err != nil || again.String() != c.String() {
				t.Fatalf("%q has %s, which parses to %v, %v", text, c, again, err)
			}
			if seen[c.String()] {
				t.Fatalf("%q has %s twice", text, c)
			}
			seen[c.String()] = true
		}
	})
}
