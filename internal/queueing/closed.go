package queueing

import (
	"slices"
	"time"
)

// Batch is a closed batch, whose tasks are all ready at time 0: a way to start them. It is
// given how long the tasks take, in their order, in any number of pieces. It keeps what it
// needs of them, never the tasks.
type Batch interface {
	Take(took []time.Duration)
	Makespan() time.Duration // of the tasks taken so far
}

// Limited starts each task as soon as one of its places is free: pools, semaphores, limits of
// every kind, and work stealing, which deals ideally. This is list scheduling, and the
// recursion of Kiefer and Wolfowitz for arrivals at time 0.
type Limited struct {
	free places
	last time.Duration
}

// NewLimited has so many places, at least 1. Each is free for the first time a pace after the one
// before: what it costs to start the first tasks; 0 if it costs nothing.
func NewLimited(limit int, pace time.Duration) *Limited {
	l := &Limited{free: make(places, max(1, limit))}
	for i := range l.free {
		l.free[i] = time.Duration(i) * pace
	}
	return l
}

// Take costs O(log limit) for a task.
func (l *Limited) Take(took []time.Duration) {
	free, last := l.free, l.last
	for _, d := range took {
		end := free[0] + d
		last = max(last, end)
		free.take(end)
	}
	l.last = last
}

// Makespan is when the last task ends.
func (l *Limited) Makespan() time.Duration { return l.last }

// Drain is how much longer the makespan is than the mean time at which places fall free for ever.
// No place idles before that, so the makespan is exactly the sum of all times by the number of
// places, the mean time at which places were free at first, and this.
func (l *Limited) Drain() time.Duration { return l.last - l.free.mean() }

// Spread is by how much the places differ in when they become free. A batch that is cut in two,
// whose second part starts with all places free at once, instead of when those of the
// first part become free, has a makespan that differs by less: the makespan does not fall if a
// place becomes free later, and does not rise by more than that.
func (l *Limited) Spread() time.Duration { return l.free.latest() - l.free[0] }

// Mean is the mean time at which places become free.
func (l *Limited) Mean() time.Duration { return l.free.mean() }

// Unlimited starts tasks at a pace, however many are running. Their ends are worked off one after
// another too, in the order in which they are due: a process that is given a thousand answers at
// once takes a while to read them.
type Unlimited struct {
	pace, end  time.Duration
	next, last time.Duration
	due        []time.Duration // of all tasks, if an end takes time
}

// NewUnlimited has starts that are pace apart, and ends that take a time each.
func NewUnlimited(pace, end time.Duration) *Unlimited { return &Unlimited{pace: pace, end: end} }

// Take costs nothing but a look at each task, and 8 bytes if an end takes time.
func (u *Unlimited) Take(took []time.Duration) {
	for _, d := range took {
		due := u.next + d
		u.last = max(u.last, due)
		u.next += u.pace
		if u.end > 0 {
			u.due = append(u.due, due)
		}
	}
}

// Makespan is when the last task ends. It sorts the tasks if an end takes time.
func (u *Unlimited) Makespan() time.Duration {
	last, _ := u.ends()
	return last
}

// Mean is the mean time at which tasks end, known only if an end takes time.
func (u *Unlimited) Mean() time.Duration {
	_, mean := u.ends()
	return mean
}

func (u *Unlimited) ends() (last, mean time.Duration) {
	if u.end == 0 {
		return u.last, 0
	}
	slices.Sort(u.due)
	sum := 0.0
	for _, due := range u.due {
		last = max(last, due) + u.end
		sum += float64(last)
	}
	return last, time.Duration(sum / float64(max(1, len(u.due))))
}

// Waves starts so many tasks at once, and the next so many when all of them have ended.
type Waves struct {
	size, in      int
	done, slowest time.Duration // time of the waves before; of the slowest of this one
}

// NewWaves has waves of a size, at least 1.
func NewWaves(size int) *Waves { return &Waves{size: max(1, size)} }

// Take costs nothing but a look at each task.
func (w *Waves) Take(took []time.Duration) {
	for _, d := range took {
		if w.in == w.size {
			w.done, w.slowest, w.in = w.done+w.slowest, 0, 0
		}
		w.slowest = max(w.slowest, d)
		w.in++
	}
}

