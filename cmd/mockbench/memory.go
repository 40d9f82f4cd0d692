//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// memory is the memory of a server per connection that waits for an answer.
type memory struct {
	Server   string
	Bytes    float64 // per connection
	Answered int
	Asked    int
}

const heldDelay = 100 * time.Millisecond

// measureMemory holds many connections, each with a delayed request. It starts each server
// anew, because memory left from earlier requests would hide the need.
func measureMemory(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	for _, s := range servers {
		if _, ok, _ := s.aim(heldDelay); !ok {
			continue
		}
		fmt.Fprintf(log, "memory of %d connections: %s\n", p.held, s.name)
		fresh, err := s.server(ctx, servers)
		if err != nil {
			return err
		}
		m, err := hold(ctx, fresh, p.held, p.hold)
		fresh.stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // the figures count dropped connections
			fmt.Fprintf(log, "%s: %v\n", s.name, err)
		}
		r.Memory = append(r.Memory, m)
	}
	return nil
}

// hold holds connections for the given time. Each sends a request once a second.
func hold(ctx context.Context, s *server, n int, length time.Duration) (memory, error) {
	m := memory{Server: s.name, Asked: int(float64(n) * length.Seconds())}
	path, _, err := s.aim(heldDelay)
	if err != nil {
		return m, err
	}
	before, err := resident(s.command.Process.Pid)
	if err != nil {
		return m, err
	}
	l, err := dialLoad(s.addr, n)
	if l != nil {
		defer l.close()
	}
	if err != nil {
		return m, err
	}
	took, err := l.run(ctx, s.addr, path, float64(n), length)
	m.Answered = len(took)
	after, err2 := resident(s.command.Process.Pid)
	m.Bytes = float64(after-before) / float64(n)
	return m, errors.Join(err, err2)
}

// resident is a process's resident memory in bytes, without its children's.
func resident(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}
