package charts

import (
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/figure"
)

func TestChartsOfARunThatIsNoResultSaySo(t *testing.T) {
	f := figure.Figure{Title: "10 tasks"}
	for status, want := range map[results.RunState]string{
		results.RunComplete: "10 tasks",
		results.RunPartial:  "PARTIAL: 10 tasks",
		results.RunInvalid:  "INVALID: 10 tasks",
	} {
		if got := marked(f, status).Title; got != want {
			t.Errorf("%s: %q", status, got)
		}
	}
}
