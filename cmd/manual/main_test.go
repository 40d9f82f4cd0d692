package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestManual(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "man", "fanbench-run.1"))
	if err != nil || !strings.Contains(string(page), "--max-rounds") || !strings.Contains(string(page), "Exit status") {
		t.Errorf("%v in\n%s", err, page)
	}
	if _, err := os.Stat(filepath.Join(dir, "man", "fanbench-semantics-cell.1")); err == nil {
		t.Error("a hidden command has a page")
	}
	for _, name := range []string{"fanbench.bash", "_fanbench", "fanbench.fish", "fanbench.ps1"} {
		if text, err := os.ReadFile(filepath.Join(dir, "completions", name)); err != nil || !strings.Contains(string(text), "fanbench") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
