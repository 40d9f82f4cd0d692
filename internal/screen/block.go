package screen

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Block is some lines at the bottom of a terminal that are drawn again in place. It draws only
// when it is told to, in the goroutine that tells it.
type Block struct {
	w      io.Writer
	height int // lines on the terminal
}

// NewBlock returns a block without lines. w is a terminal.
func NewBlock(w io.Writer) *Block { return &Block{w: w} }

// Room is the number of lines that a block may have without scrolling, and the longest line.
func (b *Block) Room() (lines, width int) {
	lines, width = 24, Of(b.w).Width
	if f, ok := b.w.(*os.File); ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil && rows > 0 {
			lines, width = rows, columns
		}
	}
	return max(lines-1, 1), width - 1 // a full line would wrap on some terminals
}

// Draw replaces the block's lines. Lines that are too long for the terminal are cut, and those
// beyond its height are left out.
func (b *Block) Draw(lines []string) error {
	rows, width := b.Room()
	lines = lines[:min(len(lines), rows)]
	var out strings.Builder
	out.WriteString(b.up())
	for _, line := range lines {
		out.WriteString(Shorten(line, width) + "\n")
	}
	b.height = len(lines)
	_, err := io.WriteString(b.w, out.String())
	return err
}

// Clear removes the block. What is written next begins where it was.
func (b *Block) Clear() error {
	_, err := io.WriteString(b.w, b.up())
	b.height = 0
	return err
}

// up is the sequence that goes to the block's first line and erases all from there.
func (b *Block) up() string {
	if b.height == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", b.height)
}
