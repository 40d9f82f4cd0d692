package results

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/seal"
)

// UsageSeries is the usage of a strategy's process during one trial, both series in the
// order of time. Only warm-up trials have it, because sampling costs time.
type UsageSeries struct {
	Process []machine.ProcessSample // what the system told the coordinator; none where it tells nothing (Linux does)
	Runtime []machine.RuntimeSample // what the worker told of itself; none from a worker that does not
}

func (r UsageSeries) Empty() bool { return len(r.Process) == 0 && len(r.Runtime) == 0 }

// usageHead names the columns of a recording's file. A line is a sample of either
// kind; the columns of the other are empty.
var usageHead = []string{"at_ns", "threads", "rss_bytes", "cpu_ns", "goroutines", "gcs"}

// encode writes the recording as CSV, its lines in the order of time.
func (r UsageSeries) encode() []byte {
	type line struct {
		at   time.Duration
		cell []string
	}
	var lines []line
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, s := range r.Process {
		lines = append(lines, line{s.At, []string{number(int64(s.At)), number(s.Threads), number(s.RSS), number(int64(s.CPU)), "", ""}})
	}
	for _, s := range r.Runtime {
		lines = append(lines, line{s.At, []string{number(int64(s.At)), "", "", "", number(s.Goroutines), number(s.GCs)}})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(a.at - b.at) })
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(usageHead) // writing to a buffer cannot fail
	for _, l := range lines {
		_ = w.Write(l.cell)
	}
	w.Flush()
	return out.Bytes()
}

// decodeUsage reads what encode wrote.
func decodeUsage(text io.Reader) (UsageSeries, error) {
	rows := csv.NewReader(text)
	head, err := rows.Read()
	if err != nil {
		return UsageSeries{}, fmt.Errorf("reading its first line: %w", err)
	}
	if !slices.Equal(head, usageHead) {
		return UsageSeries{}, fmt.Errorf("its columns are %q, not %q", head, usageHead)
	}
	var r UsageSeries
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		var bad error
		n := func(column int) int64 {
			v, err := strconv.ParseInt(row[column], 10, 64)
			if err != nil {
				line, _ := rows.FieldPos(column)
				bad = errors.Join(bad, fmt.Errorf("line %d: %s: %w", line, usageHead[column], err))
			}
			return v
		}
		if row[1] != "" {
			r.Process = append(r.Process, machine.ProcessSample{At: time.Duration(n(0)), Threads: n(1), RSS: n(2), CPU: time.Duration(n(3))})
		} else {
			r.Runtime = append(r.Runtime, machine.RuntimeSample{At: time.Duration(n(0)), Goroutines: n(4), GCs: n(5)})
		}
		if bad != nil {
			return r, bad
		}
	}
}

// UsageSeries reads the recording of a trial. It is empty if the trial has none.
func (r *Run) UsageSeries(t Trial) (UsageSeries, error) {
	if t.UsageFile == "" {
		return UsageSeries{}, nil
	}
	path := filepath.Join(r.Dir, filepath.FromSlash(t.UsageFile))
	if r.damaged[t.UsageFile] {
		return UsageSeries{}, fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	text, err := plainfile.Read(path, plainfile.MaxRun)
	if err != nil {
		return UsageSeries{}, fmt.Errorf("reading a recording: %w", err)
	}
	rec, err := decodeUsage(bytes.NewReader(text))
	if err != nil {
		return UsageSeries{}, fmt.Errorf("reading a recording: %s: %w", path, err)
	}
	return rec, nil
}

// AddUsageSeries writes a trial's recording, and names the file in the trial.
func (w *Writer) AddUsageSeries(t *Trial, r UsageSeries) error {
	name := usagePath(t.Scenario, t.Strategy, t.Round)
	path := filepath.Join(w.Run.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing a recording: %w", err)
	}
	text := r.encode()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing a recording: %w", errors.Join(err, os.Remove(path)))
	}
	t.UsageFile, t.UsageSum = name, seal.Sum(text)
	return nil
}
