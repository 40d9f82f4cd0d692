// Package clock is the clock for injected latencies: monotonic time, sleeping until a
// precise time, and a heap of deadlines.
//
// It is for package latency, whose Sleep needs no server, and for the server, whose engines
// share the clock. It imports neither of them nor net/http. Begin with SleepUntil, one file
// for Linux and one for other systems.
package clock

import "time"

// epoch is the zero of the clock.
var epoch = time.Now()

// Now is the time, in ns.
func Now() int64 { return int64(time.Since(epoch)) }

// Of is a time on this clock.
func Of(t time.Time) int64 { return int64(t.Sub(epoch)) }
