// Package quote shows text of unknown origin in messages, such as the output of a file, a program
// or a server. It cuts such text to MaxLength characters and keeps its control characters off
// the terminal.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLength is the maximum number of characters of foreign text in a message.
const MaxLength = 200

// Text returns the text as a Go string literal of at most MaxLength of its characters, followed by
// "..." if the text is longer.
func Text(text string) string {
	head, cut := head(text)
	if cut {
		return strconv.Quote(head) + "..."
	}
	return strconv.Quote(text)
}

// Plain returns the text without quotation marks, at most MaxLength of its characters, with control
// characters escaped as in Go: "\x1b".
func Plain(text string) string {
	head, cut := head(text)
	if cut {
		return Printable(head) + "..."
	}
	return Printable(text)
}

// Printable returns the whole text with control characters and bytes that are not UTF-8 escaped as
// in Go: "\n", "\x1b".
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

// unprintable reports whether r is a control character or changes the direction of the text around
// it. Both make a terminal show something other than the text.
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

// Lines is like Printable, but keeps line ends and tabs.
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
