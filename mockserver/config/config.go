// Package config describes a mock server: a Config has its addresses, its Engine, and its
// Behavior, that of a Route or of all other paths: latencies and sizes, slots and a queue,
// faults.
//
// Validate is the one place that checks values, whether they were written in Go, in flags or
// in YAML, which MarshalYAML writes and an internal package reads.
//
// The package imports package latency, but no server: not net/http. The server, mockserver,
// imports it. Begin with Config in config.go.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// Engine is what serves the requests.
type Engine string

// The engines. EngineLoop is precise and small: HTTP/1.1 on Linux. EngineNetHTTP
// also speaks HTTP/2 (with prior knowledge, or by TLS) and runs everywhere.
const (
	EngineLoop    Engine = "loop"
	EngineNetHTTP Engine = "nethttp"
)

// Behavior describes how requests are answered.
type Behavior struct {
	Latency  latency.Latency // of the service
	Size     latency.Size    // of the response's body
	Faults   []Fault         // the first that strikes is carried out
	Capacity                 // the queue in front of the service
}

// Route is the behaviour of some paths. It inherits nothing but the capacity: a route
// without Slots shares the server's.
type Route struct {
	Path string // exactly this path, or what begins with it if it ends in *
	Behavior
}

// Limits keep a client from exhausting the server. A field that is zero has the
// default of DefaultLimits.
type Limits struct {
	HeaderBytes   int           // request line and headers; beyond it 431
	BodyBytes     int64         // of a request; beyond it 413
	Connections   int           // open at once; more wait to be accepted
	HeaderTimeout time.Duration // from a request's first byte to its last
	IdleTimeout   time.Duration // without any request
	WriteTimeout  time.Duration // without the client taking a byte of the response
}

// DefaultLimits are the limits where none are given.
var DefaultLimits = Limits{
	HeaderBytes:   64 << 10,
	BodyBytes:     64 << 20,
	Connections:   100_000,
	HeaderTimeout: 30 * time.Second,
	IdleTimeout:   10 * time.Minute,
	WriteTimeout:  30 * time.Second,
}

// Config is the configuration of a server. The zero value is a server that answers at once,
// on free ports of the loopback interface.
type Config struct {
	Addr        string // host:port; "" is 127.0.0.1:0, a free port
	AdminAddr   string // of the admin API, in the same form
	AllowRemote bool   // accept an Addr that other machines can reach
	Engine      Engine // "" is the loop where it can serve the rest, else nethttp
	TLS         bool   // serve HTTPS with a certificate made at the start
	Seed        uint64

	Behavior         // of paths that no route names
	Routes   []Route // the first that matches counts
	Limits   Limits
}

