package bench

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
)

func TestARunKeepsSpaceForItsEnd(t *testing.T) {
	dir := t.TempDir()
	w, err := results.Create(dir, results.Manifest{Schema: results.SchemaVersion, Status: results.RunRunning})
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.Stat(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	reserve, err := os.Stat(filepath.Join(dir, "run.json.reserve"))
	if err != nil || reserve.Size() < 2*manifest.Size() {
		t.Errorf("%v, %v, beside a manifest of %d bytes", reserve, err, manifest.Size())
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "run.json.reserve")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
