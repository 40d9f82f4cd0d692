//go:build !linux

package bench

// resetPeakRSS does nothing: this system has no such thing.
func resetPeakRSS() {}

// processStatus returns zeros, which stand for not known.
func processStatus() (peakRSS, threads int64) { return 0, 0 }
