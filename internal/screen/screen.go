// Package screen fits text to where it is printed: the width of the terminal, whether it has
// colours, wrapped paragraphs, tables (Table), and lines that are drawn again in place
// (Block). It imports nothing of the project.
package screen

import (
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// Widths, in columns.
const (
	Usual   = 80  // without a terminal and without COLUMNS
	Least   = 60  // what is printed fits this; a narrower terminal breaks lines itself
	longest = 120 // of a line of a paragraph, however wide the terminal is
)

// Screen is where text is printed.
type Screen struct {
	Width    int  // columns, at least Least
	Colors   bool // text may be coloured
	Terminal bool // a person reads it, and lines can be drawn again
}

// Of is the screen that w writes to. Its width is that of the terminal; without one it is that
// of the variable COLUMNS, and Usual without that.
func Of(w io.Writer) Screen {
	s := Screen{Width: Usual}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		s.Width = n
	}
	f, ok := w.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd()))
	if terminal {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			s.Width = n
		}
	}
	s.Width = max(s.Width, Least)
	terminal = terminal && text.ANSICodesSupported // old consoles of Windows have a width, but no sequences
	s.Colors = colors(terminal, os.Getenv)
	s.Terminal = terminal && os.Getenv("TERM") != "dumb"
	return s
}

// colors is the one place that decides about colours: NO_COLOR forbids them, CLICOLOR_FORCE has
// them even without a terminal, TERM=dumb and CLICOLOR=0 have none
// (https://no-color.org, https://bixense.com/clicolors).
func colors(terminal bool, env func(string) string) bool {
	force := env("CLICOLOR_FORCE")
	switch {
	case env("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return terminal && env("TERM") != "dumb" && env("CLICOLOR") != "0"
}

// Paint colours a text, where there are colours.
func (s Screen) Paint(c text.Color, t string) string {
	if !s.Colors {
		return t
	}
	return text.Escape(t, c.EscapeSeq())
}

// Prose is the width of a paragraph.
func (s Screen) Prose() int { return min(s.Width, longest) }

// Wrap breaks a paragraph at its spaces. A path or URL that is longer has its own line.
func (s Screen) Wrap(t string) string { return s.Hang("", t) }

// Item is a paragraph as an item of a list.
func (s Screen) Item(t string) string { return s.Hang("- ", t) }

// Hang is a paragraph that begins with a head. Its further lines are indented by the head's
// width.
func (s Screen) Hang(head, t string) string {
	indent := strings.Repeat(" ", Width(head))
	var out []string
	line, used, empty := head, len(indent), true
	for _, word := range words(t, s.Prose()-len(indent)) {
		n := Width(word)
		if !empty && used+1+n > s.Prose() {
			out, line, used, empty = append(out, line), indent, len(indent), true
		}
		if !empty {
			line, used = line+" ", used+1
		}
		line, used, empty = line+word, used+n, false
	}
	return strings.Join(append(out, strings.TrimRight(line, " ")), "\n")
}

// words are those of a paragraph. Strategies and lists that are wider than width are broken; paths
// and URLs, which people copy, are not.
func words(t string, width int) (out []string) {
	for _, word := range strings.Fields(t) {
		if Width(word) > width && strings.ContainsAny(word, "=,") && !strings.Contains(word, "://") {
			for _, part := range Break(word, width) {
				out = append(out, strings.TrimLeft(part, " "))
			}
			continue
		}
		out = append(out, word)
	}
	return out
}

// Width is the width of a text in columns, without the sequences that colour it.
func Width(t string) int { return text.StringWidthWithoutEscSequences(t) }

// Shorten cuts the middle of a text that is wider than width.
func Shorten(t string, width int) string {
	letters := []rune(t)
	if len(letters) <= width {
		return t
	}
	half := (width - 1) / 2
	return string(letters[:width-1-half]) + "…" + string(letters[len(letters)-half:])
}

// Break breaks a name, such as fixed-pool:workers=8, or a list of figures into lines of at most
// width columns: after a space, a comma or a colon, else after a slash, else after a hyphen, and
// anywhere if it has to. The lines after the first are indented.
func Break(name string, width int) []string {
	var lines []string
	indent := ""
	rest := []rune(name)
	for len(indent)+len(rest) > width {
		room := string(rest[:width-len(indent)])
		for _, after := range []string{" ,:", "/", "-"} {
			if cut := strings.LastIndexAny(room, after); cut >= 0 {
				room = room[:cut+1]
				break
			}
		}
		lines = append(lines, strings.TrimRight(indent+room, " "))
		rest, indent = []rune(strings.TrimLeft(string(rest)[len(room):], " ")), "  "
	}
	return append(lines, indent+string(rest))
}
