package bench

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

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/seal"
)

// Recording is what a strategy's process used while one trial went on, both series in
// the order of time. It is made of warm-up trials only: looking costs time.
type Recording struct {
	Outside []Outside // what the system told the conductor; none where it tells nothing (Linux does)
	Inside  []Inside  // what the worker told of itself; none from a worker that does not
}

func (r Recording) empty() bool { return len(r.Outside) == 0 && len(r.Inside) == 0 }

// recordingHead names the columns of a recording's file. A line is a sample of either
// kind; the columns of the other are empty.
var recordingHead = []string{"at_ns", "threads", "rss_bytes", "cpu_ns", "goroutines", "gcs"}

// encode writes the recording as CSV, its lines in the order of time.
func (r Recording) encode() []byte {
	type line struct {
		at   time.Duration
		cell []string
	}
	var lines []line
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, s := range r.Outside {
		lines = append(lines, line{s.At, []string{number(int64(s.At)), number(s.Threads), number(s.RSS), number(int64(s.CPU)), "", ""}})
	}
	for _, s := range r.Inside {
		lines = append(lines, line{s.At, []string{number(int64(s.At)), "", "", "", number(s.Goroutines), number(s.GCs)}})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(a.at - b.at) })
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(recordingHead) // writing to a buffer cannot fail
	for _, l := range lines {
		_ = w.Write(l.cell)
	}
	w.Flush()
	return out.Bytes()
}

// decodeRecording reads what encode wrote.
func decodeRecording(text io.Reader) (Recording, error) {
	rows := csv.NewReader(text)
	head, err := rows.Read()
	if err != nil {
		return Recording{}, fmt.Errorf("reading its first line: %w", err)
	}
	if !slices.Equal(head, recordingHead) {
		return Recording{}, fmt.Errorf("its columns are %q, not %q", head, recordingHead)
	}
	var r Recording
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
				bad = errors.Join(bad, fmt.Errorf("line %d: %s: %w", line, recordingHead[column], err))
			}
			return v
		}
		if row[1] != "" {
			r.Outside = append(r.Outside, Outside{time.Duration(n(0)), n(1), n(2), time.Duration(n(3))})
		} else {
			r.Inside = append(r.Inside, Inside{time.Duration(n(0)), n(4), n(5)})
		}
		if bad != nil {
			return r, bad
		}
	}
}

// Recording reads the recording of one of the run's trials. One that has none is empty.
func (r *Run) Recording(t Trial) (Recording, error) {
	if t.Recording == "" {
		return Recording{}, nil
	}
	path := filepath.Join(r.Dir, filepath.FromSlash(t.Recording))
	if r.damaged[t.Recording] {
		return Recording{}, fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	text, err := plainfile.Read(path, plainfile.MaxRun)
	if err != nil {
		return Recording{}, fmt.Errorf("reading a recording: %w", err)
	}
	rec, err := decodeRecording(bytes.NewReader(text))
	if err != nil {
		return Recording{}, fmt.Errorf("reading a recording: %s: %w", path, err)
	}
	return rec, nil
}

// addRecording writes a trial's recording, and names the file in the trial.
func (w *runWriter) addRecording(t *Trial, r Recording) error {
	name := recordingPath(t.Scenario, t.Strategy, t.Round)
	path := filepath.Join(w.run.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing a recording: %w", err)
	}
	text := r.encode()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing a recording: %w", errors.Join(err, os.Remove(path)))
	}
	t.Recording, t.RecordingSum = name, seal.Sum(text)
	return nil
}
