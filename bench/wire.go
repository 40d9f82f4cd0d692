package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ProtocolVersion is the version of the protocol between the conductor and its
// workers; docs/protocol.md describes it.
const ProtocolVersion = 1

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
	_, err := io.WriteString(w, b.String())
	return err
}

// readMessage reads one line; io.EOF where the stream ends between lines.
func readMessage(r *bufio.Reader) (message, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		if errors.Is(err, io.EOF) && line != "" {
			err = io.ErrUnexpectedEOF
		}
		return message{}, err
	}
	words := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	m := message{verb: words[0], fields: map[string]string{}}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return message{}, fmt.Errorf("protocol: %q in %q is not key=value", word, line)
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
		*err = fmt.Errorf("protocol: %s: %s=%q is not a number", m.verb, key, text)
	}
	return v
}
