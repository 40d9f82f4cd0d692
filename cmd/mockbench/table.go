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
	fmt.Fprintf(w, "In microseconds, p50 / p99. Late: time from sending to the kernel's receipt of the answer, minus the requested delay. Error: late minus the server's own median at no delay. Figures are medians of the rounds. With fewer than 100 answers per round (n), the p99 is the maximum. Quiet: late, for the %d consecutive answers with the lowest p99 in any round, that is, with the least interference from the machine.\n", quietAnswers)
	for _, n := range connectionsIn(r.Cells) {
		cells := slices.DeleteFunc(slices.Clone(r.Cells), func(c cell) bool { return c.Connections != n })
		fmt.Fprintf(w, "\n## %s\n\n", countConnections(n))
		writeGrid(w, "error", cells, func(c cell) quantiles { return c.Error })
		fmt.Fprintln(w)
		writeGrid(w, "late", cells, func(c cell) quantiles { return c.Late })
		fmt.Fprintln(w)
		writeGrid(w, "quiet", cells, func(c cell) quantiles { return c.Quiet })
	}
	section(w, fmt.Sprintf("All at once, %v", burstDelay), "| server | requests | late p50 / p99 |", r.Bursts, func(c cell) string {
		return fmt.Sprintf("| %s | %d | %s |", c.Server, c.Connections, micros(c.Late))
	})
	section(w, "Requests per second at no delay (wrk)", "| server | connections | requests/s |", r.Throughput, func(t throughput) string {
		return fmt.Sprintf("| %s | %d | %.0f |", t.Server, t.Connections, t.PerSecond)
	})
	section(w, fmt.Sprintf("Memory per connection, held at %v", heldDelay), "| server | KB per connection | answered |", r.Memory, func(m memory) string {
		if m.Bytes <= 0 {
			return fmt.Sprintf("| %s | - | %d of %d |", m.Server, m.Answered, m.Asked)
		}
		return fmt.Sprintf("| %s | %.2f | %d of %d |", m.Server, m.Bytes/1024, m.Answered, m.Asked)
	})
	section(w, fmt.Sprintf("CPU at %d requests per second, %v, %d connections", cpuRate, cpuDelay, cpuConns), "| server | share of a core |", r.CPU, func(c cpu) string {
		return fmt.Sprintf("| %s | %.0f%% |", c.Server, 100*c.Share)
	})
}

// section writes a table, unless it has no rows.
func section[T any](w io.Writer, title, head string, rows []T, row func(T) string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## %s\n\n%s\n|%s\n", title, head, strings.Repeat("---|", strings.Count(head, "|")-1))
	for _, r := range rows {
		fmt.Fprintln(w, row(r))
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

// few marks a p99 that is only a maximum.
func few(answers int) string {
	if answers < 100 {
		return fmt.Sprintf(" (n=%d)", answers)
	}
	return ""
}

func micros(q quantiles) string {
	return fmt.Sprintf("%d / %d", q.P50.Microseconds(), q.P99.Microseconds())
}

func countConnections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

func connectionsIn(cells []cell) (all []int) {
	for _, c := range cells {
		if !slices.Contains(all, c.Connections) {
			all = append(all, c.Connections)
		}
	}
	return all
}
