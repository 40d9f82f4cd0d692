package caller

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/internal/needs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func task(n int) call.Task { return call.Task{Round: 2, Number: n} }

// open creates the caller of a call. dialled counts its connections.
func open(t *testing.T, c call.Call) (k call.Caller, dialled *atomic.Int64) {
	t.Helper()
	make, err := call.LookUpCaller(c.Kind())
	if err != nil {
		t.Fatal(err)
	}
	dialled = new(atomic.Int64)
	k, err = make(c, call.Means{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k, dialled
}

func TestCommands(t *testing.T) {
	needs.Program(t, "sh")
	for _, c := range []struct {
		command call.Command
		bytes   int64
		err     string
	}{
		{call.Command{Shell: "printf %s {task}-{round}"}, 4, ""},
		{call.Command{Argv: []string{"printf", "%s", "task {task}"}}, 7, ""},
		{call.Command{Argv: []string{"cat"}, Stdin: "{task}{task}"}, 4, ""},
		{call.Command{Shell: "exit 3", Exit: 3}, 0, ""},
		{call.Command{Shell: "exit 3"}, 0, "exit status 3"},
		{call.Command{Shell: "true", Exit: 3}, 0, "exit status 0, expected 3"},
		{call.Command{Shell: "echo a; echo no such order >&2; echo more >&2; exit 1"}, 2, "exit status 1: no such order"},
		{call.Command{Shell: "kill -9 $$"}, 0, "signal: killed"},
		{call.Command{Shell: "pwd", Dir: "/"}, 2, ""},
	} {
		k, _ := open(t, &c.command)
		a, err := k.Do(t.Context(), task(17))
		if got := errorText(err); a.Bytes != c.bytes || got != c.err {
			t.Errorf("%+v: %d bytes and %q, want %d and %q", c.command, a.Bytes, got, c.bytes, c.err)
		}
	}
	make, _ := call.LookUpCaller("command")
	if _, err := make(&call.Command{Argv: []string{"no-such-program-here"}}, call.Means{}); err == nil {
		t.Error("a program that is not there is not missed")
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A task that is cancelled ends at once, with all that its process has started.
func TestACancelledCommandIsKilledWithItsChildren(t *testing.T) {
	needs.Program(t, "sh")
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	k, _ := open(t, &call.Command{Shell: "sleep 1000 & echo $! >" + file + ".new; mv " + file + ".new " + file + "; wait"})
	done := make(chan error)
	go func() {
		_, err := k.Do(ctx, task(0))
		done <- err
	}()
	pid := ""
	for pid == "" {
		text, _ := os.ReadFile(file)
		pid = strings.TrimSpace(string(text))
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") || !strings.Contains(string(stat), "(sleep)") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("what the process started still runs: %s", stat)
		}
	}
}

// serve answers connections until the test ends.
func serve(t *testing.T, handle func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func echo(conn net.Conn) { _, _ = io.Copy(conn, conn) }

func TestTCP(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle func(net.Conn)
		tcp    call.TCP
		bytes  int64
		err    string
		again  int64 // connections of a second call
	}{
		{"echo", echo, call.TCP{Send: "ping {task}"}, 7, "", 0},
		{"a part of the echo", echo, call.TCP{Send: "ping", Read: "2"}, 2, "", 0},
		{"line", func(c net.Conn) {
			for in := bufio.NewReader(c); ; {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, "got "+line)
			}
		}, call.TCP{Send: "{task}\n", Read: "line", Expect: "got 17"}, 7, "", 0},
		{"until the end", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 10))
			_, _ = io.WriteString(c, "bye")
		}, call.TCP{Send: "x", Read: "eof"}, 3, "", 1},
		{"another answer", echo, call.TCP{Send: "ping", Expect: "pong"}, 4, `the answer does not contain "pong"`, 1},
		{"too short", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 10))
			_, _ = io.WriteString(c, "b")
		}, call.TCP{Send: "xyz"}, 1, errShort.Error(), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.tcp.Address = serve(t, c.handle)
			k, dialled := open(t, &c.tcp)
			if err := k.Open(t.Context(), 1, true); err != nil || dialled.Swap(0) != 1 {
				t.Fatalf("%v, or not one connection", err)
			}
			a, err := k.Do(t.Context(), task(17))
			if a.Bytes != c.bytes || errorText(err) != c.err || dialled.Swap(0) != 0 {
				t.Errorf("%d bytes and %v, want %d and %q, by the open connection", a.Bytes, err, c.bytes, c.err)
			}
			if _, err = k.Do(t.Context(), task(17)); errorText(err) != c.err || dialled.Load() != c.again {
				t.Errorf("again: %v, %d connections, want %d", err, dialled.Load(), c.again)
			}
			k.Close()
		})
	}
}

// A service that does not answer holds a task until its context ends, and the connection is
// not used again.
func TestTCPEndsWithItsContext(t *testing.T) {
	read := make(chan bool)
	address := serve(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 10))
		read <- true
		_, _ = c.Read(make([]byte, 10)) // until it is closed
	})
	k, _ := open(t, &call.TCP{Address: address, Send: "x"})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-read; cancel() }()
	if _, err := k.Do(ctx, task(0)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	if n := len(k.(*tcp).idle); n != 0 {
		t.Errorf("%d connections are kept", n)
	}
}

func TestCallsThatThisProgramCannotMake(t *testing.T) {
	if _, err := call.LookUpCaller("grpc"); err == nil || !strings.Contains(err.Error(), "fanbench-full") {
		t.Errorf("%v, want what to build", err)
	}
	if err := LookUpDriver("fake-sql"); err == nil || !strings.Contains(err.Error(), "fake-database") {
		t.Errorf("%v, want the drivers that there are", err)
	}
}
