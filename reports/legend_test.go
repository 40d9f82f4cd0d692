package reports

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Without a warm-up, goroutines are not counted: the table has no column for them, and the
// legend no explanation.
func TestWhatIsNotShownIsNotExplained(t *testing.T) {
	dir := copyRun(t, "run")
	if text := printed(t, render(t, dir, Options{NoCharts: true, Verbose: true})); strings.Count(text, "gorout.") < 2 {
		t.Errorf("the column or its explanation is missing in\n%s", text)
	}
	path := filepath.Join(dir, "trials.jsonl")
	trials, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	uncounted := regexp.MustCompile(`"goroutines":\d+`).ReplaceAll(trials, []byte(`"goroutines":0`))
	if err := os.WriteFile(path, uncounted, 0o644); err != nil {
		t.Fatal(err)
	}
	r := render(t, dir, Options{NoCharts: true, Verbose: true})
	if text := printed(t, r); strings.Contains(text, "gorout.") {
		t.Errorf("got\n%s", text)
	}
	if text := markdown(r.Summary); strings.Contains(text, "gorout.") {
		t.Errorf("got\n%s", text)
	}
}
