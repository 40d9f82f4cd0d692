//go:build unix

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// processCPU returns the user and system time that this process has used, and the number of
// context switches of its threads, voluntary and involuntary.
func processCPU() (used time.Duration, switches int64) {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		return 0, 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), int64(r.Nvcsw) + int64(r.Nivcsw)
}
