// Package strictyaml reads YAML configuration files strictly: it reports all mistakes at once,
// each as file:line:col, suggests the key that was probably meant for an unknown one, and guesses
// no values.
//
// A Decoder walks the nodes of one document. Its methods return the zero value for wrong input and
// record the error; Err returns all errors at the end. ErrWith also reports mistakes that a check
// of the whole configuration finds, with the positions of their keys.
//
// Input is bounded in the number of values, the length of each value, and the number of listed
// mistakes.
package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/suggest"
)

// Decoder collects the errors of one file. The zero value is not usable: see New.
type Decoder struct {
	file  string
	above int        // number of lines of the file before the text
	root  *yaml.Node // nil until it has been read, and without a document
	errs  []positioned
	wrong map[*yaml.Node]bool // nodes with errors

	notes map[*yaml.Node][]func() map[string]any // schemas of the nodes that were accepted, see Schema; nil if it reads a document
}

type positioned struct {
	line, col int
	text      string
}

// New returns a decoder whose errors name the file.
func New(file string) *Decoder { return NewAt(file, 1) }

// NewAt is like New, for a text that begins at the given line of the file, from 1.
func NewAt(file string, line int) *Decoder {
	return &Decoder{file: file, above: line - 1, wrong: map[*yaml.Node]bool{}}
}

// File is the name in errors.
func (d *Decoder) File() string { return d.file }

// Root parses the text and returns the root of its only document, or nil (with an error recorded)
// if there is none.
func (d *Decoder) Root(text []byte) *yaml.Node {
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		d.errs = append(d.errs, positioned{1, 1, "the file is empty"})
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		d.Errorf(&second, "a second document in the file; write one scenario per file")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	if n, err := measure(doc.Content[0]); err != nil {
		d.Errorf(n, "%v", err)
		return nil
	}
	d.root = doc.Content[0]
	return d.root
}

// syntax turns the parser's "yaml: line 3: text" into a position.
func (d *Decoder) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, message, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				line, text = n, message
			}
		}
	}
	d.errs = append(d.errs, positioned{line, 1, "not YAML: " + text})
}

// Errorf records an error at the node's position.
func (d *Decoder) Errorf(n *yaml.Node, format string, args ...any) {
	d.wrong[n] = true
	d.errs = append(d.errs, positioned{max(n.Line, 1), max(n.Column, 1), fmt.Sprintf(format, args...)})
}

// ErrorAfter is Errorf at a position the given number of bytes after the beginning of the node.
func (d *Decoder) ErrorAfter(n *yaml.Node, bytes int, format string, args ...any) {
	d.Errorf(n, format, args...)
	d.errs[len(d.errs)-1].col += bytes
}

// Err returns every error in the order of the file, one line each, or nil.
func (d *Decoder) Err() error { return d.ErrWith(nil) }

// ErrWith returns every error and those of a check of the whole configuration, each at the
// position of its key, in the order of the file. It leaves out errors about keys that already have
// a mistake or that depend on one.
func (d *Decoder) ErrWith(found keyed.List) error {
	all := slices.Clone(d.errs)
	for _, e := range found {
		if d.Mistaken(e.Key) || slices.ContainsFunc(e.From, d.Mistaken) {
			continue
		}
		n, _ := d.find(e.Key)
		all = append(all, positioned{max(n.Line, 1), max(n.Column, 1), e.Error()})
	}
	slices.SortStableFunc(all, func(a, b positioned) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.col - b.col
	})
	var lines []error
	for i, e := range all {
		if len(lines) >= mostMistakes {
			lines = append(lines, fmt.Errorf("%s:%d:%d: and %d mistakes more from here on", d.file, d.above+e.line, e.col, len(all)-i))
			break
		}
		e.line += d.above
		for text := range strings.SplitSeq(e.text, "\n") {
			lines = append(lines, fmt.Errorf("%s:%d:%d: %s", d.file, e.line, e.col, quote.Printable(text)))
		}
	}
	return errors.Join(lines...)
}

// Mistaken reports whether the value of the key could not be read: it or an enclosing value has a
// mistake. In a file that is not YAML every key is mistaken.
func (d *Decoder) Mistaken(key string) bool {
	if d.root == nil || d.wrong[d.root] {
		return true
	}
	n, path := d.find(key)
	for _, above := range path {
		if d.wrong[above] {
			return true
		}
	}
	return len(path) == len(keyed.Steps(key)) && d.anyWrong(n)
}

