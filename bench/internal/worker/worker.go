package worker

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

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/quote"
)

// Serve is the main function of a worker process: it runs the trials of one strategy that
// the coordinator orders on in, and answers on out, until it reads quit or in ends. If in
// ends during a trial, or the system reports that the coordinator has ended, it kills the
// processes that the strategy has started and calls orphaned, which must end the process: a
// strategy may hang, and a worker must not outlive its coordinator. A strategy that panics
// ends the process, which is why it has its own.
func Serve(in io.Reader, out io.Writer, orphaned func()) error {
	defer child.AdoptOrphans()() // those of processes that the strategy starts, so that they are found
	abandon := func() {
		for _, r := range child.Below(os.Getpid(), nil) {
			r.Kill()
		}
		child.KillOwnGroup()
		orphaned()
	}
	defer child.OnHangup(abandon)()
	var busy atomic.Bool
	orders, failed := readOrders(in, func() {
		if busy.Load() {
			abandon()
		}
	})
	var exec *Local
	for m := range orders {
		switch m.Verb {
		case "open":
			busy.Store(true)
			l, err := openWorker(m)
			busy.Store(false)
			if err != nil {
				return WriteMessage(out, "refused", "error", Clip(err.Error()))
			}
			exec = l
			if err := WriteMessage(out, "ready", "protocol", ProtocolVersion); err != nil {
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
			return exec.Close(child.Patience)
		default:
			return fmt.Errorf("protocol: unknown verb %s", quote.Text(m.Verb))
		}
	}
	return <-failed
}

// readOrders reads messages continuously, also during a trial, and calls ended when they end
// without quit.
func readOrders(in io.Reader, ended func()) (orders <-chan Message, failed <-chan error) {
	messages, errs := make(chan Message), make(chan error, 1)
	go func() {
		defer close(messages)
		r := bufio.NewReaderSize(in, child.MaxLine)
		for {
			m, err := ReadMessage(r)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					errs <- err
				}
				close(errs)
				ended()
				return
			}
			messages <- m
			if m.Verb == "quit" {
				return // nothing is read after that
			}
		}
	}()
	return messages, errs
}

func openWorker(m Message) (*Local, error) {
	var err error
	j := Job{
		Strategy:    m.Fields["strategy"],
		Width:       int(m.int("width", &err)),
		Tasks:       int(m.int("tasks", &err)),
		Timeout:     time.Duration(m.int("timeout_ns", &err)),
		URL:         m.Fields["url"],
		URLsFile:    m.Fields["urls"],
		Request:     m.Fields["request"],
		Connections: scenario.Connections(m.Fields["connections"]),
		Client:      scenario.Client(m.Fields["client"]),
		Mock:        m.Fields["mock"] == "true",
		Sleep:       m.Fields["sleep"],
		CPU:         m.Fields["cpu"],
		Function:    m.Fields["func"],
		Call:        m.Fields["call"],
		Stack:       m.int("stack_bytes", &err),
		Alloc:       m.int("alloc_bytes", &err),
		Panics:      m.Fields["panics"],
		Nested:      int(m.int("nested", &err)),
		Tenants:     m.Fields["tenants"],
		AllowRemote: m.Fields["allow_remote"] == "true",
	}
	if text := m.Fields["seed"]; text != "" && err == nil {
		j.Seed, err = strconv.ParseUint(text, 10, 64)
	}
	if v := m.int("protocol", &err); v != ProtocolVersion && err == nil {
		err = fmt.Errorf("the coordinator speaks version %d of the protocol, this worker version %d", v, ProtocolVersion)
	}
	if threads := m.int("thread_limit", &err); threads > 0 {
		// This limit is exact, with a dump of the threads; the coordinator only polls.
		debug.SetMaxThreads(int(threads))
	}
	if err != nil {
		return nil, err
	}
	return OpenLocal(j)
}

func serveTrial(exec *Local, m Message, out io.Writer) error {
	var err error
	order := Order{
		Round:   int(m.int("round", &err)),
		Records: m.Fields["records"],
		Census:  m.Fields["census"] == "true",
		Batches: m.Fields["batches"],
		Tasks:   int(m.int("tasks", &err)),
		Drain:   time.Duration(m.int("drain_ns", &err)),
	}
	if err != nil {
		return err
	}
	var told error
	if m.Fields["samples"] == "true" {
		order.OnSample = func(s machine.RuntimeSample) {
			told = errors.Join(told, WriteMessage(out, "sample", "at_ns", int64(s.At), "goroutines", s.Goroutines, "gcs", s.GCs))
		}
	}
	rep, err := exec.Trial(context.Background(), order)
	if err = errors.Join(err, told); err != nil {
		return err
	}
	for _, text := range rep.Faults {
		if err := WriteMessage(out, "fault", "text", Clip(text)); err != nil {
			return err
		}
	}
	done := []any{"returned_ns", int64(rep.Returned), "error", rep.Error, "extra", rep.Extra, "resent", rep.Resent, "stood_ns", int64(rep.Stood)}
	for _, m := range metric.All {
		done = append(done, m.Key, m.Of(rep.Usage))
	}
	return WriteMessage(out, "done", done...)
}

// maxAnswer is the maximum number of lines of the answer to a trial. fanbench's own workers
// send up to a thousand fault texts and some hundreds of samples.
const maxAnswer = 10_000

// ReadReport reads the answer to a trial. It calls onSample for each sample; onSample is nil
// if none were ordered.
func ReadReport(r *bufio.Reader, onSample func(machine.RuntimeSample)) (Report, error) {
	var rep Report
	lines := 0
	for {
		m, err := ReadMessage(r)
		if err != nil {
			return Report{}, err
		}
		if lines++; lines > maxAnswer {
			return Report{}, fmt.Errorf("protocol: more than %d lines in answer to a trial", maxAnswer)
		}
		switch m.Verb {
		case "fault":
			rep.Faults = append(rep.Faults, Clip(m.Fields["text"]))
		case "sample":
			s := machine.RuntimeSample{At: time.Duration(m.int("at_ns", &err)), Goroutines: m.int("goroutines", &err), GCs: m.int("gcs", &err)}
			if err != nil {
				return Report{}, err
			}
			if onSample != nil {
				onSample(s)
			}
		case "done":
			rep.Returned = time.Duration(m.int("returned_ns", &err))
			rep.Error = Clip(m.Fields["error"])
			rep.Extra = int(m.int("extra", &err))
			rep.Resent = int(m.int("resent", &err))
			rep.Stood = time.Duration(m.int("stood_ns", &err))
			for _, figure := range metric.All {
				figure.Set(&rep.Usage, m.int(figure.Key, &err))
			}
			return rep, err
		default:
			return Report{}, fmt.Errorf("protocol: unexpected %s in answer to a trial", quote.Text(m.Verb))
		}
	}
}
