package scenario

import (
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/mockyaml"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// decodeDraws reads a target in the strategy's own process: a mapping of one key to a
// distribution, such as {latency: constant:2ms}.
func decodeDraws(d *strictyaml.Decoder, n *yaml.Node, what, key string) *latency.Latency {
	var l latency.Latency
	given := false
	d.Object(n, what, strictyaml.Fields{key: func(n *yaml.Node) {
		given = true
		l = mockyaml.DecodeLatency(d, n, key)
	}})
	if !given && n.Kind == yaml.MappingNode {
		d.Errorf(n, "%s: %s is missing, such as %s: {%s: 2ms}", what, key, what, key)
	}
	return &l
}

// MarshalYAML writes the target back in the form of its file, without the secrets of requests.
func (t Target) MarshalYAML() (any, error) {
	form, err := t.form()
	if err == nil && !t.Request.Plain() {
		form["request"] = t.Request
	}
	return form, err
}

func (t Target) form() (map[string]any, error) {
	switch {
	case t.Mock != nil:
		return map[string]any{"mock": t.Mock}, nil
	case t.URL != "":
		return map[string]any{"url": t.URL}, nil
	case t.Each != nil:
		return map[string]any{"urls": map[string]any{"list": t.Each}}, nil
	case len(t.URLs) > 0:
		return map[string]any{"urls": map[string]any{"list": t.URLs}}, nil
	case t.Sleep != nil:
		return map[string]any{"sleep": map[string]any{"latency": t.Sleep.String()}}, nil
	case t.CPU != nil:
		return map[string]any{"cpu": map[string]any{"work": t.CPU.String()}}, nil
	case t.Func != "":
		return map[string]any{"func": t.Func}, nil
	case t.Call != nil:
		return map[string]any{t.Call.Kind(): t.Call}, nil
	}
	return nil, errors.New("a scenario without a target")
}
