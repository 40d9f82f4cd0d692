// Package strictyaml reads YAML the way users of a configuration file are served
// best: every mistake is reported at once, each as file:line:col, unknown keys with
// the key that was probably meant, and nothing is guessed.
//
// A Decoder walks the nodes of one document. Its methods return the zero value where
// the input is wrong and remember why; Err returns all of it at the end.
package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/suggest"
)

// Decoder collects the errors of one file. The zero value is not usable: see New.
type Decoder struct {
	file string
	errs []positioned
}

type positioned struct {
	line, col int
	text      string
}

// New returns a decoder whose errors name the file.
func New(file string) *Decoder { return &Decoder{file: file} }

// File is the name that errors carry.
func (d *Decoder) File() string { return d.file }

// Root parses the text and returns its one document's root, or nil (with an error
// remembered) if there is none.
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
	return doc.Content[0]
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

// Errorf remembers an error at the node's position.
func (d *Decoder) Errorf(n *yaml.Node, format string, args ...any) {
	d.errs = append(d.errs, positioned{max(n.Line, 1), max(n.Column, 1), fmt.Sprintf(format, args...)})
}

// Mistakes is how many errors are remembered.
func (d *Decoder) Mistakes() int { return len(d.errs) }

// Err returns every error in the order of the file, one line each, or nil.
func (d *Decoder) Err() error {
	slices.SortStableFunc(d.errs, func(a, b positioned) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.col - b.col
	})
	var all []error
	for _, e := range d.errs {
		for text := range strings.SplitSeq(e.text, "\n") {
			all = append(all, fmt.Errorf("%s:%d:%d: %s", d.file, e.line, e.col, text))
		}
	}
	return errors.Join(all...)
}

// Fields are the keys that an object may have, and what to do with the value of each.
type Fields map[string]func(value *yaml.Node)

// Object reads a mapping: each key at most once, none that is not in fields. what
// names the object in errors.
func (d *Decoder) Object(n *yaml.Node, what string, fields Fields) {
	known := make([]string, 0, len(fields))
	for k := range fields {
		known = append(known, k)
	}
	slices.Sort(known)
	for _, kv := range d.Pairs(n, what) {
		if read, ok := fields[kv.Key.Value]; ok {
			read(kv.Value)
		} else {
			d.Errorf(kv.Key, "%s", suggest.Unknown("key", kv.Key.Value, known))
		}
	}
}

// Pair is a key of a mapping and its value.
type Pair struct{ Key, Value *yaml.Node }

// Pairs reads a mapping whose keys are not known beforehand, in the file's order.
func (d *Decoder) Pairs(n *yaml.Node, what string) []Pair {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.Errorf(n, "%s: want key: value pairs, not %s", what, describe(n))
		return nil
	}
	var pairs []Pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolve(n.Content[i+1])
		if seen[key.Value] {
			d.Errorf(key, "%s: %q is given twice", what, key.Value)
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

// String reads a scalar as the text that is written there.
func (d *Decoder) String(n *yaml.Node, what string) string {
	n = resolve(n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.Errorf(n, "%s: want text, not %s", what, describe(n))
		return ""
	}
	return n.Value
}

// Bool reads true or false.
func (d *Decoder) Bool(n *yaml.Node, what string) bool {
	n = resolve(n)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		d.Errorf(n, "%s: want true or false, not %s", what, describe(n))
		return false
	}
	return n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
}

// Int reads a whole number within [least, most].
func (d *Decoder) Int(n *yaml.Node, what string, least, most int) int {
	n = resolve(n)
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
	v, err := strconv.ParseUint(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.Errorf(n, "%s: want a whole number from 0 to 18446744073709551615, not %s", what, describe(n))
	}
	return v
}

// Float reads a number within [least, most].
func (d *Decoder) Float(n *yaml.Node, what string, least, most float64) float64 {
	n = resolve(n)
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
	v, err := time.ParseDuration(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil && (n.Tag == "!!null" || n.Tag == "!!bool"):
		d.Errorf(n, "%s: want a duration such as 150ms, not %s", what, describe(n))
	case err != nil && (n.Tag == "!!int" || n.Tag == "!!float"):
		d.Errorf(n, "%s: %s has no unit; write %ss, %sms or %sus", what, n.Value, n.Value, n.Value, n.Value)
	case err != nil:
		d.Errorf(n, "%s: %q is not a duration; write it as 2s, 150ms or 1300us", what, n.Value)
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
	return strconv.Quote(n.Value)
}
