package bench

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

// A run that has lost trials since it ended is not to be trusted, and says so; one that
// was changed by hand into what cannot be is refused.
func TestDamagedRuns(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), nil)
	if run.Status != RunComplete {
		t.Fatalf("status %s %v", run.Status, run.Reasons)
	}
	change := func(name string, by func([]byte) []byte) (*Run, error) {
		path := filepath.Join(run.Dir, name)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer writeFile(t, path, string(before))
		writeFile(t, path, string(by(bytes.Clone(before))))
		return OpenRun(run.Dir)
	}
	for want, cut := range map[string]func([]byte) []byte{
		"14 trials that were held are missing": func([]byte) []byte { return nil },
		"1 trials that were held are missing":  func(b []byte) []byte { return b[:len(b)-1] },
	} {
		if r, err := change(trialsFile, cut); err != nil || r.Status != RunInvalid || !strings.HasPrefix(strings.Join(r.Reasons, "\n"), want) {
			t.Errorf("want %q; got %v, %v", want, r.Reasons, err)
		}
	}
	for want, tc := range map[string]struct{ file, old, new string }{
		"trials.jsonl:1: there is no round 0":                         {trialsFile, `"round":-1`, `"round":0`},
		"trials.jsonl:1: there is no round 1000000000":                {trialsFile, `"round":-1`, `"round":1000000000`},
		`trials.jsonl:1: records: "../x" is not a file of the run`:    {trialsFile, `"records":"`, `"records":"../x","was":"`},
		"run.json: round -1 of fake: there is no strategy 7":          {manifestFile, "\"Order\": [\n", "\"Order\": [7,\n"},
		"run.json: it has no schema: it is no run.json of fanbench":   {manifestFile, `"schema": 1`, `"schema": 0`},
		`: unknown key "nome"; did you mean "name"?`:                  {manifestFile, `"name": "fake"`, `"nome": "fake"`},
		"trials.jsonl:1: json: cannot unmarshal string into Go value": {trialsFile, `{`, `"x"` + "\n{"},
	} {
		_, err := change(tc.file, func(b []byte) []byte { return bytes.Replace(b, []byte(tc.old), []byte(tc.new), 1) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q; got %v", want, err)
		}
	}

	// What a strategy that died did not hold is not missing.
	run = measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(int, []strategies.Record, *report) error { return errors.New("gone") },
	})
	if run.Status != RunComplete || len(run.Trials) != 8 {
		t.Errorf("%s with %d trials: %v", run.Status, len(run.Trials), run.Reasons)
	}
}
