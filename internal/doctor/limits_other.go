//go:build !linux

package doctor

// readLimits returns zeros, which stand for not known.
func readLimits() Limits { return Limits{} }

// clockSource is not known.
func clockSource() string { return "" }
