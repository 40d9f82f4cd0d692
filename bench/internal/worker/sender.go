package worker

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// sender is an HTTP transport that counts the requests that it sends again.
//
// net/http sends a GET again, and tells nobody, when a kept connection breaks before the
// first byte of the answer. The server may then count one request more than the tasks
// made, and no strategy has run a task twice.
type sender struct {
	*http.Transport
	resent atomic.Int64
}

// RoundTrip sends one request and counts the connections that it was given after the first.
func (s *sender) RoundTrip(req *http.Request) (*http.Response, error) {
	connections := 0
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if connections++; connections > 1 {
			s.resent.Add(1)
		}
	}}
	return s.Transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
}
