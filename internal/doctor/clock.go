package doctor

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
)

// Clock is how well this machine tells the time and keeps appointments. Times are
// nanoseconds.
type Clock struct {
	Source     string        `json:"source"`        // of the kernel's clock; "" is not known
	Reading    time.Duration `json:"reading_ns"`    // what one reading costs
	Resolution time.Duration `json:"resolution_ns"` // the least difference between two readings
	SleepLate  Tail          `json:"sleep_late"`    // how late a sleep of 1 ms ends
}

// Tail is the middle and the tail of a time, in nanoseconds.
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

// Scheduler is how long a goroutine that was woken waits to run, in nanoseconds: half of
// a round trip between two of them.
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
