package main

import (
	"os"
	"syscall"
)

// processSeries are the series that need signals and proc(5).
var processSeries = []series{kill, signals, misbehave, disk, files}

// peakMemory is the greatest resident memory of a process that has ended, or of any of the
// children it has waited for, bytes.
func peakMemory(s *os.ProcessState) int64 {
	if r, ok := s.SysUsage().(*syscall.Rusage); ok {
		return r.Maxrss << 10
	}
	return 0
}
