package worker

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/internal/quote"
)

// ProtocolVersion is the version of the protocol between the coordinator and its
// workers; docs/protocol.md describes it.
const ProtocolVersion = 2

// ErrLongLine is the error of a longer line, when reading and when writing.
var ErrLongLine = fmt.Errorf("protocol: a line of more than %d KiB", child.MaxLine>>10)

// Message is one line of the protocol: a verb and key=value fields, joined by tabs.
type Message struct {
	Verb   string
	Fields map[string]string
}

var (
	escape   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")
)

// WriteMessage writes one line; pairs are key, value, key, value.
func WriteMessage(w io.Writer, verb string, pairs ...any) error {
	var b strings.Builder
	b.WriteString(verb)
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, "\t%s=%s", pairs[i], escape.Replace(fmt.Sprint(pairs[i+1])))
	}
	b.WriteByte('\n')
	if b.Len() > child.MaxLine {
		return ErrLongLine
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ReadLine reads one line, without its end, from a reader with a buffer of maxLine; io.EOF
// where the stream ends between lines.
func ReadLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", ErrLongLine
	case errors.Is(err, io.EOF) && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return string(line[:len(line)-1]), nil
}

// ReadMessage reads one line; its errors are those of readLine.
func ReadMessage(r *bufio.Reader) (Message, error) {
	line, err := ReadLine(r)
	if err != nil {
		return Message{}, err
	}
	words := strings.Split(line, "\t")
	m := Message{Verb: words[0], Fields: map[string]string{}}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return Message{}, fmt.Errorf("protocol: %s in %s is not key=value", quote.Text(word), quote.Text(line))
		}
		m.Fields[key] = unescape.Replace(value)
	}
	return m, nil
}

// int returns a field as a number, 0 if it is absent. The first field that is not a
// number is remembered in err.
func (m Message) int(key string, err *error) int64 {
	text, ok := m.Fields[key]
	if !ok {
		return 0
	}
	v, e := strconv.ParseInt(text, 10, 64)
	if e != nil && *err == nil {
		*err = fmt.Errorf("protocol: %s: %s=%s is not a number", quote.Plain(m.Verb), key, quote.Text(text))
	}
	return v
}
