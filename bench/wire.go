package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// ProtocolVersion is the version of the protocol between the conductor and its
// workers; docs/protocol.md describes it.
const ProtocolVersion = 1

// errLongLine is returned of a line beyond it, read or to be written.
var errLongLine = fmt.Errorf("protocol: a line of more than %d KiB", maxLine>>10)

// message is one line of the protocol: a verb and key=value fields, joined by tabs.
type message struct {
	verb   string
	fields map[string]string
}

var (
	escape   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")
)

// writeMessage writes one line; pairs are key, value, key, value.
func writeMessage(w io.Writer, verb string, pairs ...any) error {
	var b strings.Builder
	b.WriteString(verb)
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, "\t%s=%s", pairs[i], escape.Replace(fmt.Sprint(pairs[i+1])))
	}
	b.WriteByte('\n')
	if b.Len() > maxLine {
		return errLongLine
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// readLine reads one line, without its end, from a reader with a buffer of maxLine; io.EOF
// where the stream ends between lines.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", errLongLine
	case errors.Is(err, io.EOF) && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return string(line[:len(line)-1]), nil
}

// readMessage reads one line; its errors are those of readLine.
func readMessage(r *bufio.Reader) (message, error) {
	line, err := readLine(r)
	if err != nil {
		return message{}, err
	}
	words := strings.Split(line, "\t")
	m := message{verb: words[0], fields: map[string]string{}}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return message{}, fmt.Errorf("protocol: %s in %s is not key=value", quote.Text(word), quote.Text(line))
		}
		m.fields[key] = unescape.Replace(value)
	}
	return m, nil
}

// int returns a field as a number, 0 if it is absent. The first field that is not a
// number is remembered in err.
func (m message) int(key string, err *error) int64 {
	text, ok := m.fields[key]
	if !ok {
		return 0
	}
	v, e := strconv.ParseInt(text, 10, 64)
	if e != nil && *err == nil {
		*err = fmt.Errorf("protocol: %s: %s=%s is not a number", quote.Plain(m.verb), key, quote.Text(text))
	}
	return v
}
