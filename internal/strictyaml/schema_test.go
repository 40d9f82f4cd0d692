package strictyaml

import (
	"encoding/json"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// The schema follows from what the function calls: kinds that it handles differently are
// alternatives.
func TestSchema(t *testing.T) {
	got := Schema(func(d *Decoder, n *yaml.Node) {
		d.Object(n, "x", Fields{
			"count": func(n *yaml.Node) {
				if !d.Is(n, "auto") {
					d.Int(n, "count", 1, 9)
				}
			},
			"mode": func(n *yaml.Node) { d.OneOf(n, "mode", "a", "b") },
			"took": func(n *yaml.Node) { d.Duration(n, "took", 0, time.Hour) },
			"list": func(n *yaml.Node) {
				if n.Kind == yaml.ScalarNode {
					d.Bool(n, "list")
					return
				}
				for _, item := range d.List(n, "list") {
					d.Float(item, "list", 0, 1)
				}
			},
			"any": func(n *yaml.Node) {
				for _, p := range d.Pairs(n, "any") {
					d.Uint64(p.Value, p.Key.Value)
				}
			},
		})
	})
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := json.Marshal(durationPattern)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"$schema":"https://json-schema.org/draft/2020-12/schema","additionalProperties":false,"properties":{` +
		`"any":{"additionalProperties":{"minimum":0,"type":"integer"},"type":"object"},` +
		`"count":{"anyOf":[{"const":"auto"},{"maximum":9,"minimum":1,"type":"integer"}]},` +
		`"list":{"anyOf":[{"type":"boolean"},{"items":{"maximum":1,"minimum":0,"type":"number"},"type":"array"}]},` +
		`"mode":{"enum":["a","b"]},` +
		`"took":{"examples":["150ms"],"pattern":` + string(pattern) + `,"type":"string"}},"type":"object"}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}
