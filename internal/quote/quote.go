// Package quote shows text of unknown origin in messages: what a file, a program or a
// server wrote. Such text is cut to MaxLength characters, and none of its control
// characters reach a terminal.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLength is how many characters of a foreign text a message shows.
const MaxLength = 200

// Text returns the text as a Go string literal, of at most MaxLength of its characters;
// "..." follows the literal of one that is longer.
func Text(text string) string {
	head, cut := head(text)
	if cut {
		return strconv.Quote(head) + "..."
	}
	return strconv.Quote(text)
}

// Plain returns the text without quotation marks, of at most MaxLength of its characters,
// control characters as Go writes them: "\x1b".
func Plain(text string) string {
	head, cut := head(text)
	if cut {
		return Printable(head) + "..."
	}
	return Printable(text)
}

// Printable returns the whole text with its control characters, and bytes that are no
// UTF-8, as Go writes them: "\n", "\x1b".
func Printable(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, width := 0, 0; i < len(text); i += width {
		var r rune
		r, width = utf8.DecodeRuneInString(text[i:])
		piece := text[i : i+width]
		if unprintable(r) || r == utf8.RuneError && width == 1 {
			literal := strconv.Quote(piece)
			piece = literal[1 : len(literal)-1]
		}
		b.WriteString(piece)
	}
	return b.String()
}

// unprintable reports control characters, and those that change the direction of the text
// around them: both have a terminal show something else than what is there.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

func head(text string) (head string, cut bool) {
	n := 0
	for i := range text {
		if n == MaxLength {
			return text[:i], true
		}
		n++
	}
	return text, false
}

// Lines returns the whole text as Printable does, but leaves its line ends and tabs.
func Lines(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		n := strings.IndexAny(text, "\n\t")
		if n < 0 {
			n = len(text)
		}
		b.WriteString(Printable(text[:n]))
		if n < len(text) {
			b.WriteByte(text[n])
			n++
		}
		text = text[n:]
	}
	return b.String()
}
