// Package call describes tasks that are neither HTTP requests nor Go functions: a query to a
// database, a process, an exchange over TCP, a call by gRPC.
//
// It only describes them: bench/internal/worker makes the calls. Begin with Call, and read
// command.go for the shortest kind. A kind is one file here, a line in Kinds, and its Caller.
package call

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// Call is what every task of a target does. Text in it may have {task}, {round}, {seed}, and
// {column} for each column of its data, a CSV file; and ${NAME} where it can have secrets, for
// an environment variable.
type Call interface {
	// Kind is its key in a scenario's target, such as sql.
	Kind() string
	// String says it in a line, without secrets.
	String() string
	// Validate returns what no such call can have. Its keys are those below the kind's.
	Validate() keyed.List
	// Missing returns what it needs and is not here: environment variables and files.
	Missing() keyed.List
	// Hosts are the hosts that it connects to, where it names them.
	Hosts() []string
	// Rows is the name of its CSV file, "" for none.
	Rows() string
	// MarshalYAML returns the form that a scenario's file has below the kind, without secrets.
	MarshalYAML() (any, error)
}

// Kind is a kind of calls.
type Kind struct {
	Key    string
	Decode func(d *strictyaml.Decoder, n *yaml.Node) Call // reads the mapping below the key
	empty  func() Call                                    // what JSON is read into
}

// Kinds are all kinds.
var Kinds = []Kind{
	{"command", decodeCommand, func() Call { return new(Command) }},
	{"grpc", decodeGRPC, func() Call { return new(GRPC) }},
	{"sql", decodeSQL, func() Call { return new(SQL) }},
	{"tcp", decodeTCP, func() Call { return new(TCP) }},
}

// Caller makes the calls of a worker's tasks. Its methods may be called from any goroutine.
type Caller interface {
	// Open prepares a trial with so many tasks at once: warm says whether connections are
	// open when it begins.
	Open(ctx context.Context, atOnce int, warm bool) error
	// Do makes the call of a task.
	Do(ctx context.Context, task Task) (Answer, error)
	// Connections is the number of connections that tasks have opened since its last call,
	// without those that Means.Dial opened.
	Connections() int64
	// Close closes what Open has opened. Calls in progress may fail.
	Close() error
}

// Task is one task of a round, and fills in what texts have of it.
type Task struct {
	request.Filler
	Round, Number int
}

// Fill fills in the placeholders of a text.
func (t Task) Fill(text string) string { return t.Filler.Text(text, t.Round, t.Number) }

// Answer is what a call tells besides its error.
type Answer struct {
	Bytes int64 // payload received
	Queue int64 // how long the call waited for its turn before it was made, ns; 0 if it did not or is not known
	Took  int64 // how long it took then, ns; 0 if that is not known
}

// Marshal writes a call for the worker that makes it. It can have secrets.
func Marshal(c Call) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{c.Kind(), text})
}

// Unmarshal reads what Marshal has written.
func Unmarshal(text []byte) (Call, error) {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, err
	}
	for _, k := range Kinds {
		if k.Key == e.Kind {
			c := k.empty()
			d := json.NewDecoder(bytes.NewReader(e.Call))
			d.DisallowUnknownFields()
			return c, d.Decode(c)
		}
	}
	return nil, fmt.Errorf("no kind of call is %s", quote.Text(e.Kind))
}

type envelope struct {
	Kind string
	Call json.RawMessage
}

// needsEnvironment reports the variables of a text that are not set.
func needsEnvironment(errs *keyed.List, key, text string) {
	for _, name := range request.Variables(text) {
		if _, ok := os.LookupEnv(name); !ok {
			errs.Add(key, "the environment variable %s is not set", name)
		}
	}
}

// needsData reports a CSV file that cannot be read.
func needsData(errs *keyed.List, file string) {
	if file == "" {
		return
	}
	if _, err := request.ReadRows(file); err != nil {
		errs.Add("data", "%w", err)
	}
}

// form collects what a call writes into a scenario's file.
type form map[string]any

func (f form) put(key string, v any, given bool) {
	if given {
		f[key] = v
	}
}

// decoder reads the keys of one kind.
type decoder struct {
	*strictyaml.Decoder
	kind string
}

func (d decoder) key(name string) string { return "target." + d.kind + "." + name }

// text reads a text into a field.
func (d decoder) text(to *string, name string) func(*yaml.Node) {
	return func(n *yaml.Node) { *to = d.String(n, d.key(name)) }
}

// path reads the name of a file, as seen from the scenario's.
func (d decoder) path(to *string, name string) func(*yaml.Node) {
	return func(n *yaml.Node) { *to = d.Path(n, d.key(name)) }
}

// texts reads a list of texts.
func (d decoder) texts(to *[]string, name string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		for _, item := range d.List(n, d.key(name)) {
			*to = append(*to, d.String(item, d.key(name)))
		}
	}
}

// short is a text as a line that a table has room for.
func short(text string) string {
	const most = 60
	line := quote.Printable(strings.Join(strings.Fields(text), " "))
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return line
}
