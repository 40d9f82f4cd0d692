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
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/internal/peers"
)

// server is one that can be measured.
type server struct {
	kind
	command *exec.Cmd
	stdin   io.Closer
	addr    string
	cleanup func()

	// aim returns the path whose answer is delayed by delay, and sets addr. It returns false
	// if the server cannot inject exactly this delay.
	aim func(delay time.Duration) (path string, ok bool, err error)
}

// kind knows how to start a server.
type kind struct {
	name   string
	peer   bool   // third-party server for latency injection
	module string // installed by the go command, at exactly this version
	start  func(ctx context.Context, s *server, binary string, others []*server) error
}

var kinds = []kind{
	{name: "loop", start: startOwn("serve-loop")},
	{name: "nethttp", start: startOwn("serve-nethttp")},
	{name: "time.Sleep", start: startOwn("serve-sleep")},
	{name: "fortio", peer: true, module: "fortio.org/fortio@v1.68.0", start: startFortio},
	{name: "go-httpbin", peer: true, module: "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@v2.26.0", start: startHTTPBin},
	{name: "toxiproxy", peer: true, module: "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0", start: startToxiproxy},
	{name: "nginx", start: startNginx},
}

// startServers starts the requested servers that are available, and lists the others on
// stderr.
func startServers(ctx context.Context, only string, stderr io.Writer) ([]*server, error) {
	var wanted []string
	if only != "" {
		wanted = strings.Split(only, ",")
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == w }) {
			return nil, fmt.Errorf("-servers: unknown server %q", w)
		}
	}
	var all []*server
	for _, k := range kinds {
		if wanted != nil && !slices.Contains(wanted, k.name) {
			continue
		}
		s, err := k.server(ctx, all)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(stderr, "without %s: %v\n", k.name, err)
			continue
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("no server could be started")
	}
	return all, nil
}

// server installs and starts one, and waits until it answers.
func (k kind) server(ctx context.Context, others []*server) (*server, error) {
	s := &server{kind: k, cleanup: func() {}}
	var binary string
	var err error
	if k.module != "" {
		binary, err = peers.Install(ctx, k.name, k.module)
	}
	if err == nil {
		err = k.start(ctx, s, binary, others)
	}
	if err == nil {
		err = s.ready(ctx)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// spawn starts a command that dies with this process. Its output is discarded unless stdout
// is set.
func (s *server) spawn(ctx context.Context, stdout io.Writer, name string, args ...string) (err error) {
	s.command = exec.CommandContext(ctx, name, args...)
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.command.Env = append(os.Environ(), "LOG_LEVEL=error") // toxiproxy's
	s.command.Stdout = stdout
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return err
	}
	return s.command.Start()
}

// stop ends the server's process and waits for it.
func (s *server) stop() {
	if s.command != nil && s.command.Process != nil {
		s.stdin.Close()
		_ = s.command.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { _ = s.command.Process.Kill() })
		_ = s.command.Wait()
		kill.Stop()
	}
	s.cleanup()
}

func stopServers(all []*server) {
	for _, s := range slices.Backward(all) {
		s.stop()
	}
}

// ready waits until the server answers.
func (s *server) ready(ctx context.Context) error {
	path, _, err := s.aim(0)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		var r *http.Response
		if r, err = http.Get("http://" + s.addr + path); err == nil {
			r.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			return nil
		}
	}
	return err
}

// freeAddr returns an address that was free a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// byQuery passes the delay in a query, in the syntax of time.ParseDuration.
func byQuery(path string) func(time.Duration) (string, bool, error) {
	return func(d time.Duration) (string, bool, error) { return path + "?delay=" + d.String(), true, nil }
}
