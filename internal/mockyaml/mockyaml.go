// Package mockyaml reads the configuration of package config, and single latencies and lists of
// tasks, from YAML: a --config file, a part of a scenario file, or a change that is posted to a
// server. It adds mistakes to a strictyaml.Decoder, each at its node.
//
// It is internal because strictyaml.Decoder is. It imports packages config and latency, but not
// the server, which imports it. Begin with DecodeConfig.
package mockyaml

import (
	"errors"
	"math"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// DecodeConfig reads a configuration: a whole --config file or a part of a larger one. It adds
// mistakes to d, each at its node. It does not check the values: see Config.Validate, whose
// errors d.ErrWith turns into positions.
//
//	addr: 127.0.0.1:8080
//	latency: {dist: lognormal, p50: 20ms, p99: 200ms}   # or "lognormal:p50=20ms,p99=200ms"
//	slots: 4
//	routes:
//	  - {path: /static*, size: 64KiB}
func DecodeConfig(d *strictyaml.Decoder, n *yaml.Node) config.Config {
	var c config.Config
	files := beside(d)
	fields := behaviorFields(d, &c.Behavior, files)
	fields["addr"] = func(n *yaml.Node) { c.Addr = d.String(n, "addr") }
	fields["admin_addr"] = func(n *yaml.Node) { c.AdminAddr = d.String(n, "admin_addr") }
	fields["allow_remote"] = func(n *yaml.Node) { c.AllowRemote = d.Bool(n, "allow_remote") }
	fields["engine"] = func(n *yaml.Node) { c.Engine = config.Engine(d.String(n, "engine")) }
	fields["tls"] = func(n *yaml.Node) { c.TLS = d.Bool(n, "tls") }
	fields["seed"] = func(n *yaml.Node) { c.Seed = d.Uint64(n, "seed") }
	fields["routes"] = func(n *yaml.Node) { c.Routes = decodeRoutes(d, n, files) }
	fields["limits"] = func(n *yaml.Node) { c.Limits = decodeLimits(d, n) }
	d.Object(n, "mock server", fields)
	return c
}

// DecodeChange reads the part of a configuration that can change while a server runs (the
// behaviour and the routes) into c. It opens no files.
func DecodeChange(d *strictyaml.Decoder, n *yaml.Node, c *config.Config) {
	fields := behaviorFields(d, &c.Behavior, noFiles)
	fields["routes"] = func(n *yaml.Node) { c.Routes = decodeRoutes(d, n, noFiles) }
	d.Object(n, "change", fields)
}

// noFiles refuses recordings: a client that may send requests must not read files.
var noFiles = latency.NoFiles(errors.New("a request cannot name files; give the file to the server when it starts, by --latency or --config"))

// beside looks files up beside the file that is being read.
func beside(d *strictyaml.Decoder) latency.Files { return latency.Beside(filepath.Dir(d.File())) }

// reportAt reports the mistakes in a distribution, each at the value of its parameter in the
// mapping n.
func reportAt(d *strictyaml.Decoder, n *yaml.Node, err error) {
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		parameter := ""
		var wrong *latency.ParameterError
		if errors.As(err, &wrong) {
			parameter = wrong.Parameter
		}
		at := n
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == parameter {
				at = n.Content[i+1]
			}
		}
		report(d, at, err)
	}
}

func report(d *strictyaml.Decoder, n *yaml.Node, err error) {
	if err != nil {
		d.Errorf(n, "%v", err)
	}
}

