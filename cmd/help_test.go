package cmd

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Help fits 80 columns where there is no terminal. An example may be longer: it is a command to
// be copied.
func TestHelpFits(t *testing.T) {
	for _, c := range newRoot().Commands() {
		if c.Hidden || c.Name() == "completion" {
			continue
		}
		examples := false
		for line := range strings.Lines(call(t, t.TempDir(), c.Name(), "--help").stdout) {
			line = strings.TrimRight(line, "\n")
			if strings.HasSuffix(line, ":") {
				examples = line == "Examples:"
			}
			if n := utf8.RuneCountInString(line); n > narrow && !examples && strings.Contains(strings.TrimSpace(line), " ") { // one word cannot be wrapped
				t.Errorf("%s: %d columns: %s", c.Name(), n, line)
			}
		}
	}
}

func TestTextIsWrapped(t *testing.T) {
	got := rewrap("one two\nthree four five six\n\n  as it\n  is written here\n\nend", 14)
	if want := "one two three\nfour five six\n\n  as it\n  is written here\n\nend"; got != want {
		t.Errorf("got %q", got)
	}
}
