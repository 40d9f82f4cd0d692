package bench

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
)

// The link to the newest run replaces a link, and nothing else.
func TestLatestReplacesOnlyALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links take privileges")
	}
	t.Chdir(t.TempDir())
	mkdir := func(dir string) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mkdir(filepath.Join(results.DefaultRuns, "a"))
	for _, dir := range []string{"a", "b"} {
		if err := results.PointLatest(filepath.Join(results.DefaultRuns, dir)); err != nil {
			t.Fatal(err)
		}
		if to, err := os.Readlink(results.DefaultLatest); err != nil || to != filepath.Join("runs", dir) {
			t.Errorf("it points at %q, %v", to, err)
		}
	}
	for _, make := range []func(){
		func() { mkdir(results.DefaultLatest) },
		func() {
			if err := os.WriteFile(results.DefaultLatest, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if err := os.Remove(results.DefaultLatest); err != nil {
			t.Fatal(err)
		}
		make()
		before, _ := os.Lstat(results.DefaultLatest)
		if err := results.PointLatest(filepath.Join(results.DefaultRuns, "a")); err == nil || !strings.Contains(err.Error(), "left alone") {
			t.Errorf("got %v", err)
		}
		after, err := os.Lstat(results.DefaultLatest)
		if err != nil || !os.SameFile(before, after) {
			t.Errorf("it was replaced: %v", err)
		}
		if entries, _ := os.ReadDir("reports"); len(entries) != 2 {
			t.Errorf("something was left behind: %v", entries)
		}
	}
}

func TestRunDirectoryThatCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		file: "is a file", dir: "is not empty", filepath.Join(dir, "new"): "", "": "",
	} {
		err := results.CheckDir(name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}
