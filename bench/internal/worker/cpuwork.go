package worker

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// cpuWork are tasks that keep a core busy with a given amount of work. The amount is
// exact. How long it takes depends on the machine (frequency, neighbours, a sibling
// thread), so neither bound nor efficiency is known.
//
// The unit of work is a step of a chain of dependent multiplications and additions,
// four cycles on most processors, some 1 to 1.6 ns. A duration of work counts a step
// for each nanosecond: 2ms are two million steps, on every machine and in every run,
// whereas a calibration would differ from day to day. Tasks that time themselves instead
// would do less work the more cores compete for them, and overload would not show.
type cpuWork struct {
	offline
	draws
	timeout time.Duration
}

// breath is how many steps are done between looks at the context and the clock.
const breath = 50_000

func (w *cpuWork) do(ctx context.Context, i int, _ *strategies.Record) error {
	left := int64(w.of(ctx, i))
	if left == 0 {
		return nil // a task that costs nothing, not even a look at the clock
	}
	began := time.Now()
	x := uint64(i)
	for ; left > 0; left -= breath {
		x = spin(x, min(left, breath))
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Since(began) > w.timeout {
			return notDone(w.timeout)
		}
	}
	return nil
}

// spin takes the given number of steps from x, by Knuth's generator MMIX.
//
//go:noinline
func spin(x uint64, steps int64) uint64 {
	for range steps {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}
