package machine

import (
	"os"
	"runtime"
	"time"
)

// ProcessFigures are what the system tells of a process. 0 is not known.
type ProcessFigures struct {
	peakRSS   int64 // greatest resident set, bytes
	resident  int64 // resident set, bytes
	Anonymous int64 // that without what is shared with files, bytes
	Threads   int64
}

// PeakRSS forgets the greatest resident set of this process so far, and returns a
// function that tells the greatest since, in bytes; 0 is not known.
func PeakRSS() (since func() int64) {
	resetPeakRSS()
	return func() int64 {
		p, _ := ReadProcess(os.Getpid()) // zeros where it is not known
		return p.peakRSS
	}
}

// meter takes the process's figures around a trial.
type meter struct {
	cpu time.Duration
	mem runtime.MemStats
}

// StartMeter takes the figures before the trial, and has the system start anew with
// the greatest resident set. It stops the world for a moment, as stop does: the runtime
// counts small objects exactly at no smaller price (runtime/metrics lags behind by what
// each P has cached).
func StartMeter() *meter {
	resetPeakRSS()
	m := &meter{}
	runtime.ReadMemStats(&m.mem)
	m.cpu = processCPU()
	return m
}

// Stop returns what was used since startMeter.
func (m *meter) Stop() Usage {
	cpu := processCPU()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	process, _ := ReadProcess(os.Getpid()) // zeros where it is not known
	return Usage{
		CPU:        cpu - m.cpu,
		PeakRSS:    process.peakRSS,
		Threads:    process.Threads,
		AllocBytes: int64(now.TotalAlloc - m.mem.TotalAlloc),
		Allocs:     int64(now.Mallocs - m.mem.Mallocs),
		GCs:        int64(now.NumGC - m.mem.NumGC),
	}
}

// Usage is what a trial cost the strategy's process. A figure that could not be had is
// 0.
type Usage struct {
	Construct   time.Duration `json:"construct_ns"`   // making the strategy, before its first trial
	CPU         time.Duration `json:"cpu_ns"`         // user and system time of the process during Run
	PeakRSS     int64         `json:"peak_rss_bytes"` // greatest resident set during the trial
	AllocBytes  int64         `json:"alloc_bytes"`    // allocated on the heap during Run
	Allocs      int64         `json:"allocs"`         // heap objects allocated during Run
	GCs         int64         `json:"gcs"`            // garbage collections completed during Run
	Threads     int64         `json:"threads"`        // operating system threads at the end
	Goroutines  int64         `json:"goroutines"`     // greatest number at any task's start; only in a trial with a census
	Connections int64         `json:"connections"`    // opened during the trial
}
