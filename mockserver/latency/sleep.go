package latency

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// Sleep waits for d, as precisely as the mock server's own delays, or returns the context's
// error: for latency that is to be injected without a server in between.
func Sleep(ctx context.Context, d time.Duration) error {
	return clock.SleepUntil(ctx, clock.Now()+int64(d))
}
