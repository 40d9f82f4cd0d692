package main

import (
	"os"
	"syscall"
)

// processSeries are the series that need signals and proc(5).
var processSeries = []series{kill, signals, misbehave, disk, files}

// peakMemory is the peak resident memory of an ended process or of any child that it
// waited for, in bytes.
func peakMemory(s *os.ProcessState) int64 {
	if r, ok := s.SysUsage().(*syscall.Rusage); ok {
		return r.Maxrss << 10
	}
	return 0
}
