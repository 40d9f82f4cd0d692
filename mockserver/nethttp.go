package mockserver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Handler is the server as a handler, to be embedded in a server of the caller's.
// Addresses, engine, TLS and limits other than BodyBytes are that server's business.
// If the configuration is not valid, every answer is a 500 that says why.
func Handler(c Config) http.Handler {
	if err := c.Validate(); err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "mock server configuration: "+err.Error(), http.StatusInternalServerError)
		})
	}
	return &handler{model: newModel(c), bodyBytes: c.withDefaults().Limits.BodyBytes, sleepUntil: sleepUntil}
}

// handler carries out the model's replies with net/http.
type handler struct {
	model      *model
	bodyBytes  int64
	sleepUntil func(ctx context.Context, due int64) error
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrival := now()
	h.model.tally.begin()
	end, sent := aborted, int64(0)
	defer func() { h.model.tally.end(end, sent) }()

	if r.Body != http.NoBody {
		_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, h.bodyBytes))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			end = badRequest
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			return
		}
		arrival = now()
	}
	reply := h.model.admit(r.URL.Path, r.URL.RawQuery, arrival)
	if reply.fault == FaultHang {
		end = faulted
		select {
		case <-r.Context().Done():
		case <-h.model.ending:
			disconnect(w, true)
		}
		return
	}
	for reply.due > arrival {
		if h.sleepUntil(r.Context(), reply.due) != nil {
			return
		}
		if reply.settled(now()) {
			break
		}
	}
	achieved := now() - reply.start
	if reply.timed() {
		h.model.tally.answered(reply.asked(), time.Duration(achieved))
	}
	if reply.fault == FaultReset {
		end = reply.outcome
		disconnect(w, true)
		return
	}
	h.head(w, &reply, achieved)
	if r.Method == http.MethodHead || !bodyAllowed(reply.status) {
		end = reply.outcome
		return
	}
	var err error
	if sent, err = h.body(w, r, &reply); err != nil {
		return
	}
	end = reply.outcome
	if reply.sent < reply.size {
		_ = http.NewResponseController(w).Flush() // the client may be gone; then so be it
		disconnect(w, reply.fault == FaultResetBody)
	}
}

func (h *handler) head(w http.ResponseWriter, r *reply, achieved int64) {
	header := w.Header()
	header["Content-Type"] = []string{"text/plain; charset=utf-8"}
	if bodyAllowed(r.status) {
		header["Content-Length"] = []string{strconv.FormatInt(r.size, 10)}
	}
	if r.retry > 0 {
		header["Retry-After"] = []string{strconv.FormatInt(r.retry, 10)}
	}
	header["Server-Timing"] = []string{string(appendTiming(nil, r.start-r.arrival, achieved))}
	w.WriteHeader(r.status)
}

// bodyAllowed reports whether a status goes with a body (RFC 9110, 15.3.5, 15.4.5).
func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// body sends what the reply leaves of the body and returns how much was sent.
func (h *handler) body(w http.ResponseWriter, r *http.Request, reply *reply) (sent int64, err error) {
	if reply.text != "" {
		n, err := io.WriteString(w, reply.text)
		return int64(n), err
	}
	piece := int64(len(filler))
	if reply.rate > 0 {
		piece = min(piece, slowPiece(reply.rate))
	}
	began := now()
	for sent < reply.sent {
		next := fillerAt(sent, min(piece, reply.sent-sent))
		if reply.rate > 0 {
			if err := h.sleepUntil(r.Context(), began+sentAfter(sent+int64(len(next)), reply.rate)); err != nil {
				return sent, err
			}
		}
		n, err := w.Write(next)
		sent += int64(n)
		if err == nil && reply.rate > 0 {
			err = http.NewResponseController(w).Flush()
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// disconnect ends the connection, by a reset if asked for (HTTP/2: the stream).
func disconnect(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if reset {
		setReset(conn)
	}
	conn.Close()
}

// setReset makes closing a connection a reset.
func setReset(conn net.Conn) {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			c.SetLinger(0)
			return
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return
		}
	}
}
