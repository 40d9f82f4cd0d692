package results

import (
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/scenario"
)

func TestARequestSentAgainIsNoTaskRunTwice(t *testing.T) {
	s, err := scenario.Decode("r.yaml", []byte("target: {mock: {latency: 1ms}}\nworkload: {tasks: 50}\nstrategies: [errgroup]\n"))
	if err != nil {
		t.Fatal(err)
	}
	trial := func(received, resent int) Trial {
		return Trial{Scenario: s.Name, Strategy: "errgroup", Round: 1, Audit: Audit{Done: 50, Starts: 50}, Received: &received, Resent: resent}
	}
	for _, c := range []struct {
		trial   Trial
		invalid bool
	}{
		{trial(50, 0), false},
		{trial(51, 1), false}, // the server had read the request before the connection broke
		{trial(50, 1), false}, // it had not
		{trial(51, 0), true},
		{trial(52, 1), true},
		{trial(49, 1), true},
	} {
		if reason := unaccounted(s, []Trial{c.trial}); (reason != "") != c.invalid {
			t.Errorf("%d requests, %d sent again: %q", *c.trial.Received, c.trial.Resent, reason)
		}
	}
	got := resent(s, []Trial{trial(50, 0), trial(51, 1), trial(52, 2)})
	if len(got) != 1 || !strings.Contains(got[0], "sent 3 requests again in 2 trials") {
		t.Errorf("warned of %q", got)
	}
	if got := resent(s, []Trial{trial(50, 0)}); got != nil {
		t.Errorf("warned of %q", got)
	}
}
