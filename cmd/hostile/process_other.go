//go:build !linux

package main

import "os"

// processSeries need signals and proc(5).
var processSeries []series

// peakMemory is not known here.
func peakMemory(*os.ProcessState) int64 { return 0 }

// registerMisbehaving has no series here that would use them.
func registerMisbehaving() {}
