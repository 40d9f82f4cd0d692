package mockserver

import (
	"context"
	"time"
)

// Sleep waits for d, as precisely as this server's own delays, or returns the context's
// error: for latency that is to be injected without a server in between.
func Sleep(ctx context.Context, d time.Duration) error {
	return sleepUntil(ctx, now()+int64(d))
}
