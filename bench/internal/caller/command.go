package caller

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/internal/quote"
)

// command starts a process a task.
type command struct{ *call.Command }

func openCommand(c call.Call, _ call.Means) (call.Caller, error) {
	of, ok := c.(*call.Command)
	if !ok {
		return nil, fmt.Errorf("%T is no command", c)
	}
	k := command{of}
	if argv := k.argv(call.Task{}); !strings.Contains(argv[0], "{") {
		if _, err := exec.LookPath(argv[0]); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k command) argv(t call.Task) []string {
	if k.Shell != "" {
		return []string{"sh", "-c", t.Fill(k.Shell)}
	}
	argv := make([]string, len(k.Argv))
	for i, a := range k.Argv {
		argv[i] = t.Fill(a)
	}
	return argv
}

func (command) Open(context.Context, int, bool) error { return nil }
func (command) Connections() int64                    { return 0 }
func (command) Close() error                          { return nil }

// drain is how long to read what a process wrote after it has ended: one that it started may
// still hold its output.
const drain = 100 * time.Millisecond

// mostStderr is how much of a process's standard error is kept, in bytes.
const mostStderr = 4 << 10

// Do starts the process and waits for its end. When its context ends, it is killed, together
// with what it has started.
func (k command) Do(ctx context.Context, t call.Task) (call.Answer, error) {
	argv := k.argv(t)
	p := exec.CommandContext(ctx, argv[0], argv[1:]...)
	p.Dir, p.WaitDelay = k.Dir, drain
	inOwnGroup(p)
	if k.Stdin != "" {
		p.Stdin = strings.NewReader(t.Fill(k.Stdin))
	}
	out, told := new(counter), new(head)
	p.Stdout, p.Stderr = out, told
	err := p.Run()
	answer := call.Answer{Bytes: out.n}
	if ctx.Err() != nil && err != nil {
		return answer, ctx.Err()
	}
	if errors.Is(err, exec.ErrWaitDelay) { // it has ended, and left something behind
		err = nil
	}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return answer, err
	}
	status := p.ProcessState.ExitCode()
	switch {
	case status == k.Exit:
		return answer, nil
	case status < 0:
		return answer, told.after(p.ProcessState.String())
	case k.Exit != 0:
		return answer, told.after(fmt.Sprintf("exit status %d, expected %d", status, k.Exit))
	}
	return answer, told.after(fmt.Sprintf("exit status %d", status))
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// head keeps the beginning of what is written to it.
type head struct{ kept []byte }

func (h *head) Write(b []byte) (int, error) {
	h.kept = append(h.kept, b[:min(len(b), mostStderr-len(h.kept))]...)
	return len(b), nil
}

// after is an error that has the first line that was written, after the words.
func (h *head) after(words string) error {
	line, _ := bufio.NewReader(bytes.NewReader(bytes.TrimSpace(h.kept))).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		return errors.New(words)
	}
	return fmt.Errorf("%s: %s", words, quote.Printable(line))
}
