package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/internal/caller"
	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/strategies"
)

// calls are tasks that make the calls of package call.
type calls struct {
	caller      call.Caller
	timeout     time.Duration
	width       int // how many tasks run at once
	connections scenario.Connections
	filler      request.Filler
	round       int
	ready       bool  // Open has been called
	unready     error // why the calls of this trial cannot be made
	counting    atomic.Bool
	dialled     atomic.Int64 // connections opened since takeTraffic asked, while counting
}

// openCalls reads the call that the coordinator has written.
func openCalls(j Job) (tasks, error) {
	text, err := plainfile.Read(j.Call, plainfile.MaxRun)
	if err != nil {
		return nil, err
	}
	of, err := call.Unmarshal(text)
	if err != nil {
		return nil, err
	}
	return newCalls(of, j)
}

func newCalls(of call.Call, j Job) (*calls, error) {
	c := &calls{timeout: j.Timeout, width: j.Width, connections: j.Connections, filler: request.Filler{Seed: j.Seed}}
	if c.width < 1 || c.width > j.Tasks {
		c.width = j.Tasks
	}
	if c.connections == "" {
		c.connections = scenario.ConnectionsWarm
	}
	var err error
	if file := of.Rows(); file != "" {
		if c.filler.Rows, err = request.ReadRows(file); err != nil {
			return nil, err
		}
	}
	open, err := call.LookUpCaller(of.Kind())
	if err != nil {
		return nil, err
	}
	c.caller, err = open(of, call.Means{Dial: c.dialer(j.AllowRemote)})
	return c, err
}

// dialer returns what opens the connections of calls, and counts those that are opened for a
// task.
func (c *calls) dialer(allowRemote bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := new(net.Dialer)
	if !allowRemote {
		d.Control = refuseRemote
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if c.counting.Load() {
			c.dialled.Add(1)
		}
		return d.DialContext(ctx, network, address)
	}
}

func (c *calls) prepare(round, _, overlap int) {
	c.round = round
	if c.ready && c.connections == scenario.ConnectionsKept {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	c.counting.Store(false)
	c.unready = c.caller.Open(ctx, max(c.width, overlap), c.connections == scenario.ConnectionsWarm)
	c.counting.Store(true)
	c.ready = true
}

func (c *calls) do(ctx context.Context, i int, r *strategies.Record) error {
	if c.unready != nil {
		return fmt.Errorf("before the trial: %w", c.unready)
	}
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, err := c.caller.Do(within, call.Task{Filler: c.filler, Round: c.round, Number: i})
	r.Bytes, r.Queue, r.Service = answer.Bytes, answer.Queue, answer.Took
	switch {
	case err == nil || within.Err() == nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded):
		return notDone(c.timeout)
	}
	return err
}

func (c *calls) takeTraffic() traffic {
	return traffic{connections: c.caller.Connections() + c.dialled.Swap(0)}
}

func (c *calls) finish() {
	if c.connections != scenario.ConnectionsKept {
		c.close()
	}
}

func (c *calls) close() {
	c.ready = false
	_ = c.caller.Close() // what was opened is gone, whatever it says
}

// CheckCall returns what of a call this program cannot do, by the key below target.
func CheckCall(of call.Call) (key string, err error) {
	if q, ok := of.(*call.SQL); ok {
		if err := caller.LookUpDriver(q.Driver); err != nil {
			return "sql.driver", err
		}
	}
	_, err = call.LookUpCaller(of.Kind())
	return of.Kind(), err
}

// ProbeCall makes one call as a task of the round does, and says what to check if it fails.
func ProbeCall(ctx context.Context, of call.Call, round int, seed uint64, timeout time.Duration, allowRemote bool) error {
	c, err := newCalls(of, Job{Tasks: 1, Width: 1, Timeout: timeout, Connections: scenario.ConnectionsCold, Seed: seed, AllowRemote: allowRemote})
	if err == nil {
		defer c.close()
		c.prepare(round, 1, 0)
		err = c.do(ctx, 0, new(strategies.Record))
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("preflight: %s: %s; check target.%s", of, plainly(err), of.Kind())
}
