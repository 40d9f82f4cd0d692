package bench

import (
	"runtime/metrics"
	"time"
)

// meter takes the process's figures around a trial.
type meter struct {
	cpu     time.Duration
	samples []metrics.Sample
}

// The runtime's own counters, in the order of meter.samples.
const (
	allocBytes = iota
	allocs
	gcs
)

// startMeter takes the figures before the trial, and has the system start anew with
// the greatest resident set.
func startMeter() meter {
	resetPeakRSS()
	m := meter{samples: readCounters()}
	m.cpu = processCPU()
	return m
}

// stop returns what was used since startMeter.
func (m meter) stop() Usage {
	cpu := processCPU()
	now := readCounters()
	used := func(i int) int64 { return int64(now[i].Value.Uint64() - m.samples[i].Value.Uint64()) }
	peak, threads := processStatus()
	return Usage{
		CPU:        cpu - m.cpu,
		PeakRSS:    peak,
		Threads:    threads,
		AllocBytes: used(allocBytes),
		Allocs:     used(allocs),
		GCs:        used(gcs),
	}
}

func readCounters() []metrics.Sample {
	s := []metrics.Sample{
		allocBytes: {Name: "/gc/heap/allocs:bytes"},
		allocs:     {Name: "/gc/heap/allocs:objects"},
		gcs:        {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(s)
	return s
}
