package bucket

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// An operation is tried so often, with pauses that double from the first. The drivers of
// object storage retry too, within seconds; this is for what takes longer to pass.
const (
	tries      = 6
	firstPause = 500 * time.Millisecond
)

// retry does what f does until it succeeds, or fails for good.
func (b *Bucket) retry(ctx context.Context, what string, f func() error) error {
	for n := 1; ; n++ {
		err := f()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrExists), errors.Is(err, ErrMissing), errors.Is(err, errDamaged), !b.store.Temporary(err):
			return fmt.Errorf("%s: %w", what, err)
		case n == tries:
			return fmt.Errorf("%s: tried %d times: %w", what, n, err)
		}
		pause := firstPause << (n - 1)
		// Some shards end at the same moment; they should not all come back at the same.
		pause = pause/2 + rand.N(pause/2)
		if err := b.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
