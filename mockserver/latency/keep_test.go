package latency

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was recorded otherwise is written otherwise, so that runs of the same scenario
// on other recordings are told apart.
func TestOtherRecordingsAreWrittenOtherwise(t *testing.T) {
	dir := t.TempDir()
	var texts []string
	for _, values := range []string{"1ms\n2ms\n", "1ms\n3ms\n"} {
		file := filepath.Join(dir, "took.csv")
		if err := os.WriteFile(file, []byte("took\n"+values), 0o600); err != nil {
			t.Fatal(err)
		}
		kept, err := mustLatency(t, "empirical:"+file+",column=took").Keep(dir)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, kept.String())
	}
	if texts[0] == texts[1] {
		t.Errorf("both are %s", texts[0])
	}
}

func TestARecordingThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "took.csv")
	if err := os.WriteFile(file, []byte("took\n1ms\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mustLatency(t, "mixture:(empirical:("+file+"),column=took)=1").Keep(file); err == nil || !strings.Contains(err.Error(), "keeping "+file) {
		t.Errorf("got %v", err)
	}
}
