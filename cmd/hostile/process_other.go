//go:build !linux

package main

import "os"

// processSeries need signals and proc(5).
var processSeries []series

// peakMemory is unknown on this system.
func peakMemory(*os.ProcessState) int64 { return 0 }

// registerMisbehaving does nothing here: no series on this system uses the strategies.
func registerMisbehaving() {}