// Makespan is when the last wave ends.
func (w *Waves) Makespan() time.Duration { return w.done + w.slowest }

// Chunks gives each worker an equal run of neighbours of n tasks beforehand.
type Chunks struct {
	workers, n   int
	worker, task int
	sum, slowest time.Duration
}

// NewChunks divides n tasks among workers, at least 1.
func NewChunks(workers, n int) *Chunks { return &Chunks{workers: max(1, min(workers, n)), n: n} }

// Take costs nothing but a look at each task.
func (c *Chunks) Take(took []time.Duration) {
	for len(took) > 0 {
		end := c.boundary(c.worker + 1)
		if c.task == end && c.worker < c.workers-1 {
			c.worker, c.sum = c.worker+1, 0
			continue
		}
		m := len(took)
		if c.worker < c.workers-1 {
			m = min(m, end-c.task)
		}
		for _, d := range took[:m] {
			c.sum += d
		}
		c.slowest = max(c.slowest, c.sum)
		c.task += m
		took = took[m:]
	}
}

// boundary is the first task of a worker: worker*n/workers, without overflow.
func (c *Chunks) boundary(worker int) int {
	whole, rest := c.n/c.workers, c.n%c.workers
	return worker*whole + worker*rest/c.workers
}

// Makespan is when the worker with the most to do is done.
func (c *Chunks) Makespan() time.Duration { return c.slowest }

// Served is a limit before a server with slots and perhaps a rate limit. A task holds its place of
// the limit while it waits for a slot, first come, first served.
type Served struct {
	free, slots places
	bucket      *Bucket
	to, back    time.Duration
	last        time.Duration
	refused     int
}

// ServerOf describes the server of a Served.
type ServerOf struct {
	Slots    int           // tasks served at once; 0 for any number
	To, Back time.Duration // what a request takes to get there, and its answer back
	Bucket   *Bucket       // nil without a rate limit
}

// NewServed has so many places before the server; limit 0 is no limit, for which n, the
// tasks of the batch, is needed.
func NewServed(limit, n int, s ServerOf) *Served {
	if limit <= 0 {
		limit = n
	}
	v := &Served{free: make(places, max(1, min(limit, n))), to: s.To, back: s.Back, bucket: s.Bucket}
	if s.Slots > 0 && s.Slots < len(v.free) {
		v.slots = make(places, s.Slots)
	}
	return v
}

// Take costs O(log limit + log slots) for a task. Places become free in no order, but tasks start
// in the order in which they do, so they reach the server in their own order.
func (s *Served) Take(took []time.Duration) {
	for _, d := range took {
		s.last = max(s.last, s.End(0, d))
	}
}

// End is when the next task ends, which is ready at a time. Tasks come in the order in which they
// are ready.
func (s *Served) End(ready, took time.Duration) time.Duration {
	at := max(ready, s.free[0]) + s.to
	end := at
	switch {
	case s.bucket != nil && !s.bucket.Take(at):
		s.refused++ // it takes no more than the way there and back
	case s.slots != nil:
		end = max(at, s.slots[0]) + took
		s.slots.take(end)
	default:
		end += took
	}
	end += s.back
	s.free.take(end)
	return end
}

// Makespan is when the last task ends.
func (s *Served) Makespan() time.Duration { return s.last }

// Refused is how many tasks the rate limit refused.
func (s *Served) Refused() int { return s.refused }

// Bucket is a rate limit as the mock server has it: a token bucket that is full at first.
type Bucket struct {
	interval, burst float64 // ns a token; tokens
	full            float64 // when it is full again
}

// NewBucket lets so many requests a second pass, and so many at once.
func NewBucket(rate float64, burst int) *Bucket {
	return &Bucket{interval: 1e9 / rate, burst: float64(burst)}
}

// Take reports whether a request passes. Times do not go back.
func (b *Bucket) Take(at time.Duration) bool {
	full := max(b.full, float64(at)) + b.interval
	if full-float64(at)-b.burst*b.interval > 0 {
		return false
	}
	b.full = full
	return true
}
