package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/seal"
	"github.com/fanbench/fanbench/strategies"
)

// damage changes a file of a copy of the run and reads that.
func damage(t *testing.T, run *results.Run, name string, by func([]byte) []byte) (*results.Run, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "damaged")
	if err := os.CopyFS(dir, os.DirFS(run.Dir)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text = by(text); text == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return results.Open(dir)
}

// resealed changes a line of trials.jsonl, or run.json, and seals it again: what is then
// found is not found by its checksum.
func resealed(object []byte, old, new string) []byte {
	end := ""
	if bytes.HasSuffix(object, []byte("\n")) {
		end = "\n"
	}
	text, _ := seal.Unseal(object)
	return append(seal.Seal(bytes.Replace(text, []byte(old), []byte(new), 1)), end...)
}

func TestDamageIsTold(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), nil)
	if run.Status != results.RunComplete || len(run.Findings) > 0 || len(run.Checksums) != 2 {
		t.Fatalf("status %s %v, checksums %v", run.Status, run.Reasons, run.Checksums)
	}
	first, second := run.Trials[2], run.Trials[3] // the first measured round
	other, err := os.ReadFile(filepath.Join(run.Dir, filepath.FromSlash(second.Records)))
	if err != nil {
		t.Fatal(err)
	}
	line := func(n int, change func([]byte) []byte) func([]byte) []byte {
		return func(b []byte) []byte {
			lines := slices.Collect(bytes.Lines(b))
			lines[n-1] = change(bytes.Clone(lines[n-1]))
			return bytes.Join(lines, nil)
		}
	}
	reseal := func(n int, old, new string) func([]byte) []byte {
		return line(n, func(b []byte) []byte { return resealed(b, old, new) })
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte {
			b[(at+len(b))%len(b)] ^= 1
			return b
		}
	}
	gone := func([]byte) []byte { return nil }
	for name, tc := range map[string]struct {
		file   string
		change func([]byte) []byte
		want   string
	}{
		"records swapped":      {first.Records, func([]byte) []byte { return other }, first.Records + " was altered: it holds the records of " + second.Records + " (trials.jsonl:3)"},
		"records truncated":    {first.Records, func(b []byte) []byte { return b[:640] }, first.Records + " was altered: it has 640 bytes, not 1280"},
		"records doubled":      {first.Records, func(b []byte) []byte { return append(b, b...) }, first.Records + " was altered: it has 2560 bytes"},
		"records zeroed":       {first.Records, func(b []byte) []byte { return make([]byte, len(b)) }, first.Records + " was altered: it holds zeros only"},
		"a bit of the records": {first.Records, flip(700), first.Records + " was altered: its checksum"},
		"records deleted":      {first.Records, gone, first.Records + " is missing"},
		"a recording":          {run.Trials[0].UsageFile, flip(50), run.Trials[0].UsageFile + " was altered"},
		"a recording deleted":  {run.Trials[0].UsageFile, gone, run.Trials[0].UsageFile + " is missing"},
		"a makespan":           {"trials.jsonl", line(3, func(b []byte) []byte { return bytes.Replace(b, []byte(`"makespan_ns":`), []byte(`"makespan_ns":1`), 1) }), "trials.jsonl:3 was altered"},
		"a line deleted":       {"trials.jsonl", line(3, func([]byte) []byte { return []byte{} }), "trials.jsonl:3 is trial 3 of the run, not 2"},
		"a line doubled":       {"trials.jsonl", line(3, func(b []byte) []byte { return append(b, b...) }), "trials.jsonl:4 is trial 2 of the run, not 3"},
		"the last line":        {"trials.jsonl", line(14, func([]byte) []byte { return []byte{} }), "1 trials that were held are missing, first round 6 of"},
		"all lines":            {"trials.jsonl", func([]byte) []byte { return []byte{} }, "14 trials that were held are missing, first warm-up 1 of"},
		"the last line cut":    {"trials.jsonl", func(b []byte) []byte { return b[:len(b)-9] }, "trials.jsonl:14 was altered"},
		"no trials.jsonl":      {"trials.jsonl", gone, "trials.jsonl is missing"},
		"a line that is none":  {"trials.jsonl", line(3, func([]byte) []byte { return []byte("nonsense\n") }), "trials.jsonl:3 was altered"},
		"bench.txt":            {results.BenchFile, flip(-30), "bench.txt"},
		"bench.txt's header":   {results.BenchFile, flip(2), "bench.txt was altered"},
		"bench.txt cut":        {results.BenchFile, func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }, "bench.txt was altered: it lacks 1 trials of BenchmarkFanout"},
		"bench.txt doubled":    {results.BenchFile, func(b []byte) []byte { return append(b, b...) }, "is not of a trial (and 11 more such lines)"},
		"no bench.txt":         {results.BenchFile, gone, "bench.txt is missing"},
		"run.json":             {"run.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`"tasks": 20`), []byte(`"tasks": 30`), 1) }, "run.json was altered"},
		"run.json's last byte": {"run.json", func(b []byte) []byte { return b[:len(b)-1] }, "run.json was altered"},
		"run.json's checksum":  {"run.json", flip(-10), "run.json was altered"},
		"no hexadecimal digit": {"run.json", func(b []byte) []byte { return append(b[:len(b)-10:len(b)-10], append([]byte("g"), b[len(b)-9:]...)...) }, "run.json was altered"},

		// With checksums that are right.
		"an unknown key":      {"trials.jsonl", reseal(3, `"round"`, `"hue":1,"round"`), `trials.jsonl:3 is not a trial: json: unknown field "hue"`},
		"a wrong type":        {"trials.jsonl", reseal(3, `"round":1`, `"round":"x"`), "trials.jsonl:3 is not a trial: json: cannot unmarshal string"},
		"a negative makespan": {"trials.jsonl", reseal(3, `"makespan_ns":`, `"makespan_ns":-`), "trials.jsonl:3 has a negative time"},
		"another makespan":    {"trials.jsonl", reseal(3, `"makespan_ns":`, `"makespan_ns":1`), first.Records + " has a makespan of"},
		"another audit":       {"trials.jsonl", reseal(3, `"failed":0`, `"failed":1`), first.Records + " has an audit of"},
		"no such round":       {"trials.jsonl", reseal(3, `"round":1`, `"round":1000000000`), "trials.jsonl:3 is of round 1000000000, which the plan of fake does not have"},
		"a round twice":       {"trials.jsonl", reseal(5, `"round":2`, `"round":1`), "trials.jsonl:5 is a second trial of"},
		"no such strategy":    {"trials.jsonl", reseal(3, `"strategy":"`, `"strategy":"x`), "which the scenario fake does not have"},
		"no such scenario":    {"trials.jsonl", reseal(3, `"scenario":"`, `"scenario":"x`), "which the run does not have"},
		"a made-up status":    {"trials.jsonl", reseal(3, `"status":"ok"`, `"status":"fine"`), `trials.jsonl:3 has the unknown status "fine"`},
		"other records":       {"trials.jsonl", reseal(3, `"records":"tasks`, `"records":"../tasks`), "as its records"},
	} {
		r, err := damage(t, run, tc.file, tc.change)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Status != results.RunInvalid || !strings.Contains(strings.Join(r.Reasons, "\n"), tc.want) {
			t.Errorf("%s: want %q; got %s %q", name, tc.want, r.Status, r.Reasons)
		}
		for _, tr := range r.Trials {
			_, err := r.Records(tr)
			if told := slices.ContainsFunc(r.Findings, func(f results.Finding) bool { return f.File == tr.Records }); told != errors.Is(err, results.ErrDamaged) {
				t.Errorf("%s: reading %s: %v", name, tr.Records, err)
			}
		}
	}
}

