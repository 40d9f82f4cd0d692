//go:build linux

// Command mockbench measures the precision and cost of latency injection: fanbench's server
// with either engine, net/http with time.Sleep, and other common servers that are installed
// or can be. All run on this machine. Each measurement runs on all servers in turn, so that
// a disturbance affects all of them.
//
// It writes a table to standard output, and table.md, latency.png and results.json to the
// directory -out.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// plan says what is measured.
type plan struct {
	delays      []time.Duration
	connections []int
	cell        time.Duration // on one server, at a time
	rounds      int
	rate        float64 // maximum, requests per second
	burst       int     // requests at once
	wrk         []int   // connections
	held        int     // connections
	hold        time.Duration
	parts       []string
}

var fullPlan = plan{
	delays: []time.Duration{
		100 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 1300 * time.Microsecond,
		5 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond,
	},
	connections: []int{1, 64, 1000},
	cell:        300 * time.Millisecond,
	rounds:      5,
	rate:        2000,
	burst:       1000,
	wrk:         []int{64, 512},
	held:        10_000,
	hold:        3 * time.Second,
	parts:       partNames(),
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		if own, ok := ownServers[args[0]]; ok {
			return own(ctx, stdout)
		}
	}
	p := fullPlan
	flags := flag.NewFlagSet("benchmark", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", filepath.Join("reports", "runs", "mockserver"), "directory to write to")
	only := flags.String("servers", "", "comma-separated names; all if empty")
	parts := flags.String("parts", strings.Join(p.parts, ","), "comma-separated parts to measure")
	flags.DurationVar(&p.cell, "cell", p.cell, "how long each server is measured at a time")
	flags.IntVar(&p.rounds, "rounds", p.rounds, "number of rounds, in each of which every server has a turn")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p.parts = strings.Split(*parts, ",")
	for _, name := range p.parts {
		if !slices.Contains(partNames(), name) {
			return fmt.Errorf("-parts: unknown part %q (known: %s)", name, strings.Join(partNames(), ", "))
		}
	}
	return p.run(ctx, *out, *only, stdout, stderr)
}

// run measures the servers named in only, or all if it is empty, and writes to stdout and
// to the directory out.
func (p plan) run(ctx context.Context, out, only string, stdout, stderr io.Writer) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	servers, err := startServers(ctx, only, stderr)
	defer stopServers(servers)
	if err != nil {
		return err
	}
	r := &results{Began: time.Now().UTC(), Plan: fmt.Sprintf("%+v", p)}
	if err := measure(ctx, p, servers, r, stderr); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	var table strings.Builder
	r.writeTable(&table)
	fmt.Fprint(stdout, table.String())
	for name, content := range map[string]string{"results.json": string(text), "table.md": table.String()} {
		if err := os.WriteFile(filepath.Join(out, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	if len(r.Cells) == 0 {
		return nil
	}
	return r.drawChart(filepath.Join(out, "latency.png"))
}
