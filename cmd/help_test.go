package cmd

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/internal/screen"
)

// Help fits the terminal, all of it. A word that is longer than the line cannot be wrapped.
func TestHelpFits(t *testing.T) {
	for _, columns := range []int{60, 80, 200} {
		t.Setenv("COLUMNS", strconv.Itoa(columns))
		commands := [][]string{{"--help"}}
		for _, c := range newRoot().Commands() {
			if !c.Hidden && c.Name() != "completion" { // its help is cobra's
				commands = append(commands, []string{c.Name(), "--help"})
			}
		}
		for _, args := range commands {
			var out bytes.Buffer
			if status := run(context.Background(), args, nil, &out, &out); status != exitOK {
				t.Fatalf("%v: status %d\n%s", args, status, out.String())
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimRight(line, "\n")
				if n := screen.Width(line); n > columns && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%v: %d columns: %s", args, n, line)
				}
			}
		}
	}
}

func TestTextIsWrapped(t *testing.T) {
	got := rewrap(screen.Screen{Width: 14}, "one two\nthree four five six\n\n  as it\n  is written here\n\nend")
	if want := "one two three\nfour five six\n\n  as it\n  is written here\n\nend"; got != want {
		t.Errorf("got %q", got)
	}
}

// An example that is broken can still be copied.
func TestExamplesAreWrapped(t *testing.T) {
	got := rewrapExamples(screen.Screen{Width: 30}, "  fanbench list\n  fanbench run -n 64 --sleep constant:2ms   the effect of the limit, and more")
	want := "  fanbench list\n  # the effect of the limit,\n  # and more\n  fanbench run -n 64 --sleep \\\n    constant:2ms"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
