package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver"
)

// serveCommand runs the command as main does, with pipes for its streams.
type serveCommand struct {
	stdin  *io.PipeWriter
	lines  *bufio.Reader
	stderr bytes.Buffer
	err    chan error
	cancel context.CancelFunc
}

func startServe(t *testing.T, args ...string) *serveCommand {
	t.Helper()
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	c := &serveCommand{stdin: stdin, lines: bufio.NewReader(stdout), err: make(chan error, 1)}
	cmd := newServeCmd()
	cmd.SetArgs(args)
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(&c.stderr)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(t.Context())
	go func() {
		c.err <- cmd.ExecuteContext(ctx)
		out.Close()
	}()
	return c
}

// ready returns the addresses of the server and of the admin API, and the token.
func (c *serveCommand) ready(t *testing.T) (url, admin, token string) {
	t.Helper()
	line := func(prefix string) string {
		text, err := c.lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(text, prefix) {
			t.Fatalf("got %q, %v", text, err)
		}
		return strings.TrimSpace(strings.TrimPrefix(text, prefix))
	}
	return line("listening on "), line("admin on "), line("admin token ")
}

func (c *serveCommand) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-c.err:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not stop")
		return nil
	}
}

// untilIdle waits until the server has counted every answer. A client may have read an
// answer that is not counted yet, and a reset would carry it into the next count.
func untilIdle(t *testing.T, admin string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		r, err := http.Get(admin + "/counters")
		if err != nil {
			t.Fatal(err)
		}
		var c mockserver.Counters
		err = json.NewDecoder(r.Body).Decode(&c)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if c.InFlight == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d requests are still in flight", c.InFlight)
		}
	}
}

func TestServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("latency: 1ms\nseed: 3\nslots: 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for how, args := range map[string][]string{
		"a signal":               {"--config", file, "--latency", "constant:2ms", "--queue", "7", "--size", "constant:3"},
		"the end of standard in": {"--stop-on-stdin-eof", "--latency", "constant:2ms", "--engine", "nethttp", "--size", "constant:3", "--slots", "2", "--queue", "7", "--seed", "3"},
	} {
		c := startServe(t, args...)
		url, admin, token := c.ready(t)
		if len(token) < 26 {
			t.Errorf("%s: the token is %q", how, token)
		}
		r, err := http.Get(url)
		if err != nil || r.StatusCode != 200 || r.ContentLength != 3 {
			t.Fatalf("got %v, %v", r, err)
		}
		r.Body.Close()
		untilIdle(t, admin)
		r, err = http.Get(admin + "/config")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		for _, want := range []string{"seed: 3\n", "latency: constant:2ms\n", "slots: 2\n", "queue: 7\n", "full: \"503\"\n"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %q in\n%s", how, want, text)
			}
		}
		for authorization, want := range map[string]int{"Bearer " + token: http.StatusNoContent, "": http.StatusUnauthorized} {
			req, err := http.NewRequest(http.MethodPost, admin+"/reset", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", authorization)
			if r, err = http.DefaultClient.Do(req); err != nil || r.StatusCode != want {
				t.Fatalf("%s: a reset: %v, %v", how, r, err)
			}
			r.Body.Close()
		}
		r, err = http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		if how == "a signal" {
			c.cancel()
		} else {
			c.stdin.Close()
		}
		if err := c.end(t); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		if text := c.stderr.String(); !strings.Contains(text, "1 served") || !strings.Contains(text, "requested") {
			t.Errorf("%s: the summary is\n%s", how, text)
		}
	}
}

func TestServeTellsUsageErrorsApart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("latncy: 1ms\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var usage usageError
	err := startServe(t, "--config", file, "--latency", "constnt:1ms", "--size", "x", "--engine", "epoll").end(t)
	for _, want := range []string{file + ":1:1: unknown key \"latncy\"; did you mean \"latency\"?", "--latency: unknown distribution \"constnt\"", "--size: "} {
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := startServe(t, "--addr", "0.0.0.0:0", "--engine", "epoll", "--queue", "3").end(t); !errors.As(err, &usage) || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v", err)
	}
	if err := startServe(t, "--config", file+"x").end(t); !errors.As(err, &usage) {
		t.Errorf("got %v", err)
	}
	c := startServe(t)
	url, _, _ := c.ready(t)
	err = startServe(t, "--addr", strings.TrimPrefix(url, "http://")).end(t)
	if err == nil || errors.As(err, &usage) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
	c.cancel()
	if err := c.end(t); err != nil {
		t.Error(err)
	}
}
