package cgroup

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/fstest"
	"time"
)

func TestLayouts(t *testing.T) {
	const mib = 1 << 20
	for layout, want := range map[string]struct {
		cpus             float64
		limit, available int64
		throttling       Throttling // of the group with the most throttled periods
	}{
		"v1-docker":    {0.3, 200 * mib, 200*mib - 100_000_000, Throttling{95, 91, 11920 * time.Millisecond}},
		"v1-nested":    {1.5, 0, 0, Throttling{40, 10, 2 * time.Second}}, // the group above has the tighter quota
		"v2-nested":    {0.5, 256 * mib, 256*mib - 180_000_000, Throttling{200, 150, 9 * time.Second}},
		"v2-namespace": {3, 0, 0, Throttling{Periods: 7}},
		"hybrid":       {0.3, 1 << 30, 1_000_000_000, Throttling{12, 3, 5}},
		"foreign-proc": {1, 0, 0, Throttling{}},
		"missing":      {},
	} {
		g := Find(os.DirFS(filepath.Join("testdata", layout)))
		limit, available := g.Memory()
		if cpus := g.CPUs(); cpus != want.cpus || limit != want.limit || available != want.available {
			t.Errorf("%s: %v CPUs, memory %d of %d, want %+v", layout, cpus, available, limit, want)
		}
		now := g.Throttling()
		if got := Since(make([]Throttling, len(now)), now); got != want.throttling {
			t.Errorf("%s: throttled %+v, want %+v", layout, got, want.throttling)
		}
	}
}

// Since counts from the earlier reading, and takes the group that was throttled most since then.
func TestSince(t *testing.T) {
	before := []Throttling{{100, 90, time.Hour}, {10, 1, 1}}
	now := []Throttling{{110, 91, time.Hour + 1}, {30, 16, 8}}
	if got := Since(before, now); got != (Throttling{20, 15, 7}) {
		t.Errorf("%+v", got)
	}
	if got := Since(nil, nil); got != (Throttling{}) {
		t.Errorf("without groups: %+v", got)
	}
}

func TestNoText(t *testing.T) {
	for name, text := range map[string]string{"cgroup": "::\n0:\nx:y:z\n0::/..\n", "mountinfo": "1 2 3\n - cgroup2\n1 2 0:1 / /\\0 rw - cgroup2 x rw\n1 2 0:1 /a /\\777 rw - cgroup\n"} {
		g := Find(fstest.MapFS{
			"proc/self/cgroup":    {Data: []byte("0::/a\n" + map[bool]string{true: text}[name == "cgroup"])},
			"proc/self/mountinfo": {Data: []byte(map[bool]string{true: text}[name == "mountinfo"])},
			"cpu.max":             {Data: []byte("many few")},
		})
		if g.CPUs() != 0 {
			t.Errorf("%s: a quota of %v CPUs", name, g.CPUs())
		}
	}
	if got := []string{unescape(`/a\040b`), unescape(`\134`), unescape(`\04`), unescape(`\999`)}; !reflect.DeepEqual(got, []string{"/a b", `\`, `\04`, `\999`}) {
		t.Errorf("%q", got)
	}
}

func TestProcs(t *testing.T) {
	for _, c := range []struct {
		cpus    float64
		now, to int
	}{{0, 8, 8}, {0.3, 8, 2}, {0.3, 1, 1}, {2.5, 8, 3}, {4, 8, 4}, {64, 8, 8}} {
		if got := procs(c.cpus, c.now); got != c.to {
			t.Errorf("a quota of %v CPUs makes %d of GOMAXPROCS %d, want %d", c.cpus, got, c.now, c.to)
		}
	}
}
