//go:build !linux

package machine

func (e *Environment) readSystem() {}

// OOMKills returns 0, which means unknown.
func OOMKills() int64 { return 0 }

// loadAverage returns 0, which means unknown.
func loadAverage() float64 { return 0 }

// CPUTicks returns zeros, which mean unknown.
func CPUTicks() (total, stolen float64) { return 0, 0 }

// None of these is known.
func model() string       { return "" }
func cpuGovernor() string { return "" }
func cpuMHz() float64     { return 0 }
