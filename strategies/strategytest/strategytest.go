// Package strategytest checks that a strategy does what every strategy must, and
// what its traits declare. In a test function of its own:
//
//	func TestConformance(t *testing.T) {
//		c, err := strategies.Parse("my-strategy:workers=4")
//		if err != nil {
//			t.Fatal(err)
//		}
//		strategytest.Conform(t, c)
//	}
//
// What is checked: every task of batches of 0, 1, 2 and 100 is done exactly once, by
// one value after another; no goroutine is left after Close; the width is reached and
// never exceeded, and so is the limit of batches that overlap, where Run may be called
// concurrently; and every trait, by making it happen. (Adaptive alone is taken at its
// word: it waives that the width is reached.)
//
// It happens in a child process, the test binary executed anew, because some answers
// are a crash or a hang; and in the fake time of testing/synctest, so that a hang
// shows at once and no figure depends on the machine.
package strategytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// Conform checks each choice in a parallel subtest. Call it first thing in a test
// function at top level: the child process runs that function to get here.
func Conform(t *testing.T, choices ...strategies.Choice) {
	serveChild(t)
	for _, c := range choices {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			problems, err := check(c, rootName(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
}

const (
	childVariable = "FANBENCH_STRATEGYTEST"
	linePrefix    = "strategytest: "

	// realLimit ends a child that hangs where fake time cannot see it, in a busy loop
	// or on a lock.
	realLimit = time.Minute
)

// order tells a child which probe to run. It is one probe, because libraries keep state that
// two bubbles of fake time must not share.
type order struct{ Choice, Probe string }

// serveChild returns at once unless this process is a child. In a child it runs the ordered
// probe, writes the observations, and ends the process.
func serveChild(t *testing.T) {
	text, ok := os.LookupEnv(childVariable)
	if !ok {
		return
	}
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	c, err := strategies.Parse(o.Choice)
	if err != nil {
		t.Fatal(err)
	}
	runProbe(t, c, o.Probe)
	os.Exit(0)
}

// check runs all probes on a choice and returns what is wrong with it. root is the test
// function that the children run.
func check(c strategies.Choice, root string) ([]string, error) {
	seen := map[string][]probe.Observation{}
	for _, p := range probe.Probes(fake) {
		if !p.Judged() {
			continue
		}
		got, err := runChild(order{c.String(), p.Name}, root)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c, p.Name, err)
		}
		seen[p.Name] = got
	}
	return judge(c, seen), nil
}

// runChild runs a probe in a child and returns an observation for each batch. A child that
// the strategy crashed or hung returns one observation.
func runChild(o order, root string) ([]probe.Observation, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), realLimit)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+root+"$")
	child.Env = append(os.Environ(), childVariable+"="+string(text),
		"GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0") // else a second each under -race
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	err = child.Run()
	switch {
	case ctx.Err() != nil:
		return []probe.Observation{{End: string(strategies.Hangs)}}, nil
	case err != nil && strings.Contains(stderr.String(), "panic: "+probe.PanicValue):
		return []probe.Observation{{End: string(strategies.Crashes)}}, nil
	case err != nil:
		return nil, fmt.Errorf("the child process: %w\n%s%s", err, stdout.Bytes(), stderr.Bytes())
	}
	for line := range strings.Lines(stdout.String()) {
		if text, ok := strings.CutPrefix(line, linePrefix); ok {
			var seen []probe.Observation
			err := json.Unmarshal([]byte(text), &seen)
			return seen, err
		}
	}
	return nil, errors.New("the child process saw nothing: call Conform first thing in a test function at top level")
}

func rootName(t *testing.T) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}
