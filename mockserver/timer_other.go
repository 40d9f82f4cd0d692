//go:build !linux

package mockserver

import (
	"context"
	"time"
)

// sleepUntil waits until a time on the engines' clock, as precisely as the runtime's
// timers do, or returns the context's error.
func sleepUntil(ctx context.Context, due int64) error {
	t := time.NewTimer(time.Duration(due - now()))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
