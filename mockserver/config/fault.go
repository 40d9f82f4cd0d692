package config

import (
	"math"
	"slices"
	"time"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// LeastStatus and GreatestStatus are the statuses that a response can have: informational
// ones end no exchange.
const (
	LeastStatus    = 200
	GreatestStatus = 599
)

// FaultKind is a kind of failure.
type FaultKind string

// The faults. All but RateLimit and Refuse strike when the latency has passed.
const (
	FaultStatus    FaultKind = "status"     // answer with Status, and Retry-After if RetryAfter is given
	FaultRateLimit FaultKind = "rate-limit" // 429 with Retry-After beyond Rate requests a second and a Burst
	FaultReset     FaultKind = "reset"      // reset the connection instead of answering
	FaultResetBody FaultKind = "reset-body" // reset it after the fraction At of the body
	FaultTruncate  FaultKind = "truncate"   // close it after the fraction At of the body
	FaultSlowBody  FaultKind = "slow-body"  // send the body at BytesPerSecond
	FaultHang      FaultKind = "hang"       // never answer; wait until the client goes
	FaultRefuse    FaultKind = "refuse"     // refuse a new connection, or reset it before reading from it
)

var faultKinds = []FaultKind{
	FaultStatus, FaultRateLimit, FaultReset, FaultResetBody, FaultTruncate, FaultSlowBody, FaultHang, FaultRefuse,
}

// Fault strikes tasks by probability, by number and by time; all three must hold. The first
// fault that strikes a task is carried out.
//
// A reset discards what the client's kernel has not received yet, so FaultResetBody delivers
// at most the fraction At of the body.
//
// A FaultRefuse that strikes every connection of its window (no Tasks, no Probability below
// 1) makes the kernel refuse them, on Linux: nothing listens, clients see "connection
// refused" (ECONNREFUSED) and nothing is counted. Otherwise connections count as tasks: they
// are numbered from 0 in the order of acceptance, and the round is 0. The kernel has
// completed their handshake by then, so clients see a reset.
type Fault struct {
	Kind        FaultKind
	Probability float64             // of striking a task, above 0 up to 1; 0 means 1
	Tasks       []latency.TaskRange // the tasks that it may strike; all if empty
	After       time.Duration       // since the server's start or reset
	For         time.Duration       // the window's length; 0 has no end

	Status         int           // of FaultStatus, 200 to 599
	RetryAfter     time.Duration // of FaultStatus, whole seconds; 0 for none
	Rate           float64       // of FaultRateLimit, requests a second
	Burst          int           // of FaultRateLimit, requests; at least 1
	At             float64       // of FaultResetBody and FaultTruncate, a fraction from 0 to less than 1
	BytesPerSecond int64         // of FaultSlowBody
}

// readers are the kinds that read a field.
var readers = map[string][]FaultKind{
	"status":           {FaultStatus},
	"retry_after":      {FaultStatus},
	"rate":             {FaultRateLimit},
	"burst":            {FaultRateLimit},
	"at":               {FaultResetBody, FaultTruncate},
	"bytes_per_second": {FaultSlowBody},
}

func (f *Fault) validate() (errs keyed.List) {
	wrong := errs.Add
	if err := oneOf(f.Kind, faultKinds...); err != nil {
		wrong("kind", "%w", err)
		return errs
	}
	if !(f.Probability >= 0 && f.Probability <= 1) {
		wrong("probability", "%g: want above 0 up to 1", f.Probability)
	}
	if f.After < 0 {
		wrong("after", "%v: want zero or more", f.After)
	}
	if f.For < 0 {
		wrong("for", "%v: want zero (no end) or more", f.For)
	}
	for key, given := range map[string]bool{
		"status": f.Status != 0, "retry_after": f.RetryAfter != 0, "rate": f.Rate != 0,
		"burst": f.Burst != 0, "at": f.At != 0, "bytes_per_second": f.BytesPerSecond != 0,
	} {
		if given && !slices.Contains(readers[key], f.Kind) {
			wrong(key, "has no effect on kind %s", f.Kind)
		}
	}
	switch f.Kind {
	case FaultStatus:
		if f.Status < LeastStatus || f.Status > GreatestStatus {
			wrong("status", "%d: want %d to %d", f.Status, LeastStatus, GreatestStatus)
		}
		if f.RetryAfter < 0 || f.RetryAfter%time.Second != 0 {
			wrong("retry_after", "%v: want whole seconds", f.RetryAfter)
		}
	case FaultRateLimit:
		if !(f.Rate > 0) || math.IsInf(f.Rate, 0) {
			wrong("rate", "%g: want more than 0 requests a second", f.Rate)
		}
		if f.Burst < 1 {
			wrong("burst", "%d: want at least 1 request", f.Burst)
		}
	case FaultResetBody, FaultTruncate:
		if !(f.At >= 0 && f.At < 1) {
			wrong("at", "%g: want a fraction from 0 to less than 1", f.At)
		}
	case FaultSlowBody:
		if f.BytesPerSecond < 1 {
			wrong("bytes_per_second", "%d: want at least 1", f.BytesPerSecond)
		}
	}
	return errs
}

// RateLimit is the first rate limit of a behavior, nil if it has none.
func (b *Behavior) RateLimit() *Fault {
	for i := range b.Faults {
		if b.Faults[i].Kind == FaultRateLimit {
			return &b.Faults[i]
		}
	}
	return nil
}
