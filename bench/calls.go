package bench

import (
	"context"
	"errors"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

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
