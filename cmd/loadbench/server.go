//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// serveArgument makes this program the mock server.
const serveArgument = "serve-mock"

// serve is the mock server's process. It prints its address. For every line "log N" on in
// it begins a new log and answers "ok"; for "take" it writes the number of arrivals and
// the arrivals. It ends with in.
func serve(in io.Reader, out io.Writer) error {
	mockserver.Dedicate()
	c := config.Config{Engine: config.EngineLoop}
	lines := bufio.NewScanner(in)
	if !lines.Scan() {
		return lines.Err()
	}
	delay, err := latency.Parse(lines.Text())
	if err != nil {
		return err
	}
	c.Latency = delay
	s, err := mockserver.Start(c)
	if err != nil {
		return err
	}
	defer s.Close()
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, s.URL())
	for w.Flush(); lines.Scan(); w.Flush() {
		if lines.Text() == "take" {
			arrivals := s.Arrivals()
			if err := binary.Write(w, binary.LittleEndian, int64(len(arrivals))); err != nil {
				return err
			}
			if err := binary.Write(w, binary.LittleEndian, arrivals); err != nil {
				return err
			}
			continue
		}
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "log %d", &n); err != nil {
			return fmt.Errorf("%q: %w", lines.Text(), err)
		}
		s.LogArrivals(n)
		fmt.Fprintln(w, "ok")
	}
	return lines.Err()
}

// server is the mock server's process, seen from outside.
type server struct {
	url     string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startServer(ctx context.Context, delay time.Duration) (s *server, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s = &server{command: exec.CommandContext(ctx, self, serveArgument)}
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.command.Stderr = os.Stderr
	if s.in, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("starting the mock server: %w", err)
	}
	if s.url, err = s.ask("constant:" + delay.String()); err != nil {
		s.stop()
		return nil, fmt.Errorf("starting the mock server: %w", err)
	}
	return s, nil
}

// ask sends a line and returns the line that is the answer.
func (s *server) ask(line string) (string, error) {
	if _, err := fmt.Fprintln(s.in, line); err != nil {
		return "", err
	}
	answer, err := s.out.ReadString('\n')
	return strings.TrimSpace(answer), err
}

// log begins a log of at most n arrivals.
func (s *server) log(n int) error {
	_, err := s.ask(fmt.Sprintf("log %d", n))
	return err
}

// take returns the arrivals since log.
func (s *server) take() ([]mockserver.Arrival, error) {
	if _, err := fmt.Fprintln(s.in, "take"); err != nil {
		return nil, err
	}
	var n int64
	if err := binary.Read(s.out, binary.LittleEndian, &n); err != nil {
		return nil, err
	}
	arrivals := make([]mockserver.Arrival, n)
	return arrivals, binary.Read(s.out, binary.LittleEndian, arrivals)
}

// stop ends the process and waits for it.
func (s *server) stop() {
	s.in.Close()
	_ = s.command.Wait()
}
