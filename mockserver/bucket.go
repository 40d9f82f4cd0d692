package mockserver

import (
	"math"
	"sync"
)

// bucket is a token bucket: it fills at rate tokens a second up to burst, and a
// request takes one. It is kept as the generic cell rate algorithm (ITU-T I.371):
// one time, at which the bucket will be full again.
type bucket struct {
	interval float64 // ns a token
	burst    float64 // tokens

	mu   sync.Mutex
	full float64 // ns on the model's clock
}

func newBucket(rate float64, burst int) *bucket {
	return &bucket{interval: 1e9 / rate, burst: float64(burst)}
}

// take takes a token at a time in ns, or returns how many ns until there is one.
func (b *bucket) take(now int64) (wait int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	full := max(b.full, float64(now)) + b.interval
	if late := full - float64(now) - b.burst*b.interval; late > 0 {
		return int64(math.Ceil(late)), false
	}
	b.full = full
	return 0, true
}
