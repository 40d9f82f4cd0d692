package mockserver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// netHTTP is the engine made of net/http: HTTP/1.1, HTTP/2 with prior knowledge, and
// with a certificate HTTP/1.1 and HTTP/2 over TLS.
type netHTTP struct {
	server   *http.Server
	listener *listener
	done     chan error
}

func startNetHTTP(c config.Config, m *model, certificate *tls.Certificate) (*netHTTP, error) {
	tcp, err := listen("addr", c.Addr)
	if err != nil {
		return nil, err
	}
	l := newListener(tcp, m, c.Limits.Connections)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	e := &netHTTP{
		server: &http.Server{
			Handler:   &handler{model: m, limits: c.Limits, sleepUntil: clock.SleepUntil},
			Protocols: protocols,
			// Not the default of 250, which would hold the others back in silence.
			HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: c.Limits.Connections},
			MaxHeaderBytes:    c.Limits.HeaderBytes,
			ReadHeaderTimeout: c.Limits.HeaderTimeout,
			IdleTimeout:       c.Limits.IdleTimeout,
			ErrorLog:          quiet,
		},
		listener: l,
		done:     make(chan error, 1),
	}
	serve := func() error { return e.server.Serve(l) }
	if certificate != nil {
		e.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
		serve = func() error { return e.server.ServeTLS(l, "", "") }
	}
	go func() { e.done <- serve() }()
	return e, nil
}

func (e *netHTTP) addr() net.Addr { return e.listener.Addr() }

func (e *netHTTP) listen(on bool) error { return e.listener.listen(on) }

func (e *netHTTP) shutdown(ctx context.Context) error {
	err := e.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, e.server.Close())
	}
	if served := <-e.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	e.done <- http.ErrServerClosed
	return err
}
