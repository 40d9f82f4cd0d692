package predict

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/internal/queueing"
)

// Whole is a batch that was simulated task by task.
type Whole struct {
	Tasks    int           `json:"tasks"` // simulated: fewer than asked for if it was interrupted
	Makespan time.Duration `json:"makespan_ns"`
	// Seams is by how much the makespan may be off because parts of the batch were simulated side by
	// side: the sum of by how much the places of each part differ in when they become free, see
	// queueing.Limited.
	Seams time.Duration `json:"seams_ns"`
}

// A batch of a limit is simulated in this many parts, if each has at least so many tasks. The number does not
// depend on the machine, so the result does not either.
const (
	parts     = 8
	leastPart = 1 << 20
)

// whole simulates n tasks. done is added to as it goes. It ends early, with what it has, when the context
// does.
func (c *calibrated) whole(ctx context.Context, n int, seed uint64, cores int, done *atomic.Int64) Whole {
	if c.Kind == events {
		return Whole{Tasks: n, Makespan: c.makespan(n, c.Cost, c.from, queueing.NewRandom(seed, 1<<40))}
	}
	count := 1
	if c.Kind == limited && n >= parts*leastPart {
		count = parts
	}
	batches, ended := make([]queueing.Batch, count), make([]int, count)
	free := make(chan struct{}, max(1, cores))
	var wg sync.WaitGroup
	for i := range batches {
		size := n/count + (n % count * (i + 1) / count) - n%count*i/count
		batches[i] = c.batch(size, c.Cost)
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			ended[i] = c.take(ctx, batches[i], size, queueing.NewRandom(seed, 1<<40+uint64(i)), done)
		})
	}
	wg.Wait()
	w := Whole{}
	for i, b := range batches {
		w.Tasks += ended[i]
		if l, ok := b.(*queueing.Limited); ok && i < count-1 {
			w.Makespan += l.Mean()
			w.Seams += l.Spread()
		} else {
			w.Makespan += b.Makespan()
		}
	}
	return w
}

// take gives a batch its tasks, and returns how many it took before the context ended.
func (c *calibrated) take(ctx context.Context, b queueing.Batch, n int, r *queueing.Random, done *atomic.Int64) int {
	var from source = c.from
	if !c.ownCost() {
		from = queueing.Longer{Source: from, By: c.Each}
	}
	buffer := c.buffer(n)
	for left := n; left > 0; left -= len(buffer) {
		if ctx.Err() != nil {
			return n - left
		}
		buffer = buffer[:min(left, len(buffer))]
		from.Fill(r, buffer)
		b.Take(buffer)
		done.Add(int64(len(buffer)))
	}
	return n
}
