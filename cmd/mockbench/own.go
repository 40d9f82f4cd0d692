//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/mockserver/config"
)

// ownServers are the servers in this program, each run in its own process. They print their
// address and serve until standard input ends.
var ownServers = map[string]func(context.Context, io.Writer) error{
	"serve-loop":    func(ctx context.Context, w io.Writer) error { return serveMock(w, config.EngineLoop) },
	"serve-nethttp": func(ctx context.Context, w io.Writer) error { return serveMock(w, config.EngineNetHTTP) },
	"serve-sleep":   serveSleep,
}

func serveMock(stdout io.Writer, engine config.Engine) error {
	mockserver.Dedicate()
	s, err := mockserver.Start(config.Config{Engine: engine})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, s.URL())
	io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// serveSleep is the simplest server: net/http with time.Sleep.
func serveSleep(ctx context.Context, stdout io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "http://"+l.Addr().String())
	s := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if d, err := time.ParseDuration(r.URL.Query().Get("delay")); err == nil {
			time.Sleep(d)
		}
	})}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		s.Close()
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
