package mockserver

import (
	"math"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// DecodeConfig reads a configuration, the whole of a --config file or a part of a
// larger one; mistakes are left in d, each at
// its node. The values are not yet checked: see Config.Validate, whose errors d.ErrWith turns
// into places.
//
//	addr: 127.0.0.1:8080
//	latency: {dist: lognormal, p50: 20ms, p99: 200ms}   # or "lognormal:p50=20ms,p99=200ms"
//	slots: 4
//	routes:
//	  - {path: /static*, size: 64KiB}
func DecodeConfig(d *strictyaml.Decoder, n *yaml.Node) Config {
	var c Config
	find := beside(filepath.Dir(d.File()))
	fields := behaviorFields(d, &c.Behavior, find)
	fields["addr"] = func(n *yaml.Node) { c.Addr = d.String(n, "addr") }
	fields["admin_addr"] = func(n *yaml.Node) { c.AdminAddr = d.String(n, "admin_addr") }
	fields["allow_remote"] = func(n *yaml.Node) { c.AllowRemote = d.Bool(n, "allow_remote") }
	fields["engine"] = func(n *yaml.Node) { c.Engine = Engine(d.String(n, "engine")) }
	fields["tls"] = func(n *yaml.Node) { c.TLS = d.Bool(n, "tls") }
	fields["seed"] = func(n *yaml.Node) { c.Seed = d.Uint64(n, "seed") }
	fields["routes"] = func(n *yaml.Node) { c.Routes = decodeRoutes(d, n, find) }
	fields["limits"] = func(n *yaml.Node) { c.Limits = decodeLimits(d, n) }
	d.Object(n, "mock server", fields)
	return c
}

// decodeChange reads what can be changed while a server runs, onto what there is. It
// opens no files.
func decodeChange(d *strictyaml.Decoder, n *yaml.Node, b *Behavior, routes *[]Route) {
	fields := behaviorFields(d, b, noFiles)
	fields["routes"] = func(n *yaml.Node) { *routes = decodeRoutes(d, n, noFiles) }
	d.Object(n, "change", fields)
}

// reportAt reports errors about a distribution at the values of their keys in the mapping n.
func reportAt(d *strictyaml.Decoder, n *yaml.Node, errs keyed.List) {
	for _, e := range errs {
		at := n
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == e.Key {
				at = n.Content[i+1]
			}
		}
		d.Errorf(at, "%v", e.Err)
	}
}

func report(d *strictyaml.Decoder, n *yaml.Node, err error) {
	if err != nil {
		d.Errorf(n, "%v", err)
	}
}

func behaviorFields(d *strictyaml.Decoder, b *Behavior, find finder) strictyaml.Fields {
	return strictyaml.Fields{
		"latency":    func(n *yaml.Node) { b.Latency = Latency{decodeDistribution(d, n, "latency", durationUnit, find)} },
		"size":       func(n *yaml.Node) { b.Size = Size{decodeDistribution(d, n, "size", sizeUnit, find)} },
		"slots":      func(n *yaml.Node) { b.Slots = d.Integer(n, "slots") },
		"discipline": func(n *yaml.Node) { b.Discipline = Discipline(d.String(n, "discipline")) },
		"full":       func(n *yaml.Node) { b.Full = Full(d.String(n, "full")) },
		"queue": func(n *yaml.Node) {
			b.Queue = d.Integer(n, "queue")
			if b.Full == "" {
				b.Full = FullReject
			}
		},
		"faults": func(n *yaml.Node) {
			b.Faults = nil
			for _, item := range d.List(n, "faults") {
				b.Faults = append(b.Faults, decodeFault(d, item))
			}
		},
	}
}

// DecodeLatency reads the latency that a larger file has at n, in either form; what is
// the key's name, for errors. Files are looked for beside the larger one.
func DecodeLatency(d *strictyaml.Decoder, n *yaml.Node, what string) Latency {
	return Latency{decodeDistribution(d, n, what, durationUnit, beside(filepath.Dir(d.File())))}
}