// Missing reports whether the key is missing in the document.
func (d *Decoder) Missing(key string) bool {
	if d.root == nil {
		return true
	}
	_, path := d.find(key)
	return len(path) < len(keyed.Steps(key))
}

// find returns the node of the key, or the innermost enclosing one if the key is missing. path
// are the nodes on the way to it below the root.
func (d *Decoder) find(key string) (n *yaml.Node, path []*yaml.Node) {
	n = d.root
	for _, s := range keyed.Steps(key) {
		next := child(n, s)
		if next == nil {
			break
		}
		n = next
		path = append(path, n)
	}
	return n, path
}

func child(n *yaml.Node, s keyed.Step) *yaml.Node {
	switch {
	case n.Kind == yaml.SequenceNode && s.Index >= 0 && s.Index < len(n.Content):
		return resolve(n.Content[s.Index])
	case n.Kind == yaml.MappingNode && s.Index < 0:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s.Name {
				return resolve(n.Content[i+1])
			}
		}
	}
	return nil
}

// anyWrong reports whether there is a mistake at or below the node.
func (d *Decoder) anyWrong(n *yaml.Node) bool {
	if len(d.wrong) == 0 {
		return false
	}
	n = resolve(n)
	return d.wrong[n] || slices.ContainsFunc(n.Content, d.anyWrong)
}

// Bounds of the input.
const (
	mostValues   = 200_000 // keys and values, with those of aliases counted at each use
	longestValue = 8 << 10 // length of one value, in bytes
	mostMistakes = 200     // listed mistakes
)

// measure returns the first node at which the document exceeds a bound, and an error that says which.
func measure(root *yaml.Node) (*yaml.Node, error) {
	sizes := map[*yaml.Node]int{} // of nodes that aliases may refer to; -1 while being measured
	var size func(n *yaml.Node) (int, *yaml.Node, error)
	size = func(n *yaml.Node) (int, *yaml.Node, error) {
		if n.Kind == yaml.AliasNode {
			if sizes[n.Alias] < 0 {
				return 0, n, fmt.Errorf("the alias *%s refers to a value that contains it", quote.Plain(n.Value))
			}
			n = n.Alias
		}
		if known := sizes[n]; known > 0 {
			return known, nil, nil
		}
		if len(n.Value) > longestValue {
			return 0, n, fmt.Errorf("a text of %d bytes; the maximum is %d: %s", len(n.Value), longestValue, quote.Text(n.Value))
		}
		if n.Anchor != "" {
			sizes[n] = -1
		}
		sum := 1
		for _, part := range n.Content {
			s, at, err := size(part)
			if err != nil {
				return 0, at, err
			}
			if sum += s; sum > mostValues {
				return 0, part, fmt.Errorf("more than %d keys and values, with those of aliases counted at each use", mostValues)
			}
		}
		if n.Anchor != "" {
			sizes[n] = sum
		}
		return sum, nil, nil
	}
	_, at, err := size(root)
	return at, err
}

// Fields are the allowed keys of an object, with a function for the value of each.
type Fields map[string]func(value *yaml.Node)

// Object reads a mapping with each key at most once and no keys other than those in fields. what
// names the object in errors. It returns the number of keys.
func (d *Decoder) Object(n *yaml.Node, what string, fields Fields) int {
	if d.Probing() {
		d.noteObject(resolve(n), fields)
		return 0
	}
	known := make([]string, 0, len(fields))
	for k := range fields {
		known = append(known, k)
	}
	slices.Sort(known)
	pairs := d.Pairs(n, what)
	for _, kv := range pairs {
		if read, ok := fields[kv.Key.Value]; ok {
			read(kv.Value)
		} else {
			d.Errorf(kv.Key, "%s", suggest.Unknown("key", kv.Key.Value, known))
		}
	}
	return len(pairs)
}

// Pair is a key of a mapping and its value.
type Pair struct{ Key, Value *yaml.Node }

// Pairs reads a mapping with arbitrary keys, in the file's order.
func (d *Decoder) Pairs(n *yaml.Node, what string) []Pair {
	n = resolve(n)
	if d.Probing() {
		return d.notePairs(n)
	}
	if n.Kind != yaml.MappingNode {
		d.Errorf(n, "%s: want key: value pairs, not %s", what, describe(n))
		return nil
	}
	var pairs []Pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolve(n.Content[i+1])
		if seen[key.Value] {
			d.Errorf(key, "%s: %s is given twice", what, quote.Text(key.Value))
			continue
		}
		seen[key.Value] = true
		pairs = append(pairs, Pair{key, value})
	}
	return pairs
}

