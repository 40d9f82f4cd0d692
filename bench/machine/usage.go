package machine

import (
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/fanbench/fanbench/bench/metric"
)

// ProcessFigures are the figures of a process, from the system. 0 means unknown.
type ProcessFigures struct {
	peakRSS   int64 // greatest resident set, bytes
	resident  int64 // resident set, bytes
	Anonymous int64 // the resident set without memory that is shared with files, bytes
	Threads   int64
}

// PeakRSS resets the peak resident set of this process, and returns a function that returns
// the peak since then, in bytes; 0 means unknown.
func PeakRSS() (since func() int64) {
	resetPeakRSS()
	return func() int64 {
		p, _ := ReadProcess(os.Getpid()) // zeros if it is unknown
		return p.peakRSS
	}
}

// meter reads the process's figures before and after a trial.
type meter struct {
	cpu      time.Duration
	switches int64
	gc       time.Duration
	mem      runtime.MemStats
}

// StartMeter reads the figures before the trial, and resets the peak resident set. It stops
// the world for a moment, as Stop does: this is the only way to count small objects exactly
// (runtime/metrics lags behind by what each P has cached).
func StartMeter() *meter {
	resetPeakRSS()
	m := &meter{}
	runtime.ReadMemStats(&m.mem)
	m.gc = gcTime()
	m.cpu, m.switches = processCPU()
	return m
}

// Stop returns the usage since StartMeter.
func (m *meter) Stop() metric.Usage {
	cpu, switches := processCPU()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	process, _ := ReadProcess(os.Getpid()) // zeros if it is unknown
	return metric.Usage{
		CPU:        cpu - m.cpu,
		PeakRSS:    process.peakRSS,
		Threads:    process.Threads,
		AllocBytes: int64(now.TotalAlloc - m.mem.TotalAlloc),
		Allocs:     int64(now.Mallocs - m.mem.Mallocs),
		GCs:        int64(now.NumGC - m.mem.NumGC),

		CtxSwitches: switches - m.switches,
		GCTime:      gcTime() - m.gc,
	}
}

// gcTime returns the CPU time that the garbage collector has used, without idle processors.
// The runtime updates it at the end of each collection.
func gcTime() time.Duration {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(s)
	return time.Duration((s[0].Value.Float64() - s[1].Value.Float64()) * float64(time.Second))
}
