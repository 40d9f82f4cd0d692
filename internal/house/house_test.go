// Package house has the test of the allowed imports between packages.
package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fanbench/fanbench/"

// rooms are the packages of the project and the packages of the project that each may import, in
// addition to internal packages without an own line. A name with /... includes all packages
// below it. The first matching line counts. DESIGN: cmd -> reports -> bench/results ->
// bench/scenario -> {strategies, mockserver/latency, bench/stat}, and bench -> {worker,
// results, scenario, machine, mockserver}.
var rooms = []struct {
	name string
	may  []string
}{
	{"strategies/...", []string{"strategies/...", "internal/probe"}},
	{"mockserver/internal/...", nil},
	{"mockserver/latency", []string{"mockserver/internal/..."}},
	{"mockserver/config", []string{"mockserver/latency", "mockserver/internal/..."}},
	{"mockserver", []string{"mockserver/..."}},
	{"bench/stat/...", []string{"bench/stat"}},
	{"bench/metric", nil},
	{"bench/machine", []string{"bench/metric"}},
	{"bench/request", nil},
	{"bench/call", []string{"bench/request"}},
	{"bench/scenario", []string{"strategies", "bench/request", "bench/call", "mockserver/latency", "mockserver/config", "bench/stat", "bench/metric"}},
	{"bench/results", []string{"strategies", "bench/scenario", "bench/machine", "bench/metric", "bench/stat", "mockserver/config"}},
	{"bench/internal/child", nil},
	{"bench/internal/caller", []string{"bench/call", "bench/request"}},
	{"bench/internal/worker", []string{"strategies", "bench/request", "bench/call", "bench/internal/caller", "bench/scenario", "bench/machine", "bench/metric", "bench/internal/child", "mockserver/latency", "mockserver/config"}},
	{"bench", []string{"strategies", "bench/request", "bench/call", "bench/scenario", "bench/machine", "bench/metric", "bench/results", "bench/stat", "bench/internal/...", "mockserver", "mockserver/config", "mockserver/latency"}},
	{"internal/search", []string{"strategies", "bench/scenario", "bench/results", "bench/stat", "internal/predict"}},
	{"internal/probe", []string{"strategies"}},
	{"internal/doctor", []string{"strategies", "bench", "bench/scenario", "bench/machine", "bench/metric", "bench/results", "bench/stat", "mockserver/config", "mockserver/latency"}},
	{"internal/semantics", []string{"strategies", "bench/machine", "bench/metric", "internal/probe"}},
	{"internal/quantity", []string{"bench/stat"}},
	{"internal/progress", []string{"bench", "bench/results", "bench/stat", "internal/quantity"}},
	{"internal/figure", []string{"internal/quantity"}},
	{"internal/advice/...", []string{"strategies", "bench/scenario", "bench/machine", "bench/metric", "bench/results", "bench/stat", "mockserver/config", "mockserver/latency", "reports/summary", "internal/quantity", "internal/search", "internal/advice"}},
	{"internal/predict", []string{"strategies", "bench/scenario", "bench/machine", "bench/results", "bench/stat", "mockserver/config", "internal/quantity", "internal/figure"}},
	{"internal/compare", []string{"bench/scenario", "bench/results", "bench/stat", "internal/quantity"}},
	{"reports/...", []string{"strategies", "bench/scenario", "bench/machine", "bench/metric", "bench/results", "bench/stat", "mockserver/config", "mockserver/latency", "reports/...", "internal/advice", "internal/figure", "internal/quantity"}},
	{"examples/...", []string{"strategies/...", "bench/...", "mockserver/...", "reports/...", "cmd"}},
	{"internal/bucket", []string{"bench/results"}},
	{"internal/bucket/buckettest", []string{"strategies", "strategies/all", "bench/results", "bench/scenario", "internal/bucket"}},
	{"internal/manifest", nil},
	{"internal/...", []string{"strategies", "mockserver/latency", "mockserver/config"}},
	{"cmd/...", []string{"strategies/...", "bench/...", "mockserver/...", "reports/...", "internal/...", "cmd"}},
}

// pure are packages that start no process and open no connection, including all packages of the
// project that they import.
var pure = []string{"bench/stat", "bench/metric", "bench/machine", "bench/scenario", "bench/results", "internal/search", "mockserver/latency", "mockserver/config", "reports", "internal/compare", "internal/advice", "internal/predict"}

// roomOf is the index of the first line of rooms that matches a package, -1 if there is none.
func roomOf(name string) int {
	for i, r := range rooms {
		if within(r.name, name) {
			return i
		}
	}
	return -1
}

func within(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == below || strings.HasPrefix(name, below+"/")
	}
	return name == pattern
}

// imports are the imports of each package of the project, without tests.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	list := map[string][]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
}

func TestImportsPointOneWay(t *testing.T) {
	for name, list := range imports(t) {
		i := roomOf(name)
		if i < 0 {
			t.Errorf("%s is missing in rooms: add what it may import", name)
			continue
		}
		for _, path := range list {
			imported, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			if room := roomOf(imported); room >= 0 && rooms[room].name == "internal/..." {
				continue
			}
			if !slices.ContainsFunc(rooms[i].may, func(pattern string) bool { return within(pattern, imported) }) {
				t.Errorf("%s imports %s, but may import only %v", name, imported, rooms[i].may)
			}
		}
	}
}

func TestWhatIsPureStartsNoProcessAndOpensNoConnection(t *testing.T) {
	all := imports(t)
	for _, name := range pure {
		seen := map[string]bool{}
		var look func(p string)
		look = func(p string) {
			if seen[p] {
				return
			}
			seen[p] = true
			for _, path := range all[p] {
				if path == "net/http" || path == "os/exec" {
					t.Errorf("%s imports %s through %s", name, path, p)
				}
				if ours, ok := strings.CutPrefix(path, module); ok {
					look(ours)
				}
			}
		}
		look(name)
	}
}
