package mockserver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// Handler returns the server as a handler for another server. Addresses, engine, TLS and the
// limits on headers and connections are then the other server's. If the configuration is
// invalid, every answer is a 500 with the reason.
func Handler(c config.Config) http.Handler {
	if err := c.Validate(); err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "mock server configuration: "+err.Error(), http.StatusInternalServerError)
		})
	}
	return &handler{model: newModel(c), limits: c.Limits.WithDefaults(), sleepUntil: clock.SleepUntil}
}

// handler carries out the model's replies with net/http.
type handler struct {
	model      *model
	limits     config.Limits
	sleepUntil func(ctx context.Context, due int64) error
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrival := clock.Now()
	h.model.tally.begin(arrival)
	h.model.log.Load().note(time.Now().UnixNano(), 0)
	end, sent := aborted, int64(0)
	defer func() { h.model.tally.end(end, sent) }()

	var refused *protocolError
	if r.Body != http.NoBody {
		if refused = h.upload(w, r); refused != nil && refused.status == 0 {
			return
		}
		arrival = clock.Now()
	}
	var reply reply
	if refused != nil {
		reply = answerAt(arrival).answer(badRequest, refused.status, refused.text)
		w.Header()["Connection"] = []string{"close"} // the rest of the body is not read
	} else {
		reply = h.model.admit(r.URL.Path, r.URL.RawQuery, arrival)
	}
	if reply.fault == config.FaultHang {
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
		if reply.settled(clock.Now()) {
			break
		}
	}
	achieved := clock.Now() - reply.start
	if reply.timed() {
		h.model.tally.answered(reply.asked(), time.Duration(achieved))
	}
	if reply.fault == config.FaultReset {
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
		disconnect(w, reply.fault == config.FaultResetBody)
	}
}

// upload reads and discards the request's body. Its error has no status if the client has
// gone.
func (h *handler) upload(w http.ResponseWriter, r *http.Request) *protocolError {
	// Not every server that the handler is embedded in has deadlines.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(h.limits.HeaderTimeout))
	_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, h.limits.BodyBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		_ = control.SetReadDeadline(time.Time{})
		return nil
	case errors.As(err, &tooLarge):
		return errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTooSlow
	case errors.Is(err, io.ErrUnexpectedEOF) || r.Context().Err() != nil:
		return &protocolError{text: "the client has gone"}
	}
	return malformed(err.Error())
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

// body sends the body as far as the fault allows, and returns the number of bytes sent.
func (h *handler) body(w http.ResponseWriter, r *http.Request, reply *reply) (sent int64, err error) {
	if reply.text != "" {
		n, err := io.WriteString(w, reply.text)
		return int64(n), err
	}
	piece := int64(len(filler))
	if reply.rate > 0 {
		piece = min(piece, slowPiece(reply.rate))
	}
	control := http.NewResponseController(w)
	began := clock.Now()
	for sent < reply.sent {
		next := fillerAt(sent, min(piece, reply.sent-sent))
		if reply.rate > 0 {
			if err := h.sleepUntil(r.Context(), later(began, sentAfter(sent+int64(len(next)), reply.rate))); err != nil {
				return sent, err
			}
		}
		_ = control.SetWriteDeadline(time.Now().Add(h.limits.WriteTimeout))
		n, err := w.Write(next)
		sent += int64(n)
		if err == nil && reply.rate > 0 {
			err = control.Flush()
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
