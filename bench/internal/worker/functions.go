package worker

import (
	"context"
	"errors"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// functions are tasks that call a registered function.
type functions struct {
	offline
	function scenario.Func
	timeout  time.Duration
	round    int
}

func openFunction(j Job) (tasks, error) {
	f, err := scenario.LookUpFunc(j.Function)
	return &functions{function: f, timeout: j.Timeout}, err
}

func (c *functions) prepare(round, _, _ int) { c.round = round }

func (c *functions) do(ctx context.Context, i int, _ *strategies.Record) error {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := c.function(within, c.round, i)
	if within.Err() != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return notDone(c.timeout)
	}
	return err
}