// decodeDistribution reads the short form, or the same in parts: dist names the
// distribution and every other key is a parameter.
func decodeDistribution(d *strictyaml.Decoder, n *yaml.Node, what string, u unit, find finder) distribution {
	if n.Kind == yaml.ScalarNode {
		dist, err := parseDistribution(d.String(n, what), find, u)
		report(d, n, err)
		return dist
	}
	var name *yaml.Node
	var arguments []argument
	for _, pair := range d.Pairs(n, what) {
		if pair.Key.Value == "dist" {
			name = pair.Value
			continue
		}
		arguments = append(arguments, argument{key: pair.Key.Value, text: d.String(pair.Value, pair.Key.Value)})
	}
	if n.Kind != yaml.MappingNode {
		return distribution{}
	}
	if name == nil {
		d.Errorf(n, "%s: dist is missing, the name of a distribution such as constant", what)
		return distribution{}
	}
	dist, errs := newDistribution(d.String(name, "dist"), arguments, find, u)
	reportAt(d, n, errs)
	return dist
}

func decodeRoutes(d *strictyaml.Decoder, n *yaml.Node, find finder) []Route {
	var routes []Route
	for _, item := range d.List(n, "routes") {
		var r Route
		fields := behaviorFields(d, &r.Behavior, find)
		fields["path"] = func(n *yaml.Node) { r.Path = d.String(n, "path") }
		d.Object(item, "route", fields)
		routes = append(routes, r)
	}
	return routes
}

func decodeLimits(d *strictyaml.Decoder, n *yaml.Node) Limits {
	var l Limits
	size := func(what string, to func(int64)) func(*yaml.Node) {
		return func(n *yaml.Node) {
			v, err := bytesize.Parse(d.String(n, what))
			if err == nil && v == 0 {
				d.Errorf(n, "%s: want more than zero", what)
			}
			report(d, n, err)
			to(v)
		}
	}
	timeout := func(what string, to *time.Duration) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = d.Duration(n, what, time.Millisecond, math.MaxInt64) }
	}
	d.Object(n, "limits", strictyaml.Fields{
		"header_bytes":   size("header_bytes", func(v int64) { l.HeaderBytes = int(v) }),
		"body_bytes":     size("body_bytes", func(v int64) { l.BodyBytes = v }),
		"connections":    func(n *yaml.Node) { l.Connections = d.Int(n, "connections", 1, math.MaxInt32) },
		"header_timeout": timeout("header_timeout", &l.HeaderTimeout),
		"idle_timeout":   timeout("idle_timeout", &l.IdleTimeout),
		"write_timeout":  timeout("write_timeout", &l.WriteTimeout),
	})
	return l
}

// DecodeTasks reads a list of tasks and ranges of them: [3, 7-9].
func DecodeTasks(d *strictyaml.Decoder, n *yaml.Node, what string) (list []TaskRange) {
	for _, item := range d.List(n, what) {
		r, err := ParseTaskRange(d.String(item, what))
		report(d, item, err)
		list = append(list, r)
	}
	return list
}

func decodeFault(d *strictyaml.Decoder, n *yaml.Node) Fault {
	var f Fault
	number := func(what string, to *float64) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = d.Float(n, what, -math.MaxFloat64, math.MaxFloat64) }
	}
	duration := func(what string, to *time.Duration) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = d.Duration(n, what, math.MinInt64, math.MaxInt64) }
	}
	d.Object(n, "fault", strictyaml.Fields{
		"kind":             func(n *yaml.Node) { f.Kind = FaultKind(d.String(n, "kind")) },
		"probability":      func(n *yaml.Node) { f.Probability = d.Float(n, "probability", math.SmallestNonzeroFloat64, 1) },
		"tasks":            func(n *yaml.Node) { f.Tasks = DecodeTasks(d, n, "tasks") },
		"after":            duration("after", &f.After),
		"for":              duration("for", &f.For),
		"status":           func(n *yaml.Node) { f.Status = d.Int(n, "status", math.MinInt, math.MaxInt) },
		"retry_after":      duration("retry_after", &f.RetryAfter),
		"rate":             number("rate", &f.Rate),
		"burst":            func(n *yaml.Node) { f.Burst = d.Int(n, "burst", math.MinInt, math.MaxInt) },
		"at":               number("at", &f.At),
		"bytes_per_second": func(n *yaml.Node) { f.BytesPerSecond = int64(d.Int(n, "bytes_per_second", math.MinInt, math.MaxInt)) },
	})
	return f
}
