package call

import (
	"net"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// TCP is an exchange a task: it sends a text over a connection, and reads the answer.
// Connections are used again.
type TCP struct {
	Address string // host:port
	Send    string // may have placeholders
	Read    string // what the answer is: line, echo, eof, or a number of bytes; "" is echo
	Expect  string // what the answer is to contain, "" for anything
	Data    string // a CSV file
}

// What the answer of a TCP service is, besides a number of bytes.
const (
	ReadEcho = "echo" // as many bytes as were sent
	ReadLine = "line" // up to the first line feed
	ReadEOF  = "eof"  // all, until the service closes the connection
)

// MaxAnswer is the most that is read of an answer that is looked at, in bytes.
const MaxAnswer = 64 << 20

func (t *TCP) Kind() string   { return "tcp" }
func (t *TCP) Rows() string   { return t.Data }
func (t *TCP) String() string { return "tcp " + t.Address + ", " + short(t.Send) }

func (t *TCP) Hosts() []string {
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil || host == "" {
		return nil // an address without a host is this machine's
	}
	return []string{host}
}

func (t *TCP) Validate() (errs keyed.List) {
	checkAddress(&errs, t.Address)
	if t.Send == "" {
		errs.Add("send", "missing, such as \"ping {task}\\n\"")
	}
	if _, err := strconv.ParseUint(t.Read, 10, 30); err != nil && t.Read != "" && t.Read != ReadEcho && t.Read != ReadLine && t.Read != ReadEOF {
		errs.Add("read", "%s: want echo, line, eof or a number of bytes", quote.Text(t.Read))
	}
	return errs
}

func (t *TCP) Missing() (errs keyed.List) {
	needsData(&errs, t.Data)
	return errs
}

func checkAddress(errs *keyed.List, address string) {
	if address == "" {
		errs.Add("address", "missing, such as 127.0.0.1:7")
		return
	}
	_, port, err := net.SplitHostPort(address)
	if n, portErr := strconv.Atoi(port); err != nil || portErr != nil || n < 1 || n > 65535 {
		errs.Add("address", "%s is not host:port, such as 127.0.0.1:7", quote.Text(address))
	}
}

func (t *TCP) MarshalYAML() (any, error) {
	f := form{"address": t.Address, "send": t.Send}
	f.put("read", t.Read, t.Read != "")
	f.put("expect", t.Expect, t.Expect != "")
	f.put("data", plainfile.Absolute(t.Data), t.Data != "")
	return map[string]any(f), nil
}

func decodeTCP(from *strictyaml.Decoder, n *yaml.Node) Call {
	t, d := new(TCP), decoder{from, "tcp"}
	d.Object(n, "target.tcp", strictyaml.Fields{
		"address": d.text(&t.Address, "address"),
		"send":    d.text(&t.Send, "send"),
		"read":    d.text(&t.Read, "read"),
		"expect":  d.text(&t.Expect, "expect"),
		"data":    d.path(&t.Data, "data"),
	})
	return t
}
