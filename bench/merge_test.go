package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// shardsOf measures all shards of the scenarios with fakes, each in a directory of its own.
func shardsOf(t *testing.T, of int, wrong func(index int) spoil, list ...scenario.Scenario) (sources []results.Source) {
	t.Helper()
	for index := range of {
		var w spoil
		if wrong != nil {
			w = wrong(index)
		}
		o := Options{Dir: filepath.Join(t.TempDir(), "run"), Shard: results.Shard{Index: index, Of: of, Attempt: "a"}}
		if _, err := measure(t.Context(), list, o, fakes(w)); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, results.Source{Dir: o.Dir, Name: fmt.Sprintf("source %d", index)})
	}
	return sources
}

func merge(t *testing.T, sources ...results.Source) *results.Run {
	t.Helper()
	run, err := results.Merge(results.MergeOptions{Dir: filepath.Join(t.TempDir(), "merged"), Command: []string{"fanbench", "merge"}}, sources)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// measuredFiles returns the files of a run by name, without what depends on time: when trials
// began, what the heartbeat saw, and with them the checksums of lines.
func measuredFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case strings.HasPrefix(name, "usage/"), strings.HasPrefix(name, "logs/"):
			text = nil
		case name == "trials.jsonl":
			for _, p := range []string{`"at_ns":\d+`, `"stood":\{[^}]*\}`, `"(recording_)?sha256":"[^"]*"`} {
				text = regexp.MustCompile(p).ReplaceAll(text, nil)
			}
		case name == "run.json":
			var m struct {
				Status    string
				Shard     json.RawMessage
				Scenarios json.RawMessage
			}
			if err := json.Unmarshal(text, &m); err != nil {
				return err
			}
			text = fmt.Appendf(nil, "%s %s %s", m.Status, regexp.MustCompile(`,\s*"attempt": "a"`).ReplaceAll(m.Shard, nil), m.Scenarios)
		}
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The shards of a run, merged, are the run that one process measures.
func TestMergedShardsAreTheRun(t *testing.T) {
	s := scenarioOf(t, `sequential, "fixed-pool:workers=4", errgroup`)
	s.Measure.Rounds, s.Measure.Warmup = 15, 2
	recorded := filepath.Join(t.TempDir(), "recorded.csv")
	writeFile(t, recorded, "latency_ms\n1\n2\n5\n9\n")
	second, err := scenario.Decode("second.yaml", []byte(`
target: {mock: {latency: {dist: empirical, file: "`+recorded+`", column: latency_ms, unit: ms}}}
workload: {tasks: 10}
strategies: [errgroup, sequential]
measure: {rounds: 8, warmup: 0, seed: 7}
`))
	if err != nil {
		t.Fatal(err)
	}
	// It fails in a round in the middle, but not for good.
	wrong := func(int) spoil {
		return spoil{"errgroup": func(round int, records []strategies.Record, rep *worker.Report) error {
			if round == 5 {
				records[3].Outcome, records[3].Error = strategies.Failed, 1
				rep.Error, rep.Faults = "task 3: no", []string{"no"}
			}
			return nil
		}}
	}
	list := []scenario.Scenario{s, second}
	whole, err := measure(t.Context(), list, Options{Dir: filepath.Join(t.TempDir(), "run")}, fakes(wrong(0)))
	if err != nil {
		t.Fatal(err)
	}
	want := measuredFiles(t, whole.Dir)
	for _, of := range []int{1, 2, 7} {
		sources := shardsOf(t, of, wrong, list...)
		slices.Reverse(sources) // the order in which they are named does not matter
		run := merge(t, sources...)
		if run.Status != results.RunComplete || len(run.Findings) > 0 || len(run.Reasons) > 0 {
			t.Errorf("%d shards: %s %q", of, run.Status, run.Reasons)
		}
		got := measuredFiles(t, run.Dir)
		for name, text := range want {
			if !strings.HasPrefix(name, "logs/") && got[name] != text {
				t.Errorf("%d shards: %s differs from that of one process:\n%.2000s\nwant\n%.2000s", of, name, got[name], text)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok && !strings.HasPrefix(name, "logs/") {
				t.Errorf("%d shards: there is also %s", of, name)
			}
		}
		if len(run.Parts) != of || run.Parts[of-1].Index != of-1 || run.MachineOf(3) != run.Environment.Machine() {
			t.Errorf("%d shards: parts %+v", of, run.Parts)
		}
	}
}

func TestMissingAndRepeatedShards(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Rounds = 12
	sources := shardsOf(t, 4, nil, s)
	again := shardsOf(t, 4, nil, s)
	again[1].Name = "another 1"
	run := merge(t, sources[3], sources[1], again[1])
	if run.Status != results.RunPartial || run.Reasons[0] != "missing of 4 shards: 0, 2" || run.PlannedRounds("fake") != 12 || len(run.Measured("fake", "errgroup")) != 6 {
		t.Errorf("%s %q, %d rounds", run.Status, run.Reasons, len(run.Measured("fake", "errgroup")))
	}
	if w := run.Warnings; len(w) == 0 || w[0] != "shard 1 of 4 was measured more than once: another 1 is left out for source 1, which came first" {
		t.Errorf("warnings %q", w)
	}

	// One that was killed: its run.json still says running, and its last line is cut short.
	// It counts as far as it goes, unless there is a complete one.
	killed := again[0]
	killed.Name = "killed"
	dir := killed.Dir
	manifest, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	manifest = resealed(manifest, `"status": "complete"`, `"status": "running"`)
	object := regexp.MustCompile(`(?s)"(trials.jsonl|bench.txt)": "\w+",?\s*`).ReplaceAll(manifest, nil)
	writeFile(t, filepath.Join(dir, "run.json"), string(resealed(object, "", "")))
	trials, err := os.ReadFile(filepath.Join(dir, "trials.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(bytes.Lines(trials))
	writeFile(t, filepath.Join(dir, "trials.jsonl"), string(bytes.Join(lines[:6], nil))+string(lines[6][:20]))
	benchText, err := os.ReadFile(filepath.Join(dir, "bench.txt"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "bench.txt"), string(benchText[:bytes.Index(benchText, []byte("Benchmark"))]))
	run = merge(t, killed, sources[1], sources[2], sources[3])
	if run.Status != results.RunPartial || !strings.HasPrefix(run.Reasons[0], "shard 0 of 4 on ") || !strings.HasSuffix(run.Reasons[0], "it was killed, or is still running") || run.Parts[0].Trials != 4 || len(run.Findings) > 0 {
		t.Errorf("%s %q %+v", run.Status, run.Reasons, run.Parts[0])
	}
	run = merge(t, killed, sources[0], sources[1], sources[2], sources[3])
	if run.Status != results.RunComplete || !strings.Contains(run.Warnings[0], "killed is left out for source 0, which is complete") {
		t.Errorf("%s %q %q", run.Status, run.Reasons, run.Warnings)
	}
}

// A strategy that dies on one machine has rounds on the others. That it died is not hidden,
// even if it was in a warm-up, of which the run has those of one shard only.
func TestAStrategyThatDiesInAShard(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	for _, at := range []int{-1, 5} {
		wrong := func(index int) spoil {
			return spoil{"errgroup": func(round int, records []strategies.Record, _ *worker.Report) error {
				if index == 1 && round <= 4 || round != at && at > 0 || index == 0 && at < 0 {
					return nil
				}
				clear(records[8:])
				return &crashError{results.StatusPanic, "exit status 2", "panic: boom"}
			}}
		}
		if at < 0 {
			wrong = func(index int) spoil {
				return spoil{"errgroup": func(int, []strategies.Record, *worker.Report) error {
					if index != 1 {
						return nil
					}
					return &crashError{results.StatusPanic, "exit status 2", "panic: boom"}
				}}
			}
		}
		run := merge(t, shardsOf(t, 2, wrong, s)...)
		if run.Status != results.RunComplete || len(run.Failures()) != 1 || !strings.Contains(run.Failures()[0], "errgroup") {
			t.Errorf("at %d: %s %q, failures %q", at, run.Status, run.Reasons, run.Failures())
		}
	}
}

func TestShardsOfDifferentMeasurements(t *testing.T) {
	base := scenarioOf(t, "sequential, errgroup")
	first := shardsOf(t, 2, nil, base)[0]
	other := func(change func(*scenario.Scenario)) results.Source {
		s := scenarioOf(t, "sequential, errgroup")
		change(&s)
		return shardsOf(t, 2, nil, s)[1]
	}
	same := func(*scenario.Scenario) {}
	edited := func(from results.Source, old, new string) results.Source {
		t.Helper()
		file := filepath.Join(from.Dir, "run.json")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("no %s", old)
		}
		writeFile(t, file, string(resealed(text, old, new)))
		return from
	}
	swapped := func(from results.Source) results.Source {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(from.Dir, "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		order := regexp.MustCompile(`"Order": \[\s*(\d),\s*(\d)\s*\]`)
		return edited(from, string(order.Find(text)), order.ReplaceAllString(string(order.Find(text)), `"Order": [$2, $1]`))
	}
	goVersion := `"go": "` + merge(t, first).Environment.Go
	for name, c := range map[string]struct {
		source results.Source
		want   string
	}{
		"seed":      {other(func(s *scenario.Scenario) { s.Measure.Seed = 1<<63 + 1 }), "fake.measure.seed is 9223372036854775809, not 1"},
		"rounds":    {other(func(s *scenario.Scenario) { s.Measure.Rounds = 8 }), "fake.measure.rounds is 8, not 6"},
		"tasks":     {other(func(s *scenario.Scenario) { s.Workload.Tasks = 21 }), "fake.workload.tasks is 21, not 20"},
		"name":      {other(func(s *scenario.Scenario) { s.Name = "x" }), `fake.name is "x", not "fake"`},
		"strategy":  {other(func(s *scenario.Scenario) { s.Strategies = s.Strategies[:1] }), "fake.strategies is"},
		"shards":    {shardsOf(t, 3, nil, base)[1], "the number of shards is 3, not 2"},
		"Go":        {edited(other(same), goVersion, `"go": "go9`), "Go is go9"},
		"fanbench":  {edited(other(same), `"fanbench": "`, `"fanbench": "v9 `), "fanbench is v9"},
		"protocol":  {edited(other(same), `"protocol": `, `"protocol": 9`), "the protocol of workers is 9"},
		"isolation": {edited(other(same), `"isolated": false`, `"isolated": true`), "isolation of strategies is true, not false"},
		"schema":    {edited(other(same), fmt.Sprintf(`"schema": %d`, results.SchemaVersion), `"schema": 5`), "it has schema 5, and this fanbench merges"},
		"plan":      {swapped(other(same)), "the rounds of fake are not those of shard 1 of 2"},
	} {
		_, err := results.Merge(results.MergeOptions{Dir: filepath.Join(t.TempDir(), "merged")}, []results.Source{first, c.source})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "source") {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	// Another type of machine is no difference.
	if run := merge(t, first, edited(other(same), `"host": "`, `"node": "n2", "cpu": "Z80", "host": "`)); run.Status != results.RunComplete || !slices.Equal(run.Machines(), []string{run.Environment.Machine(), "n2"}) {
		t.Errorf("%s %q on %q", run.Status, run.Reasons, run.Machines())
	}
}

// Shards may be anybody's. What they are not allowed to do ends in an error, and leaves nothing
// behind.
func TestHostileShards(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	whole := shardsOf(t, 2, nil, s)
	outside := filepath.Join(t.TempDir(), "secret.csv")
	writeFile(t, outside, "value,count\n1,1\n")
	for name, c := range map[string]struct {
		do   func(dir string) error
		want string
	}{
		"link to a file": {func(dir string) error {
			file := filepath.Join(dir, filepath.FromSlash(results.RecordsPath("fake", "errgroup", 2)))
			return errors.Join(os.Remove(file), os.Symlink(outside, file))
		}, "is a link or a special file"},
		"link to a directory": {func(dir string) error { return os.Symlink("/", filepath.Join(dir, "tasks", "root")) }, "is a link or a special file"},
		"records altered": {func(dir string) error {
			return os.Truncate(filepath.Join(dir, filepath.FromSlash(results.RecordsPath("fake", "errgroup", 2))), 64)
		}, "it is damaged"},
		"records of 2 GB": {func(dir string) error {
			return os.Truncate(filepath.Join(dir, filepath.FromSlash(results.RecordsPath("fake", "errgroup", 2))), 2<<30)
		}, "larger than"},
		"trials of 300 MB": {func(dir string) error { return os.Truncate(filepath.Join(dir, "trials.jsonl"), 300<<20) }, "more than 256 MiB of trials"},
		"manifest of 1 GB": {func(dir string) error { return os.Truncate(filepath.Join(dir, "run.json"), 1<<30) }, "larger than 16 MiB"},
		"garbage": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "run.json"), []byte("\x00\xff{"), 0o644)
		}, "run.json"},
		"nothing": {os.RemoveAll, "is not a run directory"},
		"a file of ours": {func(dir string) error {
			file := filepath.Join(dir, "run.json")
			text, err := os.ReadFile(file)
			at := regexp.MustCompile(`"latency": \{[^}]*\}|"latency": "[^"]*"`).Find(text)
			return errors.Join(err, os.WriteFile(file, resealed(text, string(at), `"latency": "empirical:file=`+filepath.ToSlash(outside)+`"`), 0o644))
		}, "secret.csv\" is not a file of the run"},
		"a path as the name of a file": {func(dir string) error {
			file := filepath.Join(dir, "trials.jsonl")
			text, err := os.ReadFile(file)
			lines := slices.Collect(bytes.Lines(text))
			lines[2] = resealed(lines[2], `"records":"`, `"records":"../`)
			return errors.Join(err, os.WriteFile(file, bytes.Join(lines, nil), 0o644))
		}, `names "../`},
		"an attempt with a path": {func(dir string) error {
			file := filepath.Join(dir, "run.json")
			text, err := os.ReadFile(file)
			return errors.Join(err, os.WriteFile(file, resealed(text, `"attempt": "a"`, `"attempt": "../../a"`), 0o644))
		}, "cannot be the name of an attempt"},
	} {
		t.Run(name, func(t *testing.T) {
			sources := slices.Clone(whole)
			sources[1].Dir = filepath.Join(t.TempDir(), "run")
			if err := errors.Join(os.CopyFS(sources[1].Dir, os.DirFS(whole[1].Dir)), c.do(sources[1].Dir)); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "merged")
			_, err := results.Merge(results.MergeOptions{Dir: dir}, sources)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "source 1: ") {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something was left behind: %v", err)
			}
		})
	}
	merged := merge(t, whole...)
	if _, err := results.Merge(results.MergeOptions{}, []results.Source{{Dir: merged.Dir, Name: "m"}}); err == nil || !strings.Contains(err.Error(), "m: it is merged already") {
		t.Errorf("got %v", err)
	}
}

