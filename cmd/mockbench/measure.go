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

	"github.com/fanbench/fanbench/bench/stat"
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

// cell is the lateness of a server's answers at one delay and number of connections. Late
// is the time from sending to the answer's receipt minus the delay. Error is Late minus the
// server's own median at no delay. Each is the median of the rounds' figures, so that a
// disturbance of the machine in one round does not count. For a machine that is disturbed
// all the time there is Quiet: Late of the quietAnswers consecutive answers with the lowest
// p99.
type cell struct {
	Server      string
	Peer        bool
	Connections int
	Delay       time.Duration
	Answers     int // per round
	Late        quantiles
	Error       quantiles
	Quiet       quantiles
}

// quietAnswers is the length of a quiet stretch, in answers. Its p99 is the third longest.
const quietAnswers = 200

type quantiles struct{ P50, P99 time.Duration }

type throughput struct {
	Server      string
	Connections int
	PerSecond   float64 // median of the rounds
}

type cpu struct {
	Server string
	Share  float64 // of one core
}

// The loads of single measurements.
const (
	burstDelay = 20 * time.Millisecond
	bursts     = 5
	cpuRate    = 4000
	cpuConns   = 64
	cpuDelay   = time.Millisecond
	firstRate  = 50_000 // requests per second of a burst: as fast as they can be sent
)

// part is one kind of measurement.
type part struct {
	name    string
	measure func(context.Context, plan, []*server, *results, io.Writer) error
}

func parts() []part {
	return []part{
		{"delays", measureCells},
		{"burst", measureBursts},
		{"cpu", measureCPU},
		{"throughput", measureThroughput},
		{"memory", measureMemory},
	}
}

func partNames() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

func measure(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	for _, part := range parts() {
		if slices.Contains(p.parts, part.name) {
			if err := part.measure(ctx, p, servers, r, log); err != nil {
				return err
			}
		}
	}
	return nil
}

func measureCells(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	for _, n := range p.connections {
		base := map[string]time.Duration{}
		for _, delay := range append([]time.Duration{0}, p.delays...) {
			fmt.Fprintf(log, "%d connections, %v\n", n, delay)
			took := map[string][][]time.Duration{}
			for range p.rounds {
				for _, s := range servers {
					sample, err := sample(ctx, s, n, delay, p.rateFor(n, delay), p.cell)
					if err != nil {
						return fmt.Errorf("%s, %d connections, %v: %w", s.name, n, delay, err)
					}
					if len(sample) > 0 {
						took[s.name] = append(took[s.name], sample)
					}
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

// rateFor lets each connection pause between requests for as long as the delay.
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
		defer func() {
			l.close()
			time.Sleep(settleTime)
		}()
	}
	if err != nil {
		return nil, err
	}
	return l.run(ctx, s.addr, path, rate, length)
}

// settleTime lets servers clean up closed connections before the next one is measured.
const settleTime = 150 * time.Millisecond

func newCell(s *server, n int, delay time.Duration, rounds [][]time.Duration, base time.Duration) cell {
	var p50, p99 []float64
	var quiet quantiles
	for _, took := range rounds {
		for part := range slices.Chunk(took, quietAnswers) {
			if len(part) < min(quietAnswers, len(took)) {
				continue // too few for a p99
			}
			if q := lateness(part, delay); quiet == (quantiles{}) || q.P99 < quiet.P99 {
				quiet = q
			}
		}
		q := lateness(took, delay)
		p50, p99 = append(p50, float64(q.P50)), append(p99, float64(q.P99))
	}
	late := quantiles{time.Duration(stat.Median(p50)), time.Duration(stat.Median(p99))}
	return cell{
		Server: s.name, Peer: s.peer, Connections: n, Delay: delay, Answers: len(rounds[0]),
		Late: late, Error: quantiles{late.P50 - base, late.P99 - base}, Quiet: quiet,
	}
}

// lateness returns the quantiles of the answers' times minus the delay.
func lateness(took []time.Duration, delay time.Duration) quantiles {
	x := make([]float64, len(took))
	for i, t := range took {
		x[i] = float64(t - delay)
	}
	q := stat.Quantiles(x, 0.5, 0.99)
	return quantiles{time.Duration(q[0]), time.Duration(q[1])}
}

// measureBursts sends one request on each of many connections at once.
func measureBursts(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	fmt.Fprintf(log, "%d requests at once\n", p.burst)
	took := map[string][][]time.Duration{}
	for range bursts {
		for _, s := range servers {
			sample, err := sample(ctx, s, p.burst, burstDelay, firstRate, time.Duration(p.burst)*time.Second/firstRate)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if len(sample) > 0 {
				took[s.name] = append(took[s.name], sample)
			}
		}
	}
	for _, s := range servers {
		if len(took[s.name]) > 0 {
			r.Bursts = append(r.Bursts, newCell(s, p.burst, burstDelay, took[s.name], 0))
		}
	}
	return nil
}

func measureCPU(ctx context.Context, p plan, servers []*server, r *results, log io.Writer) error {
	fmt.Fprintf(log, "CPU at %d requests per second\n", cpuRate)
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

// cpuTime is the CPU time of a process, user and kernel.
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
		for range p.rounds {
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
			r.Throughput = append(r.Throughput, throughput{s.name, n, stat.Median(rates[s.name])})
		}
	}
	return nil
}
