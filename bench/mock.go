package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/mockserver/config"
)

// mock is the run's own mock server.
type mock interface {
	url() string
	account() (mockAccount, error) // since the last reset
	reset() error                  // begins a new account, with faults' windows and rate limits as at the start
	close() error
}

// mockAccount has a mock server's counters for a trial.
type mockAccount struct {
	received int           // requests that arrived
	stood    time.Duration // the longest time for which its process stood still
	cpu      time.Duration // that its process used; 0 if unknown, as where it has none of its own
}

// startMock starts a mock server with the command server, in its own process, or in this one
// if there is none. The server's configuration and its stderr are kept in files whose names
// begin with log.
func startMock(server []string, c config.Config, log string) (mock, error) {
	if server == nil {
		s, err := mockserver.Start(c)
		if err != nil {
			return nil, err
		}
		return mockInProcess{s}, nil
	}
	c, err := c.Absolute() // its file lies elsewhere
	if err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	config := log + ".yaml"
	if err := os.WriteFile(config, text, 0o644); err != nil {
		return nil, fmt.Errorf("writing the mock server's configuration: %w", err)
	}
	p, err := child.Start(child.Command{Args: slices.Concat(server, []string{"--config", config, "--stop-on-stdin-eof"}), Log: log + ".log", Death: child.KillOnDeath})
	if err != nil {
		return nil, fmt.Errorf("starting the mock server: %w", err)
	}
	m := &mockProcess{Process: p, client: http.Client{Timeout: child.Patience}}
	if err := m.readAddresses(); err != nil {
		p.Kill()
		err = fmt.Errorf("starting the mock server: %w: %s", err, quote.Plain(verdictLine(p.Log.Since(p.From))))
		_, closeErr := p.Close(child.Patience)
		return nil, errors.Join(err, closeErr)
	}
	return m, nil
}

// mockInProcess is a mock server in this process.
type mockInProcess struct{ server *mockserver.Server }

func (m mockInProcess) url() string { return m.server.URL() }

func (m mockInProcess) account() (mockAccount, error) {
	return newMockAccount(m.server.Counters()), nil
}

// newMockAccount leaves out requests that arrived before the reset. The last request of the
// last trial can be one: its client had the whole answer, and the next trial began, before
// the server had counted it.
func newMockAccount(c mockserver.Counters) mockAccount {
	return mockAccount{received: int(c.Requests - c.Carried), stood: c.Stood}
}

func (m mockInProcess) reset() error {
	m.server.Reset()
	return nil
}

func (m mockInProcess) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), child.Patience)
	defer cancel()
	return m.server.Shutdown(ctx)
}

// mockProcess is a mock server in its own process.
type mockProcess struct {
	*child.Process
	base, admin, token string
	client             http.Client
	used               time.Duration // CPU time up to the last reset
}

// readAddresses reads the lines in which the server says where it listens, and the token
// of its admin API, which is the last.
func (m *mockProcess) readAddresses() error {
	_, err := child.Await(context.Background(), child.Patience, func() (struct{}, error) {
		for m.token == "" {
			line, err := worker.ReadLine(m.Out)
			if errors.Is(err, worker.ErrLongLine) {
				return struct{}{}, err
			} else if err != nil {
				return struct{}{}, errors.New("it ended without saying where it listens")
			}
			line = strings.TrimSpace(line)
			if text, ok := strings.CutPrefix(line, "listening on "); ok {
				m.base = text
			}
			if text, ok := strings.CutPrefix(line, "admin on "); ok {
				m.admin = text
			}
			if text, ok := strings.CutPrefix(line, "admin token "); ok {
				m.token = text
			}
		}
		return struct{}{}, nil
	})
	if errors.Is(err, child.ErrOverdue) {
		err = fmt.Errorf("it did not say where it listens within %v", child.Patience)
	}
	return err
}

func (m *mockProcess) url() string { return m.base }

func (m *mockProcess) account() (mockAccount, error) {
	res, err := m.client.Get(m.admin + "/counters")
	if err != nil {
		return mockAccount{}, m.unreachable("asking the mock server for its counters", err)
	}
	defer res.Body.Close()
	var c mockserver.Counters
	if err := json.NewDecoder(res.Body).Decode(&c); err != nil {
		return mockAccount{}, fmt.Errorf("reading the mock server's counters: %w", err)
	}
	a := newMockAccount(c)
	if used := m.cpu(); used > 0 && m.used > 0 {
		a.cpu = used - m.used
	}
	return a, nil
}

// cpu is the CPU time of its process so far, 0 if this system does not tell.
func (m *mockProcess) cpu() time.Duration {
	sample, _ := machine.Observe(m.PID())
	return sample.CPU
}

func (m *mockProcess) reset() error {
	req, err := http.NewRequest(http.MethodPost, m.admin+"/reset", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+m.token)
	res, err := m.client.Do(req)
	if err != nil {
		return m.unreachable("resetting the mock server", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("resetting the mock server: %s (its log is %s)", res.Status, m.Log.Name())
	}
	m.used = m.cpu()
	return nil
}

// unreachable returns why the server did not answer. It may have ended a moment ago, and not
// been reaped yet.
func (m *mockProcess) unreachable(doing string, err error) error {
	if m.Gone(time.Second) {
		return m.died()
	}
	return fmt.Errorf("%s: %w (its log is %s)", doing, err, m.Log.Name())
}

func (m *mockProcess) close() error {
	m.client.CloseIdleConnections()
	_, err := m.Process.Close(child.Patience)
	if m.State != nil {
		err = m.died()
	}
	return err
}

// died returns the error of a server that ended unexpectedly.
func (m *mockProcess) died() error { return &serverDied{m.Ended(), m.Log.Name()} }

// serverDied is the error of a run whose mock server has ended.
type serverDied struct {
	state string // how it ended
	log   string
}

func (e *serverDied) Error() string {
	return fmt.Sprintf("the mock server ended (%s); its log is %s", e.state, e.log)
}