func TestRunsThatCannotBeRead(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), nil)
	reseal := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return resealed(b, old, new) }
	}
	for want, change := range map[string]func([]byte) []byte{
		`run.json: unknown status "fine": want running, complete, partial or invalid`: reseal(`"status": "complete"`, `"status": "fine"`),
		`run.json: json: unknown field "hue"`:                                         reseal(`"schema"`, `"hue": 1, "schema"`),
		"run.json: fake: round -1 has not each of the 2 strategies once: [7 ":         reseal("\"Order\": [\n", "\"Order\": [7,\n"),
		"run.json: it has no schema: it is not a run.json of fanbench":                reseal(fmt.Sprintf(`"schema": %d`, results.SchemaVersion), `"schema": 0`),
		`: unknown key "nome"; did you mean "name"?`:                                  reseal(`"name": "fake"`, `"nome": "fake"`),
		"run.json: there is no shard 3 of 1":                                          reseal(`"index": 0`, `"index": 3`),
		"run.json: fake: there is no round 0, or it is there twice":                   reseal(`"Number": 1`, `"Number": 0`),
		"run.json: checksums: \"../bench.txt\" is no file of the run":                 reseal(`"bench.txt":`, `"../bench.txt":`),
		"run.json: it has no scenarios": func(b []byte) []byte {
			var m map[string]any
			text, _ := seal.Unseal(b)
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatal(err)
			}
			delete(m, "scenarios")
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			return seal.Seal(text)
		},
		"run.json: unexpected end": func(b []byte) []byte { return b[:len(b)/2] },
		"is not a run directory":   func([]byte) []byte { return nil },
	} {
		if _, err := damage(t, run, "run.json", change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q; got %v", want, err)
		}
	}
}

// What a strategy that died did not hold is not missing, and what its tasks write later
// does not alter what was judged.
func TestRunsOfStrategiesThatFailAreWhole(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(_ int, records []strategies.Record, _ *worker.Report) error {
			records[3] = strategies.Record{}
			return errors.New("gone")
		},
	})
	if run.Status != results.RunComplete || len(run.Trials) != 8 || len(run.Findings) > 0 {
		t.Errorf("%s with %d trials: %v", run.Status, len(run.Trials), run.Reasons)
	}
}

