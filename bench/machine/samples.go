package machine

import (
	"time"
)

// ProcessSample is what the system tells of a process at one moment.
type ProcessSample struct {
	At      time.Duration // since the batch's start
	Threads int64
	RSS     int64         // resident set, bytes
	CPU     time.Duration // user and system time since the process began
}

// RuntimeSample is what the Go runtime tells of itself at one moment.
type RuntimeSample struct {
	At         time.Duration // since the batch's start
	Goroutines int64
	GCs        int64 // garbage collections completed since the process began
}