// A machine whose shard is invalid makes the run invalid, by its name, and can be left out.
func TestABadMachineIsNamedAndLeftOut(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Rounds = 12
	wrong := func(index int) spoil {
		return spoil{"errgroup": func(_ int, records []strategies.Record, _ *worker.Report) error {
			if index == 1 {
				records[0].Start = -5 // no clock can produce that
			}
			return nil
		}}
	}
	var sources []results.Source
	for index := range 3 {
		t.Setenv("NODE_NAME", fmt.Sprint("node-", index))
		o := Options{Dir: filepath.Join(t.TempDir(), "run"), Shard: results.Shard{Index: index, Of: 3, Attempt: "a"}}
		if _, err := measure(t.Context(), []scenario.Scenario{s}, o, fakes(wrong(index))); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, results.Source{Dir: o.Dir, Name: o.Dir})
	}
	run := merge(t, sources...)
	if run.Status != results.RunInvalid || len(run.Reasons) == 0 || !strings.HasPrefix(run.Reasons[0], "shard 1 of 3 on node-1: fake: in 4 of 8 trials task records have times that cannot be") {
		t.Fatalf("%s %q", run.Status, run.Reasons)
	}
	if err := run.Without("node-7"); err == nil || !strings.Contains(err.Error(), "no machine node-7: it has node-0, node-1, node-2") {
		t.Errorf("got %v", err)
	}
	if err := run.Without("node-1"); err != nil {
		t.Fatal(err)
	}
	if run.Status != results.RunComplete || len(run.Reasons) > 0 || run.PlannedRounds("fake") != 8 || len(run.Measured("fake", "errgroup")) != 8 || !strings.HasPrefix(run.Warnings[len(run.Warnings)-1], "left out: node-1") {
		t.Errorf("%s %q %q, %d rounds", run.Status, run.Reasons, run.Warnings, run.PlannedRounds("fake"))
	}
	if err := run.Without("node-0", "node-2"); err == nil {
		t.Error("no machine is left")
	}
}