func behaviorFields(d *strictyaml.Decoder, b *config.Behavior, files latency.Files) strictyaml.Fields {
	return strictyaml.Fields{
		"latency":    func(n *yaml.Node) { b.Latency = decodeLatency(d, n, "latency", files) },
		"size":       func(n *yaml.Node) { b.Size = decodeDistribution(d, n, "size", files.ParseSize, files.NewSize) },
		"slots":      func(n *yaml.Node) { b.Slots = d.Integer(n, "slots") },
		"discipline": func(n *yaml.Node) { b.Discipline = config.Discipline(d.String(n, "discipline")) },
		"full":       func(n *yaml.Node) { b.Full = config.Full(d.String(n, "full")) },
		"queue":      func(n *yaml.Node) { b.SetQueue(d.Integer(n, "queue")) },
		"faults": func(n *yaml.Node) {
			b.Faults = nil
			for _, item := range d.List(n, "faults") {
				b.Faults = append(b.Faults, decodeFault(d, item))
			}
		},
	}
}

// DecodeLatency reads the latency at n of a larger file, in either form. what is the key's name
// for errors. Files are looked up beside the larger file.
func DecodeLatency(d *strictyaml.Decoder, n *yaml.Node, what string) latency.Latency {
	return decodeLatency(d, n, what, beside(d))
}

// DecodeCount reads the distribution of a number at n, as DecodeLatency does.
func DecodeCount(d *strictyaml.Decoder, n *yaml.Node, what string) latency.Count {
	files := beside(d)
	return decodeDistribution(d, n, what, files.ParseCount, files.NewCount)
}

// decodeDistribution reads the short form, or a mapping: dist names the distribution and every
// other key is a parameter. It passes either to a function of latency.Files.
func decodeDistribution[T any](
	d *strictyaml.Decoder, n *yaml.Node, what string,
	parse func(short string) (T, error), build func(dist string, params map[string]string) (T, error),
) (dist T) {
	if n.Kind == yaml.ScalarNode {
		dist, err := parse(d.String(n, what))
		report(d, n, err)
		return dist
	}
	var name *yaml.Node
	params := map[string]string{}
	for _, pair := range d.Pairs(n, what) {
		if pair.Key.Value == "dist" {
			name = pair.Value
			continue
		}
		params[pair.Key.Value] = d.String(pair.Value, pair.Key.Value)
	}
	if n.Kind != yaml.MappingNode {
		return dist
	}
	if name == nil {
		d.Errorf(n, "%s: dist is missing, the name of a distribution such as constant", what)
		return dist
	}
	dist, err := build(d.String(name, "dist"), params)
	reportAt(d, n, err)
	return dist
}

func decodeLatency(d *strictyaml.Decoder, n *yaml.Node, what string, files latency.Files) latency.Latency {
	return decodeDistribution(d, n, what, files.ParseLatency, files.NewLatency)
}

func decodeRoutes(d *strictyaml.Decoder, n *yaml.Node, files latency.Files) []config.Route {
	var routes []config.Route
	for _, item := range d.List(n, "routes") {
		var r config.Route
		fields := behaviorFields(d, &r.Behavior, files)
		fields["path"] = func(n *yaml.Node) { r.Path = d.String(n, "path") }
		d.Object(item, "route", fields)
		routes = append(routes, r)
	}
	return routes
}

func decodeLimits(d *strictyaml.Decoder, n *yaml.Node) config.Limits {
	var l config.Limits
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
func DecodeTasks(d *strictyaml.Decoder, n *yaml.Node, what string) (list []latency.TaskRange) {
	for _, item := range d.List(n, what) {
		r, err := latency.ParseTaskRange(d.String(item, what))
		report(d, item, err)
		list = append(list, r)
	}
	return list
}

func decodeFault(d *strictyaml.Decoder, n *yaml.Node) config.Fault {
	var f config.Fault
	number := func(what string, to *float64) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = d.Float(n, what, -math.MaxFloat64, math.MaxFloat64) }
	}
	duration := func(what string, to *time.Duration) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = d.Duration(n, what, math.MinInt64, math.MaxInt64) }
	}
	d.Object(n, "fault", strictyaml.Fields{
		"kind":             func(n *yaml.Node) { f.Kind = config.FaultKind(d.String(n, "kind")) },
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
