//go:build !linux

package bench

import (
	"errors"
	"fmt"
)

// resetPeakRSS does nothing: this system has no such thing.
func resetPeakRSS() {}

// observe fails, as readProcess does.
func observe(pid int) (Outside, error) {
	_, err := readProcess(pid)
	return Outside{}, err
}

// readProcess fails: this system does not tell what a process uses.
func readProcess(int) (processFigures, error) {
	return processFigures{}, fmt.Errorf("what a process uses is known on Linux only: %w", errors.ErrUnsupported)
}
