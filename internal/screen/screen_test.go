package screen

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
)

func TestColors(t *testing.T) {
	for _, c := range []struct {
		env      string
		terminal bool
		want     bool
	}{
		{"", true, true},
		{"", false, false},
		{"TERM=dumb", true, false},
		{"CLICOLOR=0", true, false},
		{"CLICOLOR=1", true, true},
		{"CLICOLOR=1", false, false},
		{"NO_COLOR=1", true, false},
		{"CLICOLOR_FORCE=1", false, true},
		{"CLICOLOR_FORCE=0", false, false},
		{"CLICOLOR_FORCE=0", true, true},
		{"CLICOLOR_FORCE=1 CLICOLOR=0", false, true},
		{"CLICOLOR_FORCE=1 TERM=dumb", true, true},
		{"CLICOLOR_FORCE=1 NO_COLOR=1", true, false},
	} {
		env := map[string]string{}
		for _, v := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(v, "=")
			env[name] = value
		}
		if got := colors(c.terminal, func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%s, terminal %v: %v", c.env, c.terminal, got)
		}
	}
}

func TestWidthWithoutATerminal(t *testing.T) {
	for columns, want := range map[string]int{"": Usual, "60": 60, "200": 200, "20": Least, "wide": Usual, "-3": Usual} {
		t.Setenv("COLUMNS", columns)
		if got := Of(&bytes.Buffer{}).Width; got != want {
			t.Errorf("COLUMNS=%s: %d, want %d", columns, got, want)
		}
	}
}

func TestHang(t *testing.T) {
	got := Screen{Width: 20}.Hang("- ", "one two three four five /a/path/that/is/longer/than/the/line six")
	want := "- one two three four\n  five\n  /a/path/that/is/longer/than/the/line\n  six"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	got = Screen{Width: 20}.Wrap("use pool:workers=8,percentile=95%,budget=20% now")
	if want := "use pool:workers=8,\npercentile=95%,\nbudget=20% now"; got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestBreak(t *testing.T) {
	for name, want := range map[string]string{
		"withoutanyplacetobreakthename":       "withoutanyplacetob\n  reakthename",
		"sequential":                          "sequential",
		"hedged:workers=8,delay=5ms":          "hedged:workers=8,\n  delay=5ms",
		"Bench/scenario=short/strategy=µ":     "Bench/\n  scenario=short/\n  strategy=µ",
		"without-any-place-to-break-the-name": "without-any-place-\n  to-break-the-\n  name",
		"40/s 2/2, 80/s 1/2, 160/s":           "40/s 2/2, 80/s\n  1/2, 160/s",
	} {
		if got := strings.Join(Break(name, 18), "\n"); got != want {
			t.Errorf("got\n%s", got)
		}
	}
}

// A table that does not fit breaks names, then puts them on lines of their own, then becomes
// several tables. No cell is lost.
func TestTableFits(t *testing.T) {
	table := NewTable(Column{"strategy", true}, Column{"makespan", false}, Column{"verdict", true})
	table.Add("hedged:workers=8,percentile=95%", "31.3ms", Screen{Colors: true}.Paint(text.FgGreen, "faster"))
	table.Add("errgroup", "1.2s", "undecided")
	for width, want := range map[int]string{
		0: `
strategy                         makespan  verdict
────────────────────────────────────────────────────
hedged:workers=8,percentile=95%    31.3ms  faster
errgroup                             1.2s  undecided`,
		51: `
strategy                        makespan  verdict
───────────────────────────────────────────────────
hedged:workers=8,                 31.3ms  faster
  percentile=95%
errgroup                            1.2s  undecided`,
		40: `
strategy
  makespan  verdict
─────────────────────
hedged:workers=8,percentile=95%
    31.3ms  faster
errgroup
      1.2s  undecided`,
	} {
		got := "\n" + text.StripEscape(table.Text(width))
		if got != want {
			t.Errorf("%d columns:%s", width, got)
		}
	}
	wide := NewTable(Column{"name", true}, Column{strings.Repeat("a", 30), true}, Column{strings.Repeat("b", 30), true}, Column{"c", true})
	wide.Add("it", "1", "2", "3")
	if got, want := "\n"+wide.Text(60), `
name  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
────────────────────────────────────
it    1

name  bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  c
───────────────────────────────────────
it    2                               3`; got != want {
		t.Errorf("got%s", got)
	}
}

// Whatever is in a table, no line is wider than the screen and every cell is there.
func TestNoTableIsTooWide(t *testing.T) {
	cell := strings.Repeat("workers=1,", 12)
	for columns := 1; columns < 12; columns++ {
		for long := range columns {
			table := &Table{}
			var row []string
			for i := range columns {
				table.Columns = append(table.Columns, Column{"a head", i%2 == 0})
				row = append(row, "12.3 MiB")
			}
			row[long] = cell
			table.Add(row...)
			text := table.Text(60)
			for line := range strings.Lines(text) {
				if n := Width(strings.TrimSuffix(line, "\n")); n > 60 {
					t.Errorf("%d columns, the %dth long: %d wide: %s", columns, long, n, line)
				}
			}
			if n := strings.Count(text, "workers=1,"); n < 12 || strings.Count(text, "12.3 MiB") < columns-1 {
				t.Errorf("%d columns, the %dth long: cells are missing:\n%s", columns, long, text)
			}
		}
	}
}

func TestBlockIsDrawnInPlace(t *testing.T) {
	var out bytes.Buffer
	b := NewBlock(&out)
	for _, lines := range [][]string{{"one", "two"}, {strings.Repeat("long ", 40)}} {
		if err := b.Draw(lines); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Clear(); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(out.String(), "\x1b[2A\r\x1b[J")
	second, end, _ := strings.Cut(rest, "\x1b[1A\r\x1b[J")
	if first != "one\ntwo\n" || Width(second) != Usual-1 || end != "" {
		t.Errorf("got %q", out.String())
	}
}
