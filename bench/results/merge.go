package results

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/strategies"
)

// Source is a shard to merge.
type Source struct {
	Dir  string // its run directory
	Name string // what messages call it
}

// MergeOptions say how to merge.
type MergeOptions struct {
	Dir      string   // the run directory, which must not exist or be empty; "" for one below DefaultRuns
	Command  []string // how to repeat it, kept in run.json
	Warnings []string // what else a reader of the run should know
}

// Merge makes one run of shards.
//
//	shards   opened and verified                    OpenShard
//	  -> must be of one measurement                 differences
//	  -> one of each index, the first complete one  choose
//	  -> trials in the order of the plan            merger
//
// The run has the measured rounds of all shards and the warm-up rounds of one. Its records are
// those of the shards; bench.txt is derived anew. The same shards give the same run, in
// whatever order they are named, and that of one process that held all rounds itself: except
// for what the clocks, the machines and their warm-ups say.
//
// The error names everything that prevents it. Nothing is left on disk then.
func Merge(o MergeOptions, sources []Source) (*Run, error) {
	if len(sources) == 0 {
		return nil, errors.New("no shard to merge")
	}
	if err := CheckDir(o.Dir); err != nil {
		return nil, err
	}
	shards, err := openAll(sources)
	if err != nil {
		return nil, err
	}
	chosen, warnings := choose(shards)
	first := chosen[0].run
	planned := make([]scenario.Scenario, len(first.Scenarios))
	for i, p := range first.Scenarios {
		planned[i] = p.Scenario
	}
	dir, err := MakeDir(o.Dir, time.Now(), planned)
	if err != nil {
		return nil, err
	}
	m := merger{shards: chosen}
	run, err := m.merge(dir, o.Command, slices.Concat(o.Warnings, warnings))
	if err != nil {
		return nil, fmt.Errorf("merging: %w", errors.Join(err, os.RemoveAll(dir)))
	}
	return run, nil
}

// shard is a source that was opened.
type shard struct {
	name string
	run  *Run
}

// openAll opens the sources, and makes sure that they are of one measurement.
func openAll(sources []Source) ([]shard, error) {
	var list []shard
	var errs []error
	budget := int64(maxTrialText)
	for _, s := range sources {
		run, err := openShard(s.Dir, &budget)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
			continue
		}
		list = append(list, shard{s.Name, run})
	}
	for _, s := range list {
		if what := differences(list[0].run, s.run); len(what) > 0 {
			errs = append(errs, fmt.Errorf("%s is of another measurement than %s: %s", s.name, list[0].name, strings.Join(what, "; ")))
		}
	}
	return list, errors.Join(errs...)
}

// choose returns one shard of each index, by index: the first complete one or, if there is
// none, the first.
func choose(list []shard) (chosen []shard, warnings []string) {
	best := map[int]shard{}
	for _, s := range list {
		before, known := best[s.run.Shard.Index]
		if !known || s.run.Held() && !before.run.Held() {
			best[s.run.Shard.Index] = s
		}
	}
	for _, index := range slices.Sorted(maps.Keys(best)) {
		chosen = append(chosen, best[index])
	}
	for _, s := range list {
		if b := best[s.run.Shard.Index]; b.run != s.run {
			why := "which came first"
			if b.run.Held() && !s.run.Held() {
				why = "which is complete"
			}
			warnings = append(warnings, fmt.Sprintf("shard %v was measured more than once: %s is left out for %s, %s", s.run.Shard, s.name, b.name, why))
		}
	}
	return chosen, warnings
}

// merger writes the merged run.
type merger struct {
	shards []shard // by index
	writer *Writer
}

// mergedTrial is a trial and the run that it is from.
type mergedTrial struct {
	Trial
	from *Run
}

