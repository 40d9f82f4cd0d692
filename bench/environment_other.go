//go:build !linux

package bench

func (e *Environment) readSystem() {}

// loadAverage returns 0, which stands for not known.
func loadAverage() float64 { return 0 }

// cpuTicks returns zeros, which stand for not known.
func cpuTicks() (total, stolen float64) { return 0, 0 }
