//go:build !linux

package bench

import (
	"errors"
	"fmt"
)

// resetPeakRSS does nothing: this system has no such thing.
func resetPeakRSS() {}

// readProcess fails: this system does not tell what a process uses.
func readProcess(int) (processFigures, error) {
	return processFigures{}, fmt.Errorf("what a process uses is known on Linux only: %w", errors.ErrUnsupported)
}
