package bench

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/strategies"
)

// sleeps are tasks that wait, in this process and as precisely as the mock server does:
// its latencies without its requests, so that nothing but the strategy costs time. The
// shortest possible makespan is known.
type sleeps struct {
	offline
	draws
	timeout time.Duration
}

func (s *sleeps) do(ctx context.Context, i int, _ *strategies.Record) error {
	latency := s.of(ctx, i)
	if err := mockserver.Sleep(ctx, min(latency, s.timeout)); err != nil {
		return err
	}
	if latency > s.timeout {
		return notDone(s.timeout)
	}
	return nil
}
