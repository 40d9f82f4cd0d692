package doctor

import (
	"context"
	"runtime"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/stat"
)

// Noise is the variation of the time of identical work, relative to its median.
type Noise struct {
	Spread float64 `json:"spread"` // interquartile range
	Tail   float64 `json:"tail"`   // p99 minus median
	Drift  float64 `json:"drift"`  // from the first to the last repetition, by Theil and Sen; 0 if not a significant trend
	Steal  float64 `json:"steal"`  // proportion of CPU time that the hypervisor gave to others meanwhile
}

// work is the number of dependent multiplications that take about a millisecond: long enough to
// meet interruptions, short enough to be interrupted only once.
const work = 400_000

func measureNoise(ctx context.Context, repetitions int) Noise {
	total, stolen := machine.CPUTicks()
	var took []float64
	state := uint64(1)
	for range repetitions {
		began := time.Now()
		for range work {
			state = state*6364136223846793005 + 1442695040888963407
		}
		took = append(took, float64(time.Since(began)))
		if ctx.Err() != nil {
			break
		}
	}
	runtime.KeepAlive(state) // otherwise the compiler removes the work
	n := newNoise(took)
	if t, s := machine.CPUTicks(); t > total {
		n.Steal = (s - stolen) / (t - total)
	}
	return n
}

func newNoise(took []float64) Noise {
	q := stat.Quantiles(took, 0.25, 0.5, 0.75, 0.99)
	if !(q[1] > 0) {
		return Noise{}
	}
	n := Noise{Spread: (q[2] - q[0]) / q[1], Tail: (q[3] - q[1]) / q[1]}
	const certain = 0.01
	if d := stat.DetectDrift(took); d.P < certain {
		n.Drift = d.Slope * float64(len(took)-1) / q[1]
	}
	return n
}
