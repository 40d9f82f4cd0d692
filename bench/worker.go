package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/internal/quote"
)

// ServeWorker is the body of a worker process: it carries out the trials of one strategy
// that the coordinator asks for on in, and answers on out, until it is told to quit or in
// ends. Where in ends while the strategy is at work, or the system tells that the
// coordinator is gone, it kills the processes that the strategy has started and calls
// orphaned, which must end the process: a strategy may hang, and a worker must not outlive
// its coordinator. A strategy that panics takes the process with it: that is the point of
// having one.
func ServeWorker(in io.Reader, out io.Writer, orphaned func()) error {
	defer adoptOrphans()() // those of processes that the strategy starts, so that they are found
	abandon := func() {
		for _, r := range below(os.Getpid(), nil) {
			r.kill()
		}
		killOwnGroup()
		orphaned()
	}
	defer onHangup(abandon)()
	var busy atomic.Bool
	orders, failed := readOrders(in, func() {
		if busy.Load() {
			abandon()
		}
	})
	var exec *local
	for m := range orders {
		switch m.verb {
		case "open":
			busy.Store(true)
			l, err := openWorker(m)
			busy.Store(false)
			if err != nil {
				return writeMessage(out, "refused", "error", clip(err.Error()))
			}
			exec = l
			if err := writeMessage(out, "ready", "protocol", ProtocolVersion); err != nil {
				return err
			}
		case "trial":
			if exec == nil {
				return errors.New("protocol: trial before open")
			}
			busy.Store(true)
			err := serveTrial(exec, m, out)
			busy.Store(false)
			if err != nil {
				return err
			}
		case "quit":
			if exec == nil {
				return nil
			}
			return exec.close(patience)
		default:
			return fmt.Errorf("protocol: unknown verb %s", quote.Text(m.verb))
		}
	}
	return <-failed
}

// readOrders reads messages all the time, also during a trial, and calls ended when they
// end without quit.
func readOrders(in io.Reader, ended func()) (orders <-chan message, failed <-chan error) {
	messages, errs := make(chan message), make(chan error, 1)
	go func() {
		defer close(messages)
		r := bufio.NewReaderSize(in, maxLine)
		for {
			m, err := readMessage(r)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					errs <- err
				}
				close(errs)
				ended()
				return
			}
			messages <- m
			if m.verb == "quit" {
				return // what comes after is nobody's
			}
		}
	}()
	return messages, errs
}

func openWorker(m message) (*local, error) {
	var err error
	j := job{
		strategy:    m.fields["strategy"],
		width:       int(m.int("width", &err)),
		tasks:       int(m.int("tasks", &err)),
		timeout:     time.Duration(m.int("timeout_ns", &err)),
		url:         m.fields["url"],
		urlsFile:    m.fields["urls"],
		connections: Connections(m.fields["connections"]),
		mock:        m.fields["mock"] == "true",
		sleep:       m.fields["sleep"],
		cpu:         m.fields["cpu"],
		function:    m.fields["func"],
		stack:       m.int("stack_bytes", &err),
		alloc:       m.int("alloc_bytes", &err),
		panics:      m.fields["panics"],
		allowRemote: m.fields["allow_remote"] == "true",
	}
	if text := m.fields["seed"]; text != "" && err == nil {
		j.seed, err = strconv.ParseUint(text, 10, 64)
	}
	if v := m.int("protocol", &err); v != ProtocolVersion && err == nil {
		err = fmt.Errorf("the conductor speaks version %d of the protocol, this worker version %d", v, ProtocolVersion)
	}
	if threads := m.int("thread_limit", &err); threads > 0 {
		// Exact, and with a dump of what they were doing; the conductor only looks.
		debug.SetMaxThreads(int(threads))
	}
	if err != nil {
		return nil, err
	}
	return openLocal(j)
}

func serveTrial(exec *local, m message, out io.Writer) error {
	var err error
	order := trialOrder{
		round:   int(m.int("round", &err)),
		records: m.fields["records"],
		census:  m.fields["census"] == "true",
	}
	if err != nil {
		return err
	}
	var told error
	if m.fields["samples"] == "true" {
		order.hear = func(s Inside) {
			told = errors.Join(told, writeMessage(out, "sample", "at_ns", int64(s.At), "goroutines", s.Goroutines, "gcs", s.GCs))
		}
	}
	rep, err := exec.trial(context.Background(), order)
	if err = errors.Join(err, told); err != nil {
		return err
	}
	for _, text := range rep.faults {
		if err := writeMessage(out, "fault", "text", clip(text)); err != nil {
			return err
		}
	}
	u := rep.usage
	return writeMessage(out, "done",
		"returned_ns", int64(rep.returned), "error", rep.err, "extra", rep.extra, "resent", rep.resent, "stood_ns", int64(rep.stood),
		"construct_ns", int64(u.Construct), "cpu_ns", int64(u.CPU), "peak_rss_bytes", u.PeakRSS,
		"alloc_bytes", u.AllocBytes, "allocs", u.Allocs, "gcs", u.GCs,
		"threads", u.Threads, "goroutines", u.Goroutines, "connections", u.Connections)
}

// maxAnswer is how many lines the answer to a trial may have. fanbench's own workers send
// up to a thousand texts of faults and some hundreds of samples.
const maxAnswer = 10_000

// readReport reads the answer to a trial. hear is told of the samples on the way; nil if
// none were asked for.
func readReport(r *bufio.Reader, hear func(Inside)) (report, error) {
	var rep report
	lines := 0
	for {
		m, err := readMessage(r)
		if err != nil {
			return report{}, err
		}
		if lines++; lines > maxAnswer {
			return report{}, fmt.Errorf("protocol: more than %d lines in answer to a trial", maxAnswer)
		}
		switch m.verb {
		case "fault":
			rep.faults = append(rep.faults, clip(m.fields["text"]))
		case "sample":
			s := Inside{At: time.Duration(m.int("at_ns", &err)), Goroutines: m.int("goroutines", &err), GCs: m.int("gcs", &err)}
			if err != nil {
				return report{}, err
			}
			if hear != nil {
				hear(s)
			}
		case "done":
			rep.returned = time.Duration(m.int("returned_ns", &err))
			rep.err = clip(m.fields["error"])
			rep.extra = int(m.int("extra", &err))
			rep.resent = int(m.int("resent", &err))
			rep.stood = time.Duration(m.int("stood_ns", &err))
			rep.usage = Usage{
				Construct:   time.Duration(m.int("construct_ns", &err)),
				CPU:         time.Duration(m.int("cpu_ns", &err)),
				PeakRSS:     m.int("peak_rss_bytes", &err),
				AllocBytes:  m.int("alloc_bytes", &err),
				Allocs:      m.int("allocs", &err),
				GCs:         m.int("gcs", &err),
				Threads:     m.int("threads", &err),
				Goroutines:  m.int("goroutines", &err),
				Connections: m.int("connections", &err),
			}
			return rep, err
		default:
			return report{}, fmt.Errorf("protocol: unexpected %s in answer to a trial", quote.Text(m.verb))
		}
	}
}