// WithDefaults returns the configuration with defaults in place of zero values.
func (l Limits) WithDefaults() Limits {
	return Limits{
		HeaderBytes:   orDefault(l.HeaderBytes, DefaultLimits.HeaderBytes),
		BodyBytes:     orDefault(l.BodyBytes, DefaultLimits.BodyBytes),
		Connections:   orDefault(l.Connections, DefaultLimits.Connections),
		HeaderTimeout: orDefault(l.HeaderTimeout, DefaultLimits.HeaderTimeout),
		IdleTimeout:   orDefault(l.IdleTimeout, DefaultLimits.IdleTimeout),
		WriteTimeout:  orDefault(l.WriteTimeout, DefaultLimits.WriteTimeout),
	}
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Validate returns all mistakes in the configuration, one line each with its key, or nil. It
// is the one place that checks values, wherever they were written. Whether this system can
// serve the configuration is checked by mockserver.Supported.
func (c Config) Validate() error {
	errs := validateBehavior(&c.Behavior, c.Routes)
	switch err := validateAddr(c.Addr, c.AllowRemote); {
	case errors.Is(err, errNotLoopback):
		errs.Add("addr", "%w; allow_remote accepts it", err)
	case err != nil:
		errs.Add("addr", "%w", err)
	}
	switch err := validateAddr(c.AdminAddr, false); {
	case errors.Is(err, errNotLoopback):
		errs.Add("admin_addr", "%w; the admin API is for this machine only", err)
	case err != nil:
		errs.Add("admin_addr", "%w", err)
	}
	if err := oneOf(c.Engine, "", EngineLoop, EngineNetHTTP); err != nil {
		errs.Add("engine", "%w", err)
	}
	if c.Engine == EngineLoop && c.TLS {
		errs.Add("engine", "loop does not speak TLS; use engine nethttp")
	}
	if l := c.Limits; l.HeaderBytes < 0 || l.BodyBytes < 0 || l.Connections < 0 || l.HeaderTimeout < 0 || l.IdleTimeout < 0 || l.WriteTimeout < 0 {
		errs.Add("limits", "want zero (the default) or more")
	}
	return errs.OrNil()
}

// Keep returns the configuration with every distribution kept, see Latency.Keep.
func (c Config) Keep(dir string) (Config, error) {
	return c.mapped(
		func(l latency.Latency) (latency.Latency, error) { return l.Keep(dir) },
		func(s latency.Size) (latency.Size, error) { return s.Keep(dir) },
	)
}

// Absolute returns the configuration with absolute names of the files that its distributions
// are read from.
func (c Config) Absolute() (Config, error) {
	return c.mapped(latency.Latency.Absolute, latency.Size.Absolute)
}

// mapped replaces every distribution by the result of the functions.
func (c Config) mapped(
	ofLatency func(latency.Latency) (latency.Latency, error), ofSize func(latency.Size) (latency.Size, error),
) (Config, error) {
	var errs []error
	apply := func(b *Behavior) {
		var err, err2 error
		b.Latency, err = ofLatency(b.Latency)
		b.Size, err2 = ofSize(b.Size)
		errs = append(errs, err, err2)
	}
	apply(&c.Behavior)
	c.Routes = slices.Clone(c.Routes)
	for i := range c.Routes {
		apply(&c.Routes[i].Behavior)
	}
	return c, errors.Join(errs...)
}

// validateBehavior checks the part that can change while a server runs.
func validateBehavior(b *Behavior, routes []Route) keyed.List {
	errs := b.validate()
	seen := map[string]bool{}
	for i, r := range routes {
		var wrong keyed.List
		switch err := validatePath(r.Path); {
		case err != nil:
			wrong.Add("path", "%w", err)
		case seen[r.Path]:
			wrong.Add("path", "%s has a route before", quote.Text(r.Path))
		}
		seen[r.Path] = true
		wrong = append(wrong, r.validate()...)
		for j, f := range r.Faults {
			if f.Kind == FaultRefuse {
				wrong.Add(keyed.Item("faults", j), "%w", errRouteRefuse)
			}
		}
		errs.AddBelow(keyed.Item("routes", i), wrong)
	}
	return errs
}

func (b *Behavior) validate() keyed.List {
	errs := b.Capacity.validate()
	for i := range b.Faults {
		errs.AddBelow(keyed.Item("faults", i), b.Faults[i].validate())
	}
	return errs
}

var errRouteRefuse = errors.New("refuse strikes connections, which have no route yet; put it at the top")

func validatePath(path string) error {
	if path == "" {
		return errors.New("missing; want a path such as /slow, or /slow* for all that begin with it")
	}
	prefix, _ := strings.CutSuffix(path, "*")
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(prefix, "*?# ") {
		return fmt.Errorf("%s: want a path such as /slow, or /slow* for all that begin with it", quote.Text(path))
	}
	return nil
}

// errNotLoopback refuses an address that other machines could reach, because a server that
// misbehaves on purpose does not belong on a network.
var errNotLoopback = errors.New("not a loopback address")

func validateAddr(addr string, remote bool) error {
	if addr == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s is not host:port, such as 127.0.0.1:8080", quote.Text(addr))
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("%s: port %s is not a number from 0 to 65535", quote.Text(addr), quote.Plain(port))
	}
	if remote || host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s is %w", quote.Plain(addr), errNotLoopback)
}
