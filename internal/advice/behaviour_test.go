package advice

import (
	"strings"
	"testing"

	"github.com/fanbench/fanbench/strategies"
	_ "github.com/fanbench/fanbench/strategies/all"
)

// Every trait that a strategy can declare has its own words.
func TestEveryTraitHasWords(t *testing.T) {
	for _, s := range strategies.All() {
		b := behaviourOf(s)
		if b == nil {
			t.Errorf("%s declares nothing", s.Name)
			continue
		}
		for _, line := range b.Sentences() {
			for _, raw := range []string{string(b.OnError), string(b.OnPanic), string(b.OnCancel), string(b.OnGoexit), string(b.Reports)} {
				if raw == "" || strings.HasSuffix(line, ": "+raw) || strings.HasSuffix(line, "; "+raw) || strings.Contains(line, ": "+raw+";") {
					t.Errorf("%s: %q is not in words", s.Name, line)
				}
			}
		}
	}
	if behaviourOf(strategies.Spec{Name: "a-program"}) != nil {
		t.Error("a program has declared behaviour")
	}
}
