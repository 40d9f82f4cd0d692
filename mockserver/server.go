package mockserver

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"syscall"

	"github.com/fanbench/fanbench/internal/heartbeat"
	"github.com/fanbench/fanbench/mockserver/config"
)

// Server is a running mock server and its admin API.
type Server struct {
	config   config.Config
	model    *model
	engine   engine
	gate     *gate
	admin    *http.Server
	adminURL string
	token    string     // of the admin API
	done     chan error // the admin server's end
	heart    *heartbeat.Heartbeat
	ca       []byte // the certificate in PEM, nil without TLS
}

// engine serves the model's replies on an address.
type engine interface {
	addr() net.Addr
	// listen makes the kernel accept or refuse connections. Open connections continue. It
	// returns errors.ErrUnsupported on systems that cannot do this.
	listen(on bool) error
	// shutdown stops accepting, waits for requests in flight until ctx is done, then cuts
	// off the rest. It returns ctx's error if it had to.
	shutdown(ctx context.Context) error
}

// Start starts a server and returns when it listens. The error names all mistakes in the
// configuration (a *ConfigError), or says why the server cannot listen and what to do.
func Start(c config.Config) (*Server, error) {
	if err := errors.Join(c.Validate(), Supported(c)); err != nil {
		return nil, &ConfigError{err}
	}
	c = withDefaults(c)
	s := &Server{config: c, model: newModel(c), token: rand.Text(), done: make(chan error, 1)}
	if err := s.startEngine(); err != nil {
		return nil, err
	}
	s.heart = heartbeat.Start(heartbeat.Period)
	s.gate = &gate{model: s.model, engine: s.engine}
	s.gate.look()
	if err := s.startAdmin(); err != nil {
		s.gate.end()
		s.heart.Stop()
		return nil, errors.Join(err, s.engine.shutdown(context.Background()))
	}
	return s, nil
}

// Supported returns an error if this system does not have the engine that is asked for.
func Supported(c config.Config) error {
	if c.Engine != config.EngineLoop {
		return nil
	}
	if err := loopSupported(); err != nil {
		return fmt.Errorf("loop: %w; use engine nethttp", err)
	}
	return nil
}

const anyLoopbackPort = "127.0.0.1:0"

// withDefaults replaces zero values by defaults.
func withDefaults(c config.Config) config.Config {
	if c.Addr == "" {
		c.Addr = anyLoopbackPort
	}
	if c.AdminAddr == "" {
		c.AdminAddr = anyLoopbackPort
	}
	if c.Engine == "" {
		c.Engine = config.EngineNetHTTP
		if loopSupported() == nil && !c.TLS {
			c.Engine = config.EngineLoop
		}
	}
	c.Limits = c.Limits.WithDefaults()
	return c
}

// ConfigError is a configuration that cannot be served.
type ConfigError struct{ error }

// Unwrap returns what is wrong.
func (e *ConfigError) Unwrap() error { return e.error }

func (s *Server) startEngine() (err error) {
	if s.config.Engine == config.EngineLoop {
		s.engine, err = startLoop(s.config, s.model)
		return err
	}
	var certificate *tls.Certificate
	if s.config.TLS {
		if certificate, s.ca, err = selfSigned(s.config.Addr); err != nil {
			return fmt.Errorf("making a certificate: %w", err)
		}
	}
	s.engine, err = startNetHTTP(s.config, s.model, certificate)
	return err
}

func (s *Server) startAdmin() error {
	l, err := listen("admin_addr", s.config.AdminAddr)
	if err != nil {
		return err
	}
	s.adminURL = "http://" + l.Addr().String()
	s.admin = &http.Server{
		Handler:     newGuard(l.Addr(), s.token).protect(s.adminHandler()),
		ReadTimeout: s.config.Limits.HeaderTimeout, // of a whole request
		IdleTimeout: s.config.Limits.IdleTimeout,
		ErrorLog:    quiet,
	}
	go func() { s.done <- s.admin.Serve(l) }()
	return nil
}

// quiet keeps net/http from reporting clients' mistakes on standard error.
var quiet = log.New(io.Discard, "", 0)

// listen adds advice to the error of net.Listen.
func listen(what, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, listenError(what, addr, err)
	}
	return l, nil
}

func listenError(what, addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: %s is in use by another process; choose another port, or 0 for any that is free: %w", what, addr, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s: %s needs privileges; choose a port from 1024: %w", what, addr, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s: %s is not an address of this machine: %w", what, addr, err)
	}
	return fmt.Errorf("%s: cannot listen on %s: %w", what, addr, err)
}

// URL is where requests go, such as http://127.0.0.1:8080, without a slash behind.
func (s *Server) URL() string {
	scheme := "http://"
	if s.config.TLS {
		scheme = "https://"
	}
	return scheme + s.engine.addr().String()
}

// AdminURL returns the URL of the admin API.
func (s *Server) AdminURL() string { return s.adminURL }

// AdminToken returns the token that a POST to the admin API needs, as "Authorization: Bearer
// TOKEN". Every server has a new one.
func (s *Server) AdminToken() string { return s.token }

// Config returns the configuration that the server started with, with all defaults.
func (s *Server) Config() config.Config { return s.config }

// Counters returns the counters since the start or the last Reset.
func (s *Server) Counters() Counters {
	c := s.model.tally.snapshot()
	c.Stood = s.heart.Stood()
	return c
}

// Reset sets the counters to zero, numbers requests from 0 again and restarts the faults'
// windows. Requests in flight continue.
func (s *Server) Reset() {
	s.model.reset()
	s.gate.look()
	s.heart.Restart()
}

// Close stops at once: connections are cut, requests in flight count as aborted.
func (s *Server) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Shutdown stops accepting, waits for the requests in flight and returns. If ctx is done
// first, it cuts off the rest and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.model.end.Do(func() { close(s.model.ending) })
	s.gate.end()
	s.heart.Stop()
	err := s.engine.shutdown(ctx)
	err = errors.Join(err, s.admin.Close())
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.done <- http.ErrServerClosed // for a second call
	return err
}
