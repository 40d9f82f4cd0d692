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
	seen float64 // the latest time at which a token was asked for
}

func newBucket(rate float64, burst int) *bucket {
	return &bucket{interval: 1e9 / rate, burst: float64(burst)}
}

// take takes a token at a time in ns, or returns the number of ns until there is one.
// Requests on several connections are not read in the order of their arrival: a request that
// arrived before one that is already known counts as having arrived with it.
func (b *bucket) take(now int64) (wait int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = max(b.seen, float64(now))
	full := max(b.full, b.seen) + b.interval
	if late := full - b.seen - b.burst*b.interval; late > 0 {
		return int64(math.Ceil(late)), false
	}
	b.full = full
	return 0, true
}
