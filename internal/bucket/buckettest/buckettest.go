// Package buckettest holds what every storage of shards has to pass. It may import all that a
// run is made of.
package buckettest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/bucket"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/internal/seal"
	"github.com/fanbench/fanbench/strategies"
	_ "github.com/fanbench/fanbench/strategies/all" // registers the strategy of Run
)

// Run makes the run of a shard that holds one trial a round, as a measurement writes it.
func Run(t *testing.T, shard results.Shard, seed uint64) *results.Run {
	t.Helper()
	s, err := scenario.Decode("made.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: 2}\nstrategies: [errgroup]\nmeasure: {rounds: 4, warmup: 0}\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.Measure.Seed = seed
	dir := filepath.Join(t.TempDir(), "run")
	planned, err := results.NewPlanned(s.Resolved(false), dir, shard)
	if err != nil {
		t.Fatal(err)
	}
	w, err := results.Create(dir, results.Manifest{Schema: results.SchemaVersion, Fanbench: "test", Status: results.RunRunning, Reasons: []string{}, Warnings: []string{}, Shard: shard, Started: time.Unix(1e9, 0).UTC(), Scenarios: []results.Planned{planned}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "logs", "made.log"), []byte("said\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, round := range planned.Plan.Rounds {
		records := []strategies.Record{{End: 1e6, Runs: 1, Outcome: strategies.OK}, {End: 2e6, Runs: 1, Outcome: strategies.OK}}
		trial := results.Trial{Scenario: "made", Strategy: "errgroup", Seq: i, Round: round.Number, Returned: 2e6, Records: results.RecordsPath("made", "errgroup", round.Number), RecordsSum: seal.Sum(recordfile.Bytes(records))}
		trial.Judge(records)
		file := filepath.Join(dir, filepath.FromSlash(trial.Records))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), recordfile.CreateWith(file, records), w.AddTrial(trial, records)); err != nil {
			t.Fatal(err)
		}
	}
	w.Run.Ended = time.Unix(1e9+1, 0).UTC()
	w.Run.Conclude(nil)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(dir)
	if err != nil || len(run.Findings) > 0 || run.Status != results.RunComplete {
		t.Fatalf("%v, %+v", err, run)
	}
	return run
}

// Shard is a shard of two.
func Shard(index int, attempt string) results.Shard {
	return results.Shard{Index: index, Of: 2, Attempt: attempt}
}

// RoundTrip uploads the shards of a run, among attempts that do not count, and merges them.
func RoundTrip(t *testing.T, b *bucket.Bucket) {
	t.Helper()
	told := int64(0)
	if err := b.Upload(t.Context(), Run(t, Shard(0, "a"), 1), func(sent, all int64) { told = all - sent }); err != nil || told != 0 {
		t.Fatalf("%v, %d bytes were not told of", err, told)
	}
	if m, err := b.Complete(t.Context(), Shard(1, "")); err != nil || m != nil {
		t.Fatalf("shard 1 is complete: %+v, %v", m, err)
	}
	if err := b.Upload(t.Context(), Run(t, Shard(1, "b"), 1), nil); err != nil {
		t.Fatal(err)
	}
	var complete *bucket.CompleteError
	if err := b.Upload(t.Context(), Run(t, Shard(1, "late"), 1), nil); !errors.As(err, &complete) || complete.Shard.Attempt != "b" {
		t.Errorf("a second attempt: %v", err)
	}
	if err := b.Upload(t.Context(), Run(t, Shard(1, "other"), 2), nil); err == nil || !strings.Contains(err.Error(), "another measurement") || !strings.Contains(err.Error(), "here:  fanbench test; made, seed 2") {
		t.Errorf("a shard of another seed: %v", err)
	}
	found, err := b.Download(t.Context(), t.TempDir())
	if err != nil || len(found.Sources) != 2 || len(found.Notes) != 2 || !strings.Contains(found.Notes[0], "attempt late is left out, because another one completed") {
		t.Fatalf("%v, %+v", err, found)
	}
	run, err := results.Merge(results.MergeOptions{Dir: filepath.Join(t.TempDir(), "merged"), Warnings: found.Notes}, found.Sources)
	if err != nil || run.Status != results.RunComplete || len(run.Trials) != 4 || run.Parts[1].Attempt != "b" || run.Warnings[0] != found.Notes[0] {
		t.Errorf("%v, %+v", err, run)
	}
	if text, err := os.ReadFile(filepath.Join(run.Dir, "logs", "shard-1", "made.log")); err != nil || string(text) != "said\n" {
		t.Errorf("the log: %q, %v", text, err)
	}
}

// Race has many attempts at a shard end at the same time: one of them counts.
func Race(t *testing.T, b *bucket.Bucket) {
	t.Helper()
	var racing sync.WaitGroup
	outcomes := make([]error, 8)
	for i := range outcomes {
		run := Run(t, Shard(0, fmt.Sprintf("racer-%d", i)), 1)
		racing.Go(func() { outcomes[i] = b.Upload(t.Context(), run, nil) })
	}
	racing.Wait()
	m, err := b.Complete(t.Context(), Shard(0, ""))
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	won := 0
	for i, err := range outcomes {
		var complete *bucket.CompleteError
		switch {
		case err == nil && m.Shard.Attempt == fmt.Sprintf("racer-%d", i):
			won++
		case !errors.As(err, &complete) || complete.Shard != m.Shard:
			t.Errorf("attempt %d: %v, but %s counts", i, err, m.Shard.Attempt)
		}
	}
	if won != 1 {
		t.Errorf("%d attempts count", won)
	}
}
