package queueing

import "time"

// places are the times at which the places of a limit become free, as a heap: the first is
// the earliest.
type places []time.Duration

// take moves the earliest time to v, which is not before it. The smaller of two children
// is chosen without a branch: which one it is cannot be predicted.
func (p places) take(v time.Duration) {
	n, i := len(p), 0
	for {
		c := 2*i + 1
		if c+1 >= n {
			if c < n && p[c] < v {
				p[i], i = p[c], c
			}
			break
		}
		c += int(uint64(p[c+1]-p[c]) >> 63)
		if p[c] >= v {
			break
		}
		p[i], i = p[c], c
	}
	p[i] = v
}

// mean is the mean of the times.
func (p places) mean() time.Duration {
	sum := 0.0
	for _, t := range p {
		sum += float64(t-p[0]) / float64(len(p))
	}
	return p[0] + time.Duration(sum)
}

// latest is the latest of the times.
func (p places) latest() (last time.Duration) {
	for _, t := range p {
		last = max(last, t)
	}
	return last
}
