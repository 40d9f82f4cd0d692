package random

import "testing"

// TestRanksAreAsDocumented follows docs/mockserver.md, not the code.
func TestRanksAreAsDocumented(t *testing.T) {
	mix := func(x uint64) uint64 {
		x += 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	const seed, round, task = 42, -3, 17
	round64 := int64(round)
	h := mix(mix(mix(seed^mix(1))^uint64(round64)) ^ task)
	if got, want := Uniform(Latency, seed, round, task), (float64(h>>12)+0.5)/(1<<52); got != want {
		t.Errorf("the rank is %v, documented is %v", got, want)
	}
}
