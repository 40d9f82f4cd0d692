//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// results are all figures of a run.
type results struct {
	Began      time.Time
	Plan       string
	Cells      []cell
	Bursts     []cell
	Throughput []throughput
	Memory     []memory
	CPU        []cpu
}

// cell is how late a server's answers were at one delay and number of connections.
// Late is the time from sending to the answer's receipt less the delay; Error is that
// less the server's own median at no delay.
type cell struct {
	Server      string
	Peer        bool
	Connections int
	Delay       time.Duration
	Answers     int
	Late        quantiles
	Error       quantiles
}

type quantiles struct{ P50, P99 time.Duration }

type throughput struct {
	Server      string
	Connections int
	PerSecond   float64 // median of the rounds
}

type memory struct {
	Server   string
	Bytes    float64 // a connection
	Answered int
	Asked    int
}

type cpu struct {
	Server string
	Share  float64 // of a core
}

// The loads of single measurements.
const (
	burstSize  = 1000
	burstDelay = 20 * time.Millisecond
	bursts     = 5
	heldDelay  = 100 * time.Millisecond
	cpuRate    = 4000
	cpuConns   = 64
	cpuDelay   = time.Millisecond
	firstRate  = 50_000 // requests a second of a burst: as fast as they can be sent
)

func measure(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	for _, step := range []func(context.Context, plan, []*server, *results, io.Writer) error{
		measureCells, measureBursts, measureCPU, measureThroughput, measureMemory,
	} {
		if err := step(ctx, p, servers, r, log); err != nil {
			return err
		}
	}
	return nil
}

func measureCells(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	for _, n := range p.connections {
		base := map[string]time.Duration{}
		for _, delay := range append([]time.Duration{0}, p.delays...) {
			fmt.Fprintf(log, "%d connections, %v\n", n, delay)
			took := map[string][]time.Duration{}
			for range p.rounds {
				for _, s := range servers {
					sample, err := sample(ctx, s, n, delay, p.rateFor(n, delay), p.cell)
					if err != nil {
						return fmt.Errorf("%s, %d connections, %v: %w", s.name, n, delay, err)
					}
					took[s.name] = append(took[s.name], sample...)
				}
			}
			for _, s := range servers {
				if len(took[s.name]) == 0 {
					continue
				}
				c := newCell(s, n, delay, took[s.name], base[s.name])
				if delay == 0 {
					base[s.name] = c.Late.P50
				} else {
					r.Cells = append(r.Cells, c)
				}
			}
		}
	}
	return nil
}

// rateFor leaves each connection a pause as long as the delay between its requests.
func (p plan) rateFor(connections int, delay time.Duration) float64 {
	period := 2*delay + time.Millisecond
	return min(p.rate, float64(connections)/period.Seconds())
}

func sample(ctx context.Context, s *server, n int, delay time.Duration, rate float64, length time.Duration) ([]time.Duration, error) {
	path, ok, err := s.aim(delay)
	if err != nil || !ok {
		return nil, err
	}
	l, err := dialLoad(s.addr, n)
	if l != nil {
		defer l.close()
	}
	if err != nil {
		return nil, err
	}
	return l.run(ctx, s.addr, path, rate, length)
}

func newCell(s *server, n int, delay time.Duration, took []time.Duration, base time.Duration) cell {
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[int(q*float64(len(took)-1)+0.5)] - delay }
	late := quantiles{at(0.50), at(0.99)}
	return cell{
		Server: s.name, Peer: s.peer, Connections: n, Delay: delay, Answers: len(took),
		Late: late, Error: quantiles{late.P50 - base, late.P99 - base},
	}
}

// measureBursts sends a request on each of many connections at once.
func measureBursts(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	fmt.Fprintf(log, "%d requests at once\n", burstSize)
	took := map[string][]time.Duration{}
	for range bursts {
		for _, s := range servers {
			sample, err := sample(ctx, s, burstSize, burstDelay, firstRate, burstSize*time.Second/firstRate)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			took[s.name] = append(took[s.name], sample...)
		}
	}
	for _, s := range servers {
		if len(took[s.name]) > 0 {
			r.Bursts = append(r.Bursts, newCell(s, burstSize, burstDelay, took[s.name], 0))
		}
	}
	return nil
}

func measureCPU(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	fmt.Fprintf(log, "CPU at %d requests a second\n", cpuRate)
	used := map[string]time.Duration{}
	for range p.rounds {
		for _, s := range servers {
			before, err := cpuTime(s.command.Process.Pid)
			if err != nil {
				return err
			}
			if _, err := sample(ctx, s, cpuConns, cpuDelay, cpuRate, 2*p.cell); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			after, err := cpuTime(s.command.Process.Pid)
			if err != nil {
				return err
			}
			used[s.name] += after - before
		}
	}
	for _, s := range servers {
		if _, ok, _ := s.aim(cpuDelay); ok {
			r.CPU = append(r.CPU, cpu{s.name, used[s.name].Seconds() / (2 * p.cell.Seconds() * float64(p.rounds))})
		}
	}
	return nil
}

// ticksPerSecond is the unit of times in /proc, the same on every Linux.
const ticksPerSecond = 100

// cpuTime is what a process has used, in user and kernel.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold spaces; utime and stime are fields 14 and 15.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	kernel, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+kernel) * time.Second / ticksPerSecond, errors.Join(err, err2)
}

var requestsPerSecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

func measureThroughput(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		fmt.Fprintf(log, "no throughput: %v; install it from the distribution\n", err)
		return nil
	}
	for _, n := range p.wrk {
		fmt.Fprintf(log, "wrk, %d connections\n", n)
		rates := map[string][]float64{}
		for range p.rounds + 1 {
			for _, s := range servers {
				path, _, err := s.aim(0)
				if err != nil {
					return err
				}
				text, err := exec.CommandContext(ctx, wrk, "-t2", "-c"+strconv.Itoa(n), "-d"+strconv.Itoa(int(max(2*p.cell, time.Second).Seconds()))+"s", "http://"+s.addr+path).CombinedOutput()
				m := requestsPerSecond.FindSubmatch(text)
				if err != nil || m == nil {
					return fmt.Errorf("wrk on %s: %w: %s", s.name, err, text)
				}
				rate, err := strconv.ParseFloat(string(m[1]), 64)
				if err != nil {
					return err
				}
				rates[s.name] = append(rates[s.name], rate)
			}
		}
		for _, s := range servers {
			slices.Sort(rates[s.name])
			r.Throughput = append(r.Throughput, throughput{s.name, n, rates[s.name][len(rates[s.name])/2]})
		}
	}
	return nil
}

// measureMemory holds many connections, each with a request that is being delayed, of
// servers started anew: those that have served already would hide what they need.
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
		m, err := hold(ctx, fresh, p.held)
		fresh.stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // what it dropped is in the figures
			fmt.Fprintf(log, "%s: %v\n", s.name, err)
		}
		r.Memory = append(r.Memory, m)
	}
	return nil
}

// holdTime is how long connections are held; each asks once a second.
const holdTime = 3 * time.Second

func hold(ctx context.Context, s *server, n int) (memory, error) {
	m := memory{Server: s.name, Asked: n * int(holdTime/time.Second)}
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
	took, err := l.run(ctx, s.addr, path, float64(n), holdTime)
	m.Answered = len(took)
	after, err2 := resident(s.command.Process.Pid)
	m.Bytes = float64(after-before) / float64(n)
	return m, errors.Join(err, err2)
}

// resident is a process's resident memory in bytes, with its children's left out.
func resident(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}
