//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain also serves: the program starts its servers by running itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if own, ok := ownServers[os.Args[1]]; ok {
			if err := own(context.Background(), os.Stdout); err != nil {
				panic(err)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// TestSmallPlan measures a little of everything and checks no figure.
func TestSmallPlan(t *testing.T) {
	p := plan{
		delays: []time.Duration{time.Millisecond}, connections: []int{1, 8},
		cell: 30 * time.Millisecond, rounds: 2, rate: 500, burst: 20, held: 20, hold: 200 * time.Millisecond,
		parts: partNames(),
	}
	dir := t.TempDir()
	var table, log bytes.Buffer
	if err := p.run(t.Context(), dir, "loop,nethttp,time.Sleep", &table, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for _, want := range []string{"## 8 connections", "| loop | 20 |", "| time.Sleep |", "of 4 |"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, table.String())
		}
	}
	for _, name := range []string{"table.md", "results.json", "latency.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 500 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := run(t.Context(), []string{"-servers", "nosuch"}, &table, &log); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("got %v", err)
	}
}

func TestComplete(t *testing.T) {
	for answer, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab": "yes",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na":  "no",
		"HTTP/1.1 200 OK\r\nContent-Le":                  "no",
		"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n":   `the answer is "HTTP/1.1 500 Oh"`,
		"HTTP/1.1 200 OK\r\n\r\n":                        "without Content-Length",
	} {
		done, err := complete([]byte(answer))
		if got := map[bool]string{true: "yes", false: "no"}[done]; err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", answer, done, err)
		}
	}
}

// A stall of the machine raises the p99 of its round, but not the quiet p99.
func TestQuietAnswers(t *testing.T) {
	var round []time.Duration
	for i := range 3 * quietAnswers {
		late := time.Duration(i%10) * time.Microsecond
		if i >= quietAnswers {
			late += time.Duration(i%50) * time.Millisecond
		}
		round = append(round, time.Millisecond+late)
	}
	c := newCell(&server{}, 1, time.Millisecond, [][]time.Duration{round}, 0)
	if c.Quiet.P99 != 9*time.Microsecond || c.Quiet.P50 > 5*time.Microsecond || c.Late.P99 < time.Millisecond {
		t.Errorf("%+v", c)
	}
	if few := newCell(&server{}, 1, time.Millisecond, [][]time.Duration{round[:7]}, 0); few.Quiet != few.Late {
		t.Errorf("with few answers: %+v", few)
	}
}
