package all

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/fanbench/fanbench/strategies"
	"github.com/fanbench/fanbench/strategies/strategytest"
)

// TestMain finds goroutines that importing a library leaves running, besides those
// that tests leave.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	var choices []strategies.Choice
	for _, spec := range strategies.All() {
		choices = append(choices, choice(t, spec.Name))
	}
	for _, text := range []string{
		"fixed-pool:workers=4,buffer=16",
		"errgroup:limit=4",
		"errgroup-context:limit=4",
		"ordered-pipeline:limit=1",
	} {
		choices = append(choices, choice(t, text))
	}
	strategytest.Conform(t, choices...)
}

// Sources are written as go.mod writes them, and say what go.mod says.
func TestSources(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range strategies.All() {
		if spec.Source != "" && !strings.Contains(string(mod), spec.Source+"\n") {
			t.Errorf("%s: go.mod has no %q", spec.Name, spec.Source)
		}
	}
}

func choice(t testing.TB, text string) strategies.Choice {
	t.Helper()
	c, err := strategies.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
