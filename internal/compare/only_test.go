package compare

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlySomeBenchmarks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.txt")
	text := "goos: linux\n"
	for range 6 {
		for _, name := range []string{"Fanout/scenario=a/tasks=9/strategy=fixed-pool:workers=4-2", "Fanout/scenario=a/tasks=9/strategy=errgroup-2", "Fanout/scenario=b/tasks=9/strategy=errgroup-2", "Other-2"} {
			text += "Benchmark" + name + " 1 1000 ns/op\n"
		}
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sides := func() Sides {
		base, err := Open(file)
		head, err2 := Open(file)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		return Sides{Base: base, Head: head}
	}
	for _, c := range []struct {
		parts map[string][]string
		want  string // the names
	}{
		{nil, "Fanout/scenario=a/tasks=9/strategy=fixed-pool:workers=4-2 Fanout/scenario=a/tasks=9/strategy=errgroup-2 Fanout/scenario=b/tasks=9/strategy=errgroup-2 Other-2"},
		{map[string][]string{"strategy": {"fixed-pool:workers=4"}}, "Fanout/scenario=a/tasks=9/strategy=fixed-pool:workers=4-2"},
		{map[string][]string{"scenario": {"b", "a"}, "strategy": {"errgroup"}}, "Fanout/scenario=a/tasks=9/strategy=errgroup-2 Fanout/scenario=b/tasks=9/strategy=errgroup-2"},
	} {
		s := sides()
		if err := s.Only(c.parts); err != nil {
			t.Fatal(err)
		}
		r, err := New(s, Options{MaxRegress: 0.05})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, b := range r.Benchmarks {
			names = append(names, strings.Fields(b.Name)[0])
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%v: got %s", c.parts, got)
		}
		if c.parts != nil && strings.Contains(s.Base.text.String(), "Other") {
			t.Errorf("%v: benchstat's table has them all", c.parts)
		}
	}
	if err := sides().Only(map[string][]string{"strategy": {"errgruop"}, "scenario": {"c"}}); err == nil || !strings.Contains(err.Error(), `did you mean "errgroup"?`) || !strings.Contains(err.Error(), `"c"`) {
		t.Errorf("got %v", err)
	}
}
