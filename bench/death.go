package bench

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/quote"
)

// crashError is the error of an executor whose process has ended.
type crashError struct {
	status results.Status // StatusPanic, StatusFatal or StatusOutOfMemory
	state  string         // how it ended: "exit status 2", "signal: killed"
	why    string         // what is known of the reason, "" if nothing
}

func (e *crashError) Error() string {
	if e.why == "" {
		return fmt.Sprintf("the worker process ended: %s", e.state)
	}
	return fmt.Sprintf("the worker process ended: %s: %s", e.state, e.why)
}

// outOfMemory are the messages of runtimes when memory runs out: Go's, Rust's, V8's, and the
// text of ENOMEM.
var outOfMemory = []string{"out of memory", "memory allocation of", "annot allocate memory"}

// explain returns why a process ended: its state, and what it wrote to stderr since the
// trial began. reaped reports whether the system has meanwhile killed a process because
// memory ran out.
func explain(state, said string, reaped bool) *crashError {
	e := &crashError{status: results.StatusFatal, state: state, why: quote.Plain(verdictLine(said))}
	for _, text := range outOfMemory {
		if strings.Contains(said, text) {
			e.status = results.StatusOutOfMemory
			return e
		}
	}
	switch {
	case state == "signal: killed" && reaped:
		e.status, e.why = results.StatusOutOfMemory, "the system ran out of memory and killed it"
	case strings.HasPrefix(e.why, "panic: "):
		e.status = results.StatusPanic
	}
	return e
}

// noThread are the messages of Go's runtime, with and without C, when the system refuses a
// thread. A dump of the registers follows them.
var noThread = []string{"pthread_create failed", "failed to create new OS thread"}

// threadless is the reason for the end of a program that was refused a thread.
const threadless = "the system refused it another thread; raise the limit on processes and threads (ulimit -u, pids.max of the cgroup)"

// verdictLine returns the line of a dying program's output that says why it ended: the first
// line that begins like a Go panic or fatal error, else the last line that is not blank.
func verdictLine(said string) string {
	for _, text := range noThread {
		if strings.Contains(said, text) {
			return threadless
		}
	}
	last := ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}
