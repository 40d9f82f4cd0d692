package charts

import (
	"testing"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/reports/figure"
)

func TestChartsOfARunThatIsNoResultSaySo(t *testing.T) {
	f := figure.Figure{Title: "10 tasks"}
	for status, want := range map[bench.RunState]string{
		bench.RunComplete: "10 tasks",
		bench.RunPartial:  "PARTIAL: 10 tasks",
		bench.RunInvalid:  "INVALID: 10 tasks",
	} {
		if got := marked(f, status).Title; got != want {
			t.Errorf("%s: %q", status, got)
		}
	}
}
