package doctor

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
)

// Clock is the precision of this machine's clock and sleeps. Times are in nanoseconds.
type Clock struct {
	Source     string        `json:"source"`        // clock source of the kernel; "" means unknown
	Reading    time.Duration `json:"reading_ns"`    // cost of one reading
	Resolution time.Duration `json:"resolution_ns"` // smallest difference between two readings
	SleepLate  Tail          `json:"sleep_late"`    // lateness of a sleep of 1 ms
}

// Tail is the median and the tail of a time, in nanoseconds.
type Tail struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
}

func newTail(x []float64) Tail {
	if len(x) == 0 {
		return Tail{}
	}
	q := stat.Quantiles(x, 0.5, 0.99)
	return Tail{time.Duration(q[0]), time.Duration(q[1])}
}

func measureClock(ctx context.Context, sleeps int) Clock {
	c := Clock{Source: clockSource(), Resolution: time.Hour}
	const readings = 100_000
	began := time.Now()
	last := began
	for range readings {
		now := time.Now()
		if d := now.Sub(last); d > 0 {
			c.Resolution = min(c.Resolution, d)
		}
		last = now
	}
	c.Reading = last.Sub(began) / readings
	const asked = time.Millisecond
	var late []float64
	for range sleeps {
		began := time.Now()
		time.Sleep(asked)
		late = append(late, float64(time.Since(began)-asked))
		if ctx.Err() != nil {
			break
		}
	}
	c.SleepLate = newTail(late)
	return c
}

// Scheduler is the time a woken goroutine waits to run, in nanoseconds: half of a round trip
// between two goroutines.
type Scheduler struct {
	Wake Tail `json:"wake"`
}

func measureScheduler(ctx context.Context) Scheduler {
	there, back := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(back)
		for range there {
			back <- struct{}{}
		}
	}()
	const trips = 20_000
	var took []float64
	for i := range trips {
		began := time.Now()
		there <- struct{}{}
		<-back
		took = append(took, float64(time.Since(began))/2)
		if i%1000 == 0 && ctx.Err() != nil {
			break
		}
	}
	close(there)
	<-back
	return Scheduler{newTail(took)}
}