// A run that was killed is read up to its last whole line, and what is there is verified.
func TestAKilledRunIsReadAsFarAsItGoes(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	var killed *results.Run
	run := measureFake(t.Context(), t, s, spoil{
		"errgroup": func(round int, _ []strategies.Record, _ *worker.Report) error {
			if round != 4 {
				return nil
			}
			// What lies there now is what a kill would leave.
			killed = &results.Run{Dir: filepath.Join(t.TempDir(), "killed")}
			dirs, err := filepath.Glob(filepath.Join(filepath.Dir(t.TempDir()), "*", "run"))
			if err != nil || len(dirs) != 1 {
				return fmt.Errorf("%v, %w", dirs, err)
			}
			return os.CopyFS(killed.Dir, os.DirFS(dirs[0]))
		},
	})
	if run.Status != results.RunComplete || killed == nil {
		t.Fatalf("%s %v", run.Status, run.Reasons)
	}
	again := reopen(t, killed)
	if again.Status != results.RunRunning || len(again.Findings) > 0 || len(again.Trials) < 8 {
		t.Errorf("%s with %d trials: %v", again.Status, len(again.Trials), again.Findings)
	}
	for name, change := range map[string]func([]byte) []byte{
		"trials.jsonl":    func(b []byte) []byte { return append(b, b[:100]...) },
		results.BenchFile: func(b []byte) []byte { return b[:len(b)-20] },
	} {
		if r, err := damage(t, again, name, change); err != nil || r.Status != results.RunRunning {
			t.Errorf("%s cut short: %s %v, %v", name, r.Status, r.Findings, err)
		}
	}
	if r, err := damage(t, again, again.Trials[3].Records, func(b []byte) []byte { return b[:64] }); err != nil || r.Status != results.RunInvalid {
		t.Errorf("records altered: %v, %v", r.Findings, err)
	}
}

// Runs from before there were checksums are held against themselves.
func TestRunsWithoutChecksums(t *testing.T) {
	old := &results.Run{Dir: filepath.Join("..", "reports", "testdata", "schemas", "1")}
	if r := reopen(t, old); r.Status != results.RunComplete || !r.Unverified() || len(r.Findings) > 0 {
		t.Errorf("%s: %v", r.Status, r.Findings)
	}
	for want, tc := range map[string]struct{ file, old, new string }{
		"trials.jsonl:1 has a negative time":              {"trials.jsonl", `"makespan_ns":`, `"makespan_ns":-`},
		`trials.jsonl:1 is not a trial: json: unknown fi`: {"trials.jsonl", `"round"`, `"hue":1,"round"`},
		"has a makespan of 9.426505ms, and the trial's":   {"trials.jsonl", `"makespan_ns":`, `"makespan_ns":1`},
		"does not have the makespan of trials.jsonl":      {results.BenchFile, "ns/op ", "0 ns/op "},
		"trials.jsonl:1 is of round -3, which the plan":   {"trials.jsonl", `"round":-1`, `"round":-3`},
	} {
		change := func(b []byte) []byte {
			at := max(0, bytes.Index(b, []byte("Benchmark"))) // behind the header of bench.txt
			return append(bytes.Clone(b[:at]), bytes.Replace(b[at:], []byte(tc.old), []byte(tc.new), 1)...)
		}
		if r, err := damage(t, old, tc.file, change); err != nil || r.Status != results.RunInvalid || !strings.Contains(strings.Join(r.Reasons, "\n"), want) {
			t.Errorf("want %q; got %v, %v", want, r, err)
		}
	}
	// A newer run does not become one of those by a change of its schema.
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), nil)
	r, err := damage(t, run, "run.json", func(b []byte) []byte {
		return bytes.Replace(b, fmt.Appendf(nil, `"schema": %d`, results.SchemaVersion), []byte(`"schema": 1`), 1)
	})
	if err != nil || r.Status != results.RunInvalid {
		t.Errorf("another schema: %v, %v", r, err)
	}
}

func TestSeal(t *testing.T) {
	for _, object := range []string{`{"a":1}`, `{"a":{"b":{}}}`, "{\n  \"a\": {\n    \"b\": []\n  }\n}", `{"sha256":"x","b":2}`} {
		text := seal.Seal([]byte(object))
		if !json.Valid(text) || !seal.Sealed(text) {
			t.Errorf("%s is sealed as %s", object, text)
		}
		back, intact := seal.Unseal(append(text, '\n'))
		var a, b any
		if json.Unmarshal(back, &a) != nil || json.Unmarshal([]byte(object), &b) != nil || !intact || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s is unsealed as %s, intact %v", object, back, intact)
		}
		for i := range text {
			broken := bytes.Clone(text)
			broken[i] ^= 1
			if _, intact := seal.Unseal(broken); intact {
				t.Errorf("byte %d of %s can be altered", i, text)
			}
		}
		if _, intact := seal.Unseal([]byte(object)); intact || seal.Sealed([]byte(object)) {
			t.Errorf("%s was not sealed", object)
		}
	}
}