// List reads a sequence.
func (d *Decoder) List(n *yaml.Node, what string) []*yaml.Node {
	n = resolve(n)
	if d.Probing() {
		return d.noteList(n)
	}
	if n.Kind != yaml.SequenceNode {
		d.Errorf(n, "%s: want a list, not %s", what, describe(n))
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolve(item)
	}
	return items
}

// String reads a scalar as the text that is written in the file.
func (d *Decoder) String(n *yaml.Node, what string) string {
	n = resolve(n)
	if d.noteScalar(n, text()) {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.Errorf(n, "%s: want text, not %s", what, describe(n))
		return ""
	}
	return n.Value
}

// Path reads the name of a file, which is relative to the directory of the decoder's file.
func (d *Decoder) Path(n *yaml.Node, what string) string {
	name := d.String(n, what)
	if name != "" && !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(d.file), name)
	}
	return name
}

// Bool reads true or false.
func (d *Decoder) Bool(n *yaml.Node, what string) bool {
	n = resolve(n)
	if d.noteScalar(n, map[string]any{"type": "boolean"}) {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		d.Errorf(n, "%s: want true or false, not %s", what, describe(n))
		return false
	}
	return n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
}

// Integer reads a whole number.
func (d *Decoder) Integer(n *yaml.Node, what string) int {
	n = resolve(n)
	if d.noteScalar(n, map[string]any{"type": "integer"}) {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.Errorf(n, "%s: want a whole number, not %s", what, describe(n))
	}
	return v
}

// Int reads a whole number within [least, most].
func (d *Decoder) Int(n *yaml.Node, what string, least, most int) int {
	n = resolve(n)
	if d.noteScalar(n, between(map[string]any{"type": "integer"}, float64(least), float64(most))) {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.Errorf(n, "%s: want a whole number from %d to %d, not %s", what, least, most, describe(n))
		return 0
	}
	if v < least || v > most {
		d.Errorf(n, "%s: %d is out of range: want %d to %d", what, v, least, most)
		return 0
	}
	return v
}

// Uint64 reads a whole number of any size that fits 64 bits, such as a seed.
func (d *Decoder) Uint64(n *yaml.Node, what string) uint64 {
	n = resolve(n)
	if d.noteScalar(n, map[string]any{"type": "integer", "minimum": 0}) {
		return 0
	}
	v, err := strconv.ParseUint(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.Errorf(n, "%s: want a whole number from 0 to 18446744073709551615, not %s", what, describe(n))
	}
	return v
}

// Float reads a number within [least, most].
func (d *Decoder) Float(n *yaml.Node, what string, least, most float64) float64 {
	n = resolve(n)
	if d.noteScalar(n, between(map[string]any{"type": "number"}, least, most)) {
		return 0
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.Errorf(n, "%s: want a number from %g to %g, not %s", what, least, most, describe(n))
		return 0
	}
	if !(v >= least && v <= most) {
		d.Errorf(n, "%s: %g is out of range: want %g to %g", what, v, least, most)
		return 0
	}
	return v
}

// Duration reads a duration such as 2s, 150ms or 1300us within [least, most].
func (d *Decoder) Duration(n *yaml.Node, what string, least, most time.Duration) time.Duration {
	n = resolve(n)
	if d.noteScalar(n, map[string]any{"type": "string", "pattern": durationPattern, "examples": []string{"150ms"}}) {
		return 0
	}
	v, err := time.ParseDuration(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil && (n.Tag == "!!null" || n.Tag == "!!bool"):
		d.Errorf(n, "%s: want a duration such as 150ms, not %s", what, describe(n))
	case err != nil && (n.Tag == "!!int" || n.Tag == "!!float"):
		d.Errorf(n, "%s: %[2]s has no unit; write %[2]ss, %[2]sms or %[2]sus", what, quote.Plain(n.Value))
	case err != nil:
		d.Errorf(n, "%s: %s is not a duration; write it as 2s, 150ms or 1300us", what, quote.Text(n.Value))
	case v < least || v > most:
		d.Errorf(n, "%s: %v is out of range: want %v to %v", what, v, least, most)
	default:
		return v
	}
	return 0
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "key: value pairs"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return quote.Text(n.Value)
}