func (m *merger) merge(dir string, command, warnings []string) (*Run, error) {
	first := m.shards[0].run
	manifest := first.Manifest
	manifest.Schema, manifest.Shard, manifest.Command, manifest.Ended = SchemaVersion, Whole, command, time.Time{}
	manifest.Status, manifest.Reasons, manifest.Warnings, manifest.Checksums = RunRunning, []string{}, warnings, nil
	manifest.Scenarios, manifest.Parts = nil, nil
	for _, p := range first.Scenarios {
		if first.Shard.Of > 1 { // else the plan may have grown as it ran
			p.Plan = Whole.plan(p.Scenario)
		}
		manifest.Scenarios = append(manifest.Scenarios, p)
	}
	for _, s := range m.shards {
		r := s.run
		if r.Started.Before(manifest.Started) {
			manifest.Started = r.Started
		}
		manifest.Parts = append(manifest.Parts, Part{Shard: r.Shard, Status: r.Status, Started: r.Started, Ended: r.Ended, Environment: r.Environment})
	}
	trials, notes := m.trials()
	for _, t := range trials {
		if p := manifest.part(t.Round); p != nil {
			p.Trials++
		}
	}
	manifest.Warnings = append(manifest.Warnings, notes...)
	w, err := Create(dir, manifest)
	if err != nil {
		return nil, err
	}
	m.writer, w.unsynced = w, true
	if err = m.copyAll(trials); err == nil {
		m.conclude()
		w.unsynced = false
		err = errors.Join(w.trials.Sync(), w.bench.Sync())
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return Open(dir)
}

// trials returns the trials of the merged run in the order of its plan.
func (m *merger) trials() (out []mergedTrial, notes []string) {
	by := map[string][]mergedTrial{} // scenario
	for _, p := range m.shards[0].run.Scenarios {
		from := m.warmups(p.Scenario)
		for i, s := range m.shards {
			for _, t := range s.run.Trials {
				if t.Scenario == p.Scenario.Name && (!t.Warmup() || from[t.Strategy] == i) {
					by[t.Scenario] = append(by[t.Scenario], mergedTrial{t, s.run})
				}
			}
		}
		for _, c := range p.Scenario.Strategies {
			if i := from[c.String()]; i > 0 {
				notes = append(notes, fmt.Sprintf("%s: the warm-up of %s is that of shard %v, because it failed there", p.Scenario.Name, c, m.shards[i].run.Shard))
			}
		}
		slices.SortStableFunc(by[p.Scenario.Name], func(a, b mergedTrial) int {
			return cmp.Or(cmp.Compare(place(a.Round), place(b.Round)), cmp.Compare(a.Slot, b.Slot))
		})
		out = append(out, by[p.Scenario.Name]...)
	}
	return out, notes
}

// place is that of a round in the plan. Warm-ups are numbered -1, -2, ... in the order in which
// they run.
func place(round int) int {
	if round < 0 {
		return -round
	}
	return scenario.MaxRounds + round
}

// warmups returns, by strategy, the shard whose warm-up rounds the run has: the first in which
// they went wrong, so that it is not hidden, and otherwise the first of all.
func (m *merger) warmups(s scenario.Scenario) map[string]int {
	from := map[string]int{}
	for i := len(m.shards) - 1; i >= 0; i-- {
		for _, t := range m.shards[i].run.Trials {
			if t.Scenario == s.Name && t.Warmup() && !t.Comparable() && !t.Stopped() && !t.Unsteady() {
				from[t.Strategy] = i
			}
		}
	}
	return from
}

// copyAll writes the trials with their files.
func (m *merger) copyAll(trials []mergedTrial) error {
	for _, s := range m.shards {
		if err := m.copyLogs(s.run); err != nil {
			return err
		}
	}
	first := m.shards[0].run
	for _, name := range slices.Sorted(maps.Keys(first.Checksums)) {
		if name != trialsFile && name != BenchFile {
			if err := m.copy(first, name); err != nil {
				return err
			}
		}
	}
	if err := m.writer.WriteManifest(); err != nil { // now that it is known what it names
		return err
	}
	var sojourns []float64
	for seq, t := range trials {
		for _, name := range []string{t.Records, t.Batches, t.UsageFile} {
			if name == "" {
				continue
			}
			if err := m.copy(t.from, t.from.packed(name)); err != nil {
				return err
			}
		}
		sojourns = sojourns[:0]
		if t.InBenchText() {
			err := t.from.ScanRecords(t.Trial, func(_ int, r *strategies.Record) {
				if r.Started() > 0 {
					sojourns = append(sojourns, float64(r.Sojourn()))
				}
			})
			if err != nil {
				return err
			}
		}
		t.Seq = seq
		if err := m.writer.addTrial(t.Trial, sojourns); err != nil {
			return err
		}
	}
	return nil
}

// copy copies a file of a shard to the same place in the run.
func (m *merger) copy(from *Run, name string) error {
	return m.copyTo(from, name, name)
}

func (m *merger) copyTo(from *Run, name, as string) error {
	in, err := plainfile.Open(filepath.Join(from.Dir, filepath.FromSlash(name)), plainfile.MaxRun)
	if err != nil {
		return err
	}
	defer in.Close()
	path := filepath.Join(m.writer.Run.Dir, filepath.FromSlash(as))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// copyLogs copies the logs of a shard, each shard's into a directory of its own.
func (m *merger) copyLogs(from *Run) error {
	files, err := from.logs()
	for _, name := range files {
		err = errors.Join(err, m.copyTo(from, "logs/"+name, fmt.Sprintf("logs/shard-%d/%s", from.Shard.Index, name)))
	}
	return err
}

// logs returns the names of the files of a run's logs.
func (r *Run) logs() (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(r.Dir, "logs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// conclude sets the run's status, reasons and warnings from those of its shards. Each machine
// was judged by itself.
func (m *merger) conclude() {
	run := m.writer.Run
	var present []int
	for i, s := range m.shards {
		r, p := s.run, run.Parts[i]
		present = append(present, p.Index)
		if r.Ended.After(run.Ended) {
			run.Ended = r.Ended
		}
		label := p.label() + ": "
		if p.Of == 1 {
			label = ""
		}
		if r.Status == RunRunning {
			run.Reasons = append(run.Reasons, label+"it was killed, or is still running")
		}
		for _, text := range r.Reasons {
			run.Reasons = append(run.Reasons, label+text)
		}
		for _, text := range r.Warnings {
			run.Warnings = append(run.Warnings, label+text)
		}
	}
	of := run.Parts[0].Of
	if n := of - len(present); n > 0 {
		var missing []string
		for index := 0; index < of && len(missing) < maxNamed; index++ {
			if !slices.Contains(present, index) {
				missing = append(missing, fmt.Sprint(index))
			}
		}
		text := fmt.Sprintf(missingShards+"%d shards: %s", of, strings.Join(missing, ", "))
		if n > len(missing) {
			text += fmt.Sprintf(" and %d more", n-len(missing))
		}
		run.Reasons = append([]string{text}, run.Reasons...)
	}
	run.Status = run.statusOfParts()
	if run.Ended.IsZero() {
		run.Ended = time.Now().UTC() // every shard was killed
	}
}

// maxNamed is how many items of a list an error names.
const maxNamed = 5
