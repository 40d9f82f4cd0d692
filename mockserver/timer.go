package mockserver

import (
	"context"
	"time"
)

// sleepUntil waits until a time on the engines' clock, or returns the context's error.
func sleepUntil(ctx context.Context, due int64) error {
	d := time.Duration(due - now())
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
