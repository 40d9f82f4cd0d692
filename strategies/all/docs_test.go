package all

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

var update = flag.Bool("update", false, "write the table of traits into docs/strategies.md")

const (
	docsFile  = "../../docs/strategies.md"
	docsStart = "<!-- traits: go test ./strategies/all -run TestDocs -update -->\n"
	docsEnd   = "<!-- end of traits -->\n"
)

// TestDocs holds docs/strategies.md to the registry: the table of traits is made from
// it, and every strategy has advice on when to use it.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), docsStart)
	old, after, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table of traits", docsFile)
	}
	table := traitsTable()
	if *update {
		if err := os.WriteFile(docsFile, []byte(before+docsStart+table+docsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != table {
		t.Errorf("%s: the table of traits is out of date: run this test with -update", docsFile)
	}
	advice := 0
	for line := range strings.Lines(before) {
		if strings.HasPrefix(line, "| `") {
			advice++
		}
	}
	for _, s := range strategies.All() {
		if !strings.Contains(before, "\n| `"+s.Name+"` |") {
			t.Errorf("%s does not say when to use %s", docsFile, s.Name)
		}
	}
	if n := len(strategies.All()); advice != n {
		t.Errorf("%s gives advice on %d strategies, %d are registered", docsFile, advice, n)
	}
}

func traitsTable() string {
	var b strings.Builder
	b.WriteString("| strategy | width | limit per | order | early | reports | on error | on cancel | on panic | on Goexit | source |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range strategies.All() {
		t := s.Traits
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", s.Name, widthOf(s), s.Defaults().Scope(),
			yes(t.KeepsOrder), yes(t.ReturnsEarly), t.Reports, t.OnError, t.OnCancel, t.OnPanic, t.OnGoexit, s.Source)
	}
	common := []strategies.Param{strategies.WorkersParam(), strategies.LimitParam()}
	b.WriteString("\nCommon parameters:\n\n")
	for _, p := range common {
		fmt.Fprintf(&b, "- `%s`: %s; %s, %s if not given\n", p.Name, p.Doc, p.Range(), p.Format(p.Default))
	}
	b.WriteString("\n| strategy | parameter | default | range | meaning |\n|---|---|---|---|---|\n")
	for _, s := range strategies.All() {
		for _, p := range s.Params {
			if slices.Contains(common, p) {
				continue
			}
			value := "none"
			if !p.Optional {
				value = p.Format(p.Default)
			}
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", s.Name, p.Name, value, p.Range(), p.Doc)
		}
	}
	return b.String()
}

func widthOf(s strategies.Spec) string {
	width := "the batch"
	switch {
	case len(s.Params) > 0 && s.Width != nil:
		width = "`" + s.Params[0].Name + "`"
		if s.Params[0].Optional {
			width += ", or the batch"
		}
	case s.Width != nil:
		width = fmt.Sprint(s.Width(nil))
	}
	if s.Traits.Adaptive {
		width = "up to " + width
	}
	return width
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
