package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/fanbench/fanbench/internal/suggest"
	"github.com/fanbench/fanbench/strategies"
)

// Func is a task of the caller's own: task i of a round. Its context ends when the
// task's timeout has passed or the strategy cancels it.
type Func func(ctx context.Context, round, task int) error

var functions = struct {
	sync.RWMutex
	byName map[string]Func
}{byName: map[string]Func{}}

// RegisterFunc makes a function known as a target, by the name that a scenario's
// target.func and Target.Func have. Worker processes are this program, executed anew:
// they know the function by its name, so register it in every process, first thing in
// main or in an init function. It panics where the name is taken or not one that a file
// can have.
func RegisterFunc(name string, f Func) {
	if err := checkName(name); err != nil {
		panic(fmt.Sprintf("bench.RegisterFunc: %v", err))
	}
	functions.Lock()
	defer functions.Unlock()
	if _, taken := functions.byName[name]; taken {
		panic(fmt.Sprintf("bench.RegisterFunc: %q is registered twice", name))
	}
	functions.byName[name] = f
}

// lookUpFunc finds a registered function.
func lookUpFunc(name string) (Func, error) {
	functions.RLock()
	defer functions.RUnlock()
	f, ok := functions.byName[name]
	if !ok {
		return nil, suggest.Unknown("function", name, slices.Sorted(maps.Keys(functions.byName)))
	}
	return f, nil
}

// calls are tasks that call a registered function.
type calls struct {
	offline
	function Func
	timeout  time.Duration
	round    int
}

func openFunction(j job) (tasks, error) {
	f, err := lookUpFunc(j.function)
	return &calls{function: f, timeout: j.timeout}, err
}

func (c *calls) prepare(round int) { c.round = round }

func (c *calls) do(ctx context.Context, i int, _ *strategies.Record) error {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := c.function(within, c.round, i)
	if within.Err() != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return notDone(c.timeout)
	}
	return err
}
