package strictyaml

import (
	"encoding/json"
	"math"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Schema returns the JSON Schema (draft 2020-12) of what a function accepts. It needs no
// description besides the function: it lets the function read an empty node of each kind (text,
// list, mapping), and notes which methods of the decoder it calls for them. The decoder then
// returns zero values, and errors do not count.
//
// What the function finds out by itself, such as which keys exclude each other, is not in it.
func Schema(read func(d *Decoder, n *yaml.Node)) map[string]any {
	d := New("schema")
	d.notes = map[*yaml.Node][]func() map[string]any{}
	schema := d.explore(func(n *yaml.Node) { read(d, n) })
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return schema
}

// Probing reports whether the decoder reads no document but is asked for its schema.
func (d *Decoder) Probing() bool { return d.notes != nil }

// note records that a method accepts the node. The schema is asked for when the node has been
// read.
func (d *Decoder) note(n *yaml.Node, schema func() map[string]any) {
	d.notes[n] = append(d.notes[n], schema)
}

// probes are an empty node of each kind.
func probes() []*yaml.Node {
	return []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str"}, {Kind: yaml.SequenceNode}, {Kind: yaml.MappingNode}}
}

// explore returns the schema of what read accepts.
func (d *Decoder) explore(read func(n *yaml.Node)) map[string]any {
	nodes := probes()
	for _, n := range nodes {
		read(n)
	}
	return d.accepted(nodes)
}

// accepted is the schema of whatever was accepted of the nodes, which have been read.
func (d *Decoder) accepted(nodes []*yaml.Node) map[string]any {
	var all []map[string]any
	var texts []string
	for _, n := range nodes {
		for _, schema := range d.notes[n] {
			s := schema()
			text, err := json.Marshal(s)
			if err != nil || slices.Contains(texts, string(text)) {
				continue
			}
			all, texts = append(all, s), append(texts, string(text))
		}
	}
	switch len(all) {
	case 0:
		return map[string]any{}
	case 1:
		return all[0]
	}
	return map[string]any{"anyOf": all}
}

// noteScalar notes a scalar, and reports whether the decoder is probing. Other kinds of node are
// not accepted.
func (d *Decoder) noteScalar(n *yaml.Node, schema map[string]any) bool {
	if d.Probing() && n.Kind == yaml.ScalarNode {
		d.note(n, func() map[string]any { return schema })
	}
	return d.Probing()
}

func (d *Decoder) noteObject(n *yaml.Node, fields Fields) {
	if n.Kind != yaml.MappingNode {
		return
	}
	d.note(n, func() map[string]any {
		properties := map[string]any{}
		for key, read := range fields {
			properties[key] = d.explore(read)
		}
		return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	})
}

func (d *Decoder) notePairs(n *yaml.Node) (pairs []Pair) {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	values := probes()
	for _, v := range values {
		pairs = append(pairs, Pair{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "name"}, v})
	}
	d.note(n, func() map[string]any {
		return map[string]any{"type": "object", "additionalProperties": d.accepted(values)}
	})
	return pairs
}

func (d *Decoder) noteList(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	items := probes()
	d.note(n, func() map[string]any { return map[string]any{"type": "array", "items": d.accepted(items)} })
	return items
}

// between adds limits to a schema, unless they are those of the type.
func between(schema map[string]any, least, most float64) map[string]any {
	if least > math.MinInt && least > -math.MaxFloat64 {
		schema["minimum"] = least
	}
	if most < math.MaxInt && most < math.MaxFloat64 {
		schema["maximum"] = most
	}
	return schema
}

// text is the schema of a text: YAML's numbers and truth values are texts too where one is wanted.
func text() map[string]any { return map[string]any{"type": []string{"string", "number", "boolean"}} }

// durationPattern matches what time.ParseDuration reads.
const durationPattern = `^[-+]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`

// Is reports whether the value is this text. It records no error.
func (d *Decoder) Is(n *yaml.Node, value string) bool {
	n = resolve(n)
	if d.noteScalar(n, map[string]any{"const": value}) {
		return false
	}
	return n.Kind == yaml.ScalarNode && n.Value == value
}

// OneOf reads a text that is to be one of the values; that is for the caller to check.
func (d *Decoder) OneOf(n *yaml.Node, what string, values ...string) string {
	if d.noteScalar(resolve(n), map[string]any{"enum": values}) {
		return ""
	}
	return d.String(n, what)
}

// Pattern reads a text in a form of its own; that is for the caller to check. pattern is a regular
// expression that it matches, example one that it may be.
func (d *Decoder) Pattern(n *yaml.Node, what, pattern, example string) string {
	if d.noteScalar(resolve(n), map[string]any{"type": []string{"string", "number"}, "pattern": pattern, "examples": []string{example}}) {
		return ""
	}
	return d.String(n, what)
}
