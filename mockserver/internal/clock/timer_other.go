//go:build !linux

package clock

import (
	"context"
	"time"
)

// SleepUntil waits until a time on the clock, as precisely as the runtime's
// timers do, or returns the context's error.
func SleepUntil(ctx context.Context, due int64) error {
	t := time.NewTimer(time.Duration(due - Now()))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
