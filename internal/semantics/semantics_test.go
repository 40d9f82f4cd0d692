package semantics

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// The test binary is also the process that measures a cell: see TestMain.
const cellArgument = "semantics-cell"

// test-liar is a pool of four workers that says that it stops at the first error and
// turns panics into errors; test-exits ends its process.
func init() {
	pool := choose("fixed-pool:workers=4")
	liar := pool.Spec
	liar.Name, liar.Params = "test-liar", nil
	liar.Traits.OnError, liar.Traits.OnPanic = strategies.StopsAtFirst, strategies.BecomesError
	liar.Width = func(strategies.Params) int { return 4 }
	liar.New = func(strategies.Params) (strategies.Strategy, error) { return pool.New() }
	strategies.Register(liar)
	strategies.Register(strategies.Spec{
		Name: "test-exits", Traits: pool.Spec.Traits,
		New: func(strategies.Params) (strategies.Strategy, error) {
			fmt.Fprintln(os.Stderr, "enough of this")
			os.Exit(7)
			return nil, nil
		},
	})
}

func choose(text string) strategies.Choice {
	c, err := strategies.Parse(text)
	if err != nil {
		panic(err)
	}
	return c
}

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == cellArgument {
		if err := Serve(os.Args[2], os.Args[3], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// measure measures the choices without the batch of 10^6.
func measure(t *testing.T, choices ...string) Matrix {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var list []strategies.Choice
	for _, text := range choices {
		list = append(list, choose(text))
	}
	var told []string
	m, err := Measure(t.Context(), list, Options{
		Command:  []string{self, cellArgument},
		Quick:    true,
		Progress: func(s string, over, all int) { told = append(told, fmt.Sprint(s, over, all)) },
	})
	if err != nil || len(told) != len(choices) {
		t.Fatal(err, told)
	}
	return m
}

func TestWhatIsFoundIsHeldAgainstWhatIsDeclared(t *testing.T) {
	m := measure(t, "test-liar")
	row := m.Rows[0]
	for column, want := range map[string]string{
		"on error": "runs all", "reports": "all", "on panic": "crashes", "Goexit of one": "swallowed", "Goexit of all": "hangs",
		"order": "yes", "no tasks": "ok", "2 tasks, limit above": "ok", "10^6: goroutines": "-", "memory": "-", "took": "-",
	} {
		if row.Cells[column] != want {
			t.Errorf("%s: %q, want %q", column, row.Cells[column], want)
		}
	}
	if got := row.Cells["goroutines left"]; !strings.HasSuffix(got, "/0, 0") {
		t.Errorf("goroutines left: %s", got)
	}
	for _, cell := range []string{probe.Cancel, probe.CancelDeaf} {
		// A pool hands out every task; those that its workers had not begun come after.
		if o := row.Seen[cell].last(); o.BegunAfter < 4 || o.NeverStarted > 0 {
			t.Errorf("%s: %+v", cell, o)
		}
	}
	want := "test-liar: OnError: declared stops at first, found runs all\ntest-liar: OnPanic: declared becomes error, found crashes"
	if got := strings.Join(m.Mismatches(), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAProcessThatSaysNothing(t *testing.T) {
	row := measure(t, "test-exits").Rows[0]
	if got := row.Cells["no tasks"]; got != "exit status 7: enough of this" {
		t.Errorf("got %q", got)
	}
	if _, err := Measure(t.Context(), []strategies.Choice{choose("sequential")}, Options{
		Command: []string{filepath.Join(t.TempDir(), "none")}, Progress: func(string, int, int) {},
	}); err == nil || !strings.Contains(err.Error(), "starting a process to measure sequential") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx, []strategies.Choice{choose("sequential")}, Options{Command: []string{"x"}, Progress: func(string, int, int) {}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := Serve("sequential", "no such", os.Stdout); err == nil {
		t.Error("an unknown cell was measured")
	}
}

func TestAMillionTasksInTurn(t *testing.T) {
	m, err := measureMillion(choose("sequential"))
	if err != nil || !m.Ended || m.Goroutines < 1 || m.Goroutines > 50 || m.Took <= 0 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestTheWidthIsSetWhereItCanBe(t *testing.T) {
	for text, want := range map[string]string{
		"fixed-pool:workers=4": "fixed-pool:workers=1000", "sequential": "sequential", "errgroup": "errgroup",
		"errgroup:limit=4": "errgroup:limit=1000",
	} {
		c := choose(text)
		if got := wide(c).String(); got != want || c.String() != text {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestCells(t *testing.T) {
	r := Row{
		Strategy: "s",
		Seen: map[string]Seen{
			millionCell:      {Million: &Million{Goroutines: 7, RSS: 5e6, Took: 2 * time.Second}},
			probe.Cancel:     {Batches: []probe.Observation{{End: probe.Returned, BegunAfter: 3, ReturnedTook: 20 * time.Millisecond}}},
			probe.CancelDeaf: ended("hangs"),
			probe.EachOnce:   {Batches: []probe.Observation{{End: probe.Returned, Tasks: 0, Err: "x"}, {End: probe.Returned, Tasks: 2, NeverStarted: 1}}},
		},
	}
	r.fill()
	for column, want := range map[string]string{
		"tasks heed it": "3, 20 ms", "tasks ignore it": "hangs", "no tasks": "error", "2 tasks, limit above": "1 not done",
		"10^6: goroutines": "7", "memory": "5 MB", "took": "> 2.0 s",
	} {
		if got := r.Cells[column]; got != want {
			t.Errorf("%s: %q, want %q", column, got, want)
		}
	}
}
