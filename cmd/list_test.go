package cmd

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

func TestListNamesWhatIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	r := call(t, dir, "list", "fixed-pool", "ants:limit=3")
	for _, want := range []string{"default 8, 1..1000000: goroutines", "optional, 1..1000000", "runs all; returns all of the errors", "results in task order", "uses         github.com/panjf2000/ants/v2 v"} {
		if r.status != exitOK || !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s%s", want, r.stdout, r.stderr)
		}
	}
	if strings.Contains(r.stdout, "errgroup") {
		t.Errorf("it lists other strategies too:\n%s", r.stdout)
	}
	r = call(t, dir, "list", "errgruop", "sequential", "fixd-pool")
	for _, want := range []string{`unknown strategy "errgruop"; did you mean "errgroup"?`, `did you mean "fixed-pool"?`} {
		if r.status != exitUsage || !strings.Contains(r.stderr, want) || r.stdout != "" {
			t.Errorf("no %q: status %d\n%s", want, r.status, r.stderr)
		}
	}
}

func TestListAsJSON(t *testing.T) {
	r := call(t, t.TempDir(), "list", "--json")
	var all []listedStrategy
	if err := json.Unmarshal([]byte(r.stdout), &all); err != nil || len(all) != len(strategies.All()) {
		t.Fatalf("%d strategies, %v\n%s", len(all), err, r.stderr)
	}
	for _, s := range all {
		if s.Name == "hedged" && (len(s.Params) < 2 || s.Params[1].Default != "50ms") {
			t.Errorf("%+v", s)
		}
		if s.Name == "" || s.Doc == "" || s.Traits.OnError == "" || s.Traits.OnPanic == "" {
			t.Errorf("%+v", s)
		}
	}
}
