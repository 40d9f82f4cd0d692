package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/mockserver"
)

// mock is a mock server of the run's own.
type mock interface {
	url() string
	received() (int, error) // requests counted since the last reset
	reset() error           // begins a new account, with faults' windows and rate limits as at the start
	close() error
}

// startMock starts a mock server with the command, in a process of its own, or in
// this one if there is none. The process's configuration and what it writes to stderr
// are kept in files whose names begin with log.
func startMock(command []string, c mockserver.Config, log string) (mock, error) {
	if command == nil {
		s, err := mockserver.Start(c)
		if err != nil {
			return nil, err
		}
		return mockInProcess{s}, nil
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	config := log + ".yaml"
	if err := os.WriteFile(config, text, 0o644); err != nil {
		return nil, fmt.Errorf("writing the mock server's configuration: %w", err)
	}
	stderr, err := os.Create(log + ".log")
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	cmd := exec.Command(command[0], append(command[1:len(command):len(command)], "--config", config, "--stop-on-stdin-eof")...)
	cmd.Stderr = stderr
	cmd.SysProcAttr = ownProcessGroup()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the mock server: %w", err)
	}
	p := &mockProcess{cmd: cmd, stdin: stdin, log: log + ".log", client: http.Client{Timeout: patience}, exited: make(chan struct{})}
	p.base, p.admin, err = readAddresses(stdout)
	go func() {
		p.state = cmd.Wait()
		close(p.exited)
	}()
	if err != nil {
		_ = cmd.Process.Kill()
		<-p.exited
		said, _ := os.ReadFile(p.log)
		return nil, fmt.Errorf("starting the mock server: %w: %s", err, verdictLine(string(said)))
	}
	return p, nil
}

// mockInProcess is a mock server in this process.
type mockInProcess struct{ server *mockserver.Server }

func (m mockInProcess) url() string { return m.server.URL() }

func (m mockInProcess) received() (int, error) { return int(m.server.Counters().Requests), nil }

func (m mockInProcess) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return m.server.Shutdown(ctx)
}

// mockProcess is a mock server in a process of its own.
type mockProcess struct {
	cmd         *exec.Cmd
	stdin       io.Closer
	log         string // the file that takes its stderr
	base, admin string
	client      http.Client
	exited      chan struct{} // closed once the process has been reaped; then state holds
	state       error
}

// readAddresses reads the two lines in which a server says where it listens.
func readAddresses(stdout io.Reader) (base, admin string, err error) {
	type addresses struct{ base, admin string }
	a, err := await(context.Background(), patience, func() (addresses, error) {
		var a addresses
		lines := bufio.NewScanner(stdout)
		for lines.Scan() && a.admin == "" {
			if text, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				a.base = text
			}
			if text, ok := strings.CutPrefix(lines.Text(), "admin on "); ok {
				a.admin = text
				return a, nil
			}
		}
		return a, errors.New("it ended without saying where it listens")
	})
	return a.base, a.admin, err
}

func (m *mockProcess) url() string { return m.base }

func (m *mockProcess) received() (int, error) {
	res, err := m.client.Get(m.admin + "/counters")
	if err != nil {
		return 0, m.unreachable("asking the mock server for its counters", err)
	}
	defer res.Body.Close()
	var c mockserver.Counters
	if err := json.NewDecoder(res.Body).Decode(&c); err != nil {
		return 0, fmt.Errorf("reading the mock server's counters: %w", err)
	}
	return int(c.Requests), nil
}

// unreachable says why the server did not answer. It may have ended a moment ago, and not
// been reaped yet.
func (m *mockProcess) unreachable(doing string, err error) error {
	select {
	case <-m.exited:
		return m.died()
	case <-time.After(time.Second):
		return fmt.Errorf("%s: %w (what it said is in %s)", doing, err, m.log)
	}
}

// close ends the server as the end of its conductor would, by the end of its stdin.
func (m *mockProcess) close() error {
	m.client.CloseIdleConnections()
	_ = m.stdin.Close()
	timer := time.AfterFunc(patience, func() { _ = m.cmd.Process.Kill() })
	defer timer.Stop()
	<-m.exited
	if m.state != nil {
		return m.died()
	}
	return nil
}

// died says that the server ended when it should not have.
func (m *mockProcess) died() error {
	return &serverDied{m.state, m.log}
}

// serverDied is the error of a run whose mock server is gone.
type serverDied struct {
	state error // how it ended, nil for exit status 0
	log   string
}

func (e *serverDied) Error() string {
	state := "exit status 0"
	if e.state != nil {
		state = e.state.Error()
	}
	return fmt.Sprintf("the mock server ended (%s); what it said is in %s", state, e.log)
}
