package worker

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// sleeps are tasks that wait, in this process and as precisely as the mock server does. They
// have its latencies without its requests, so that only the strategy costs time. The
// shortest possible makespan is known.
type sleeps struct {
	offline
	draws
	timeout time.Duration
}

func (s *sleeps) do(ctx context.Context, i int, _ *strategies.Record) error {
	d := s.of(ctx, i)
	if err := latency.Sleep(ctx, min(d, s.timeout)); err != nil {
		return err
	}
	if d > s.timeout {
		return notDone(s.timeout)
	}
	return nil
}
