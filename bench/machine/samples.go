package machine

import (
	"time"
)

// ProcessSample is the usage of a process at one moment, from the system.
type ProcessSample struct {
	At      time.Duration // since the batch's start
	Threads int64
	RSS     int64         // resident set, bytes
	CPU     time.Duration // user and system time since the process began
}

// RuntimeSample is the state of the Go runtime at one moment.
type RuntimeSample struct {
	At         time.Duration // since the batch's start
	Goroutines int64
	GCs        int64 // garbage collections completed since the process began
}
