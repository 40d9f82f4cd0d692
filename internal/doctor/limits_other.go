//go:build !linux

package doctor

// readLimits returns zeros, which mean unknown.
func readLimits() Limits { return Limits{} }

// clockSource is unknown here.
func clockSource() string { return "" }
