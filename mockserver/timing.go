package mockserver

import "strconv"

// appendTiming appends the value of a Server-Timing header that tells the time in
// the queue and in service apart, given in ns.
func appendTiming(b []byte, queue, service int64) []byte {
	b = append(b, "queue;dur="...)
	b = appendMillis(b, queue)
	b = append(b, ", service;dur="...)
	return appendMillis(b, service)
}

// appendMillis appends ns as milliseconds with three decimals.
func appendMillis(b []byte, ns int64) []byte {
	us := (max(ns, 0) + 500) / 1000
	b = strconv.AppendInt(b, us/1000, 10)
	rest := us % 1000
	return append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
}
