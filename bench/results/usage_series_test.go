package results

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/machine"

	"pgregory.net/rapid"
)

// A recording is read as it was written, its series each in order.
func TestRecordingIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r UsageSeries
		number := rapid.Int64Range(0, 1<<40)
		at := rapid.Int64Range(0, 100) // few, so that some are equal
		for range rapid.IntRange(0, 20).Draw(t, "outside") {
			r.Process = append(r.Process, machine.ProcessSample{At: time.Duration(at.Draw(t, "at")), Threads: number.Draw(t, "threads"), RSS: number.Draw(t, "rss"), CPU: time.Duration(number.Draw(t, "cpu"))})
		}
		for range rapid.IntRange(0, 20).Draw(t, "inside") {
			r.Runtime = append(r.Runtime, machine.RuntimeSample{At: time.Duration(at.Draw(t, "at")), Goroutines: number.Draw(t, "goroutines"), GCs: number.Draw(t, "gcs")})
		}
		slices.SortStableFunc(r.Process, func(a, b machine.ProcessSample) int { return int(a.At - b.At) })
		slices.SortStableFunc(r.Runtime, func(a, b machine.RuntimeSample) int { return int(a.At - b.At) })
		got, err := decodeUsage(bytes.NewReader(r.encode()))
		if err != nil || !slices.Equal(got.Process, r.Process) || !slices.Equal(got.Runtime, r.Runtime) {
			t.Fatalf("wrote %+v, read %+v (%v)", r, got, err)
		}
	})
}

func TestRecordingsThatCannotBeRead(t *testing.T) {
	const head = "at_ns,threads,rss_bytes,cpu_ns,goroutines,gcs\n"
	for text, want := range map[string]string{
		"":                      "EOF",
		"at,threads\n":          "its columns are",
		head + "1,2,3\n":        "wrong number of fields",
		head + "1,2,x,4,,\n":    "line 2: rss_bytes",
		head + "1,,,,many,0\n":  "line 2: goroutines",
		head + "1,2,3,4,,\n5\n": "line 3",
	} {
		if _, err := decodeUsage(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
