package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
)

func TestSchemasThatCannotBeRead(t *testing.T) {
	for manifest, want := range map[string]string{
		fmt.Sprintf(`{"schema": %d, "fanbench": "v9.1.0", "scenarios": "of another kind"}`, results.SchemaVersion+1): "written by a newer one (v9.1.0); update",
		`{"name": "of something else"}`: "not a run.json of fanbench",
		`{"schema": 1, "fanbench": "v0.9.0", "scenarios": [{"scenario": {"name": "x", "hue": "blue"}}]}`: "written by fanbench v0.9.0, read by",
		`{`: "unexpected end",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := results.Open(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "run.json") {
			t.Errorf("%s: %v, want %q", manifest, err, want)
		}
	}
}
