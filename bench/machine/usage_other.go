//go:build !linux

package machine

import (
	"errors"
	"fmt"
)

// resetPeakRSS does nothing: this system has no such thing.
func resetPeakRSS() {}

// Observe fails, as readProcess does.
func Observe(pid int) (ProcessSample, error) {
	_, err := ReadProcess(pid)
	return ProcessSample{}, err
}

// ReadProcess fails: this system does not tell what a process uses.
func ReadProcess(int) (ProcessFigures, error) {
	return ProcessFigures{}, fmt.Errorf("what a process uses is known on Linux only: %w", errors.ErrUnsupported)
}
