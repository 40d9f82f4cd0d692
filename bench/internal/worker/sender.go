package worker

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// sender is an HTTP transport that counts the requests that are sent again. The server may
// then count one request more than the tasks made, and no strategy has run a task twice.
//
// net/http silently sends a GET again when a kept connection breaks before the
// first byte of the answer. It does not where it broke the connection itself: it puts a
// connection back into its pool before it hands over an answer without a body. If that
// request is cancelled at this moment, as the slower attempt of a hedged one is, the
// connection is closed, and the next request that was given it fails with "context
// canceled" although it was not cancelled (persistConn.readLoop of Go 1.26). sender sends that
// one again.
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
	return sendLive(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)), s.Transport.RoundTrip)
}

// mostSends is how often a request is sent that another's cancellation reaches.
const mostSends = 3

// sendLive sends a request, again if it is called cancelled and is not.
func sendLive(req *http.Request, send func(*http.Request) (*http.Response, error)) (res *http.Response, err error) {
	for range mostSends {
		res, err = send(req)
		if !errors.Is(err, context.Canceled) || req.Context().Err() != nil {
			break
		}
	}
	return res, err
}
