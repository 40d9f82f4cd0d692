//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// writeTable writes all figures as Markdown.
func (r *results) writeTable(w io.Writer) {
	fmt.Fprintf(w, "# Injected latency, measured %s\n\n", r.Began.Format(time.DateTime+" UTC"))
	fmt.Fprintf(w, "In microseconds, p50 / p99. Error: from sending to the kernel's receipt of the answer, less the delay asked for, less the server's own median at no delay. Late: the same with that median left in.\n")
	for _, n := range connectionsIn(r.Cells) {
		cells := slices.DeleteFunc(slices.Clone(r.Cells), func(c cell) bool { return c.Connections != n })
		fmt.Fprintf(w, "\n## %d connections\n\n", n)
		writeGrid(w, "error", cells, func(c cell) quantiles { return c.Error })
		fmt.Fprintln(w)
		writeGrid(w, "late", cells, func(c cell) quantiles { return c.Late })
	}
	fmt.Fprintf(w, "\n## %d requests at once, %v\n\n| server | late p50 / p99 |\n|---|---|\n", burstSize, burstDelay)
	for _, c := range r.Bursts {
		fmt.Fprintf(w, "| %s | %s |\n", c.Server, micros(c.Late))
	}
	if len(r.Throughput) > 0 {
		fmt.Fprintf(w, "\n## Requests a second at no delay (wrk)\n\n| server | connections | requests/s |\n|---|---|---|\n")
		for _, t := range r.Throughput {
			fmt.Fprintf(w, "| %s | %d | %.0f |\n", t.Server, t.Connections, t.PerSecond)
		}
	}
	fmt.Fprintf(w, "\n## Memory a connection, held at %v\n\n| server | KB a connection | answered |\n|---|---|---|\n", heldDelay)
	for _, m := range r.Memory {
		size := "-"
		if m.Bytes > 0 {
			size = fmt.Sprintf("%.2f", m.Bytes/1024)
		}
		fmt.Fprintf(w, "| %s | %s | %d of %d |\n", m.Server, size, m.Answered, m.Asked)
	}
	fmt.Fprintf(w, "\n## CPU at %d requests a second, %v, %d connections\n\n| server | of a core |\n|---|---|\n", cpuRate, cpuDelay, cpuConns)
	for _, c := range r.CPU {
		fmt.Fprintf(w, "| %s | %.0f%% |\n", c.Server, 100*c.Share)
	}
}

func writeGrid(w io.Writer, title string, cells []cell, of func(cell) quantiles) {
	var delays []time.Duration
	var servers []string
	for _, c := range cells {
		if !slices.Contains(delays, c.Delay) {
			delays = append(delays, c.Delay)
		}
		if !slices.Contains(servers, c.Server) {
			servers = append(servers, c.Server)
		}
	}
	fmt.Fprintf(w, "| %s |", title)
	for _, d := range delays {
		fmt.Fprintf(w, " %v |", d)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(delays)))
	for _, s := range servers {
		fmt.Fprintf(w, "| %s |", s)
		for _, d := range delays {
			i := slices.IndexFunc(cells, func(c cell) bool { return c.Server == s && c.Delay == d })
			if i < 0 {
				fmt.Fprint(w, " - |")
				continue
			}
			fmt.Fprintf(w, " %s%s |", micros(of(cells[i])), few(cells[i].Answers))
		}
		fmt.Fprintln(w)
	}
}

// few marks a p99 that is no more than the maximum.
func few(answers int) string {
	if answers < 100 {
		return fmt.Sprintf(" (n=%d)", answers)
	}
	return ""
}

func micros(q quantiles) string {
	return fmt.Sprintf("%d / %d", q.P50.Microseconds(), q.P99.Microseconds())
}

func connectionsIn(cells []cell) (all []int) {
	for _, c := range cells {
		if !slices.Contains(all, c.Connections) {
			all = append(all, c.Connections)
		}
	}
	return all
}
