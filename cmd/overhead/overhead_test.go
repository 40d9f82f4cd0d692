package main

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/strategies"
)

func TestMain(m *testing.M) {
	bench.ServeIfWorker()
	os.Exit(m.Run())
}

func TestEveryStrategyIsMeasuredAndDrawn(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // otherwise every worker waits a second before it ends
	out := t.TempDir()
	if err := overhead(out, 200, 1); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(out, "overhead.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dy() < 400 {
		t.Errorf("the chart: %v", err)
	}
}

func TestIsolationIsMeasured(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	if err := isolated(t.TempDir(), 2); err != nil {
		t.Fatal(err)
	}
}

func TestTheWidthIsSet(t *testing.T) {
	for text, want := range map[string]string{
		"fixed-pool": "fixed-pool:workers=64", "sequential": "sequential", "detached": "detached:grace=2s", "errgroup": "errgroup",
		"two-level": "two-level:batch=64,process=64",
	} {
		c, err := strategies.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if widen(c); c.String() != want {
			t.Errorf("%s: %s, want %s", text, c, want)
		}
	}
}
