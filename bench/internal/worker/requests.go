package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/strategies"
)

// requests are the HTTP tasks of one worker: task i is a GET. Everything possible is
// prepared before a trial.
type requests struct {
	timeout     time.Duration
	url         func(round, task int) string
	listed      bool // url goes by a list, and knows no task beyond it
	width       int  // how many tasks run at once
	connections scenario.Connections
	allowRemote bool
	lean        bool // plain HTTP goes by lean, else all by net/http
	hangsUp     bool // the server is ours: connections are closed by a reset, which uses up no port
	current     atomic.Pointer[session]
}

// session is shared by the requests of one trial. Tasks that outlive their trial keep their
// session.
type session struct {
	round   int
	batch   []*http.Request
	client  *http.Client
	sender  *sender      // its transport, or that of what lean leaves to it
	lean    *lean        // its transport, nil if that is sender
	dial    dialer       // uncounted
	dialled atomic.Int64 // connections opened since takeTraffic asked
}

func openRequests(j Job) (tasks, error) {
	r := &requests{timeout: j.Timeout, width: j.Width, connections: j.Connections, allowRemote: j.AllowRemote, hangsUp: j.Mock, lean: j.Client == scenario.ClientLean}
	if r.connections == "" {
		r.connections = scenario.ConnectionsWarm
	}
	if r.width < 1 || r.width > j.Tasks {
		r.width = j.Tasks
	}
	switch {
	case j.URLsFile != "":
		urls, err := scenario.ReadURLs(j.URLsFile)
		if err != nil {
			return nil, err
		}
		if len(urls) != j.Tasks {
			return nil, fmt.Errorf("%s holds %d URLs for %d tasks", j.URLsFile, len(urls), j.Tasks)
		}
		r.listed = true
		r.url = func(_, task int) string { return urls[task] }
	default:
		r.url = func(round, task int) string {
			return FillIn(j.URL, round, task)
		}
	}
	r.current.Store(r.newSession(j.Tasks))
	return r, nil
}

// FillIn returns the URL of one task, with its numbers in place of {round} and {task}.
func FillIn(url string, round, task int) string {
	return strings.NewReplacer("{round}", strconv.Itoa(round), "{task}", strconv.Itoa(task)).Replace(url)
}

// newSession returns a session without connections.
func (r *requests) newSession(tasks int) *session {
	x := &session{batch: make([]*http.Request, tasks), client: new(http.Client)}
	dialer := &net.Dialer{KeepAlive: 30 * time.Second}
	var proxy func(*http.Request) (*url.URL, error)
	if r.allowRemote {
		proxy = http.ProxyFromEnvironment
	} else {
		// A proxy on the loopback, or a tunnel's end, would take requests off the machine
		// that are never dialled there: there is none, and redirects are looked at.
		dialer.Control = refuseRemote
		x.client.CheckRedirect = refuseRemoteRedirect
	}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok && r.hangsUp {
			_ = tcp.SetLinger(0) // without it the port stays in use for a while, and no more
		}
		return conn, err
	}
	x.dial = dial
	counted := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err == nil {
			x.dialled.Add(1)
		}
		return conn, err
	}
	x.sender = &sender{Transport: &http.Transport{
		Proxy: proxy,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if w := warmDialOf(ctx); w != nil {
				return w.open(dial, network, addr)
			}
			return counted(ctx, network, addr)
		},
		// As many idle connections as the batch is wide: with the default of two a
		// host, strategies that work in waves would open a new one for nearly every
		// request, and the comparison would be one of dialling.
		MaxIdleConnsPerHost: tasks,
		// The client closes an idle connection before the mock server would: else a
		// request could meet one that is being closed.
		IdleConnTimeout:     idleTime,
		TLSHandshakeTimeout: r.timeout,
		ForceAttemptHTTP2:   true, // a transport with its own dialer does not try HTTP/2 otherwise
		DisableCompression:  true, // bytes are those on the wire
	}}
	x.client.Transport = x.sender
	if r.lean {
		x.lean = &lean{
			other: x.sender, dial: counted, mostIdle: tasks, idleTime: idleTime, idle: map[string][]*leanConn{},
			takes: func(req *http.Request) bool {
				if req.URL.Scheme != "http" || proxy == nil {
					return req.URL.Scheme == "http"
				}
				through, err := proxy(req)
				return through == nil && err == nil
			},
		}
		x.client.Transport = x.lean
	}
	return x
}

// idleTime is how long a connection may be idle until the client closes it.
var idleTime = config.DefaultLimits.IdleTimeout / 2

// errRemote is why a dial was refused.
var errRemote = errors.New("not on this machine's loopback; --allow-remote permits it")

// refuseRemote checks the resolved address before every connection, so that neither a name
// nor a redirect leaves the machine.
func refuseRemote(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(strings.SplitN(host, "%", 2)[0]); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s: %w", host, errRemote)
	}
	return nil
}

// mostRedirects is net/http's own limit.
const mostRedirects = 10

// refuseRemoteRedirect checks every redirect before it is followed. It checks the host's
// name, as the check of a scenario's target does, so that no name is looked up.
func refuseRemoteRedirect(req *http.Request, via []*http.Request) error {
	if !scenario.IsLoopback(req.URL.Hostname()) {
		return fmt.Errorf("redirected to %s: %w", req.URL.Hostname(), errRemote)
	}
	if len(via) >= mostRedirects {
		return fmt.Errorf("redirected more than %d times", mostRedirects)
	}
	return nil
}

// prepare creates the requests of a round, and opens the connections that must be open when
// it begins.
func (r *requests) prepare(round, n, overlap int) {
	x := r.current.Load()
	if r.connections != scenario.ConnectionsKept {
		x = r.newSession(n)
	}
	if n != len(x.batch) {
		x.batch = make([]*http.Request, n)
	}
	x.round = round
	for i := range x.batch {
		x.batch[i] = r.request(round, i)
	}
	r.current.Store(x)
	if r.connections == scenario.ConnectionsWarm {
		warmUp(x, max(r.width, overlap), r.timeout)
	}
}

// request returns the request of a task, nil if its target is not a URL; the task then
// fails. Targets are checked when the scenario is read.
func (r *requests) request(round, task int) *http.Request {
	req, err := http.NewRequest(http.MethodGet, r.url(round, task), nil)
	if err != nil {
		return nil
	}
	req.Header.Set("User-Agent", "fanbench")
	return req
}

// attempt returns the request of a task's n-th attempt. The server draws latencies from the
// task's number, so a further attempt has a number beyond the batch. With a list of URLs it
// is the same URL again.
func (r *requests) attempt(x *session, task, n int) *http.Request {
	if n == 1 || r.listed {
		return x.batch[task]
	}
	return r.request(x.round, task+(n-1)*len(x.batch))
}

// do makes the request, reads the body to its end and records the answer. A status of 400
// and above is an error.
func (r *requests) do(ctx context.Context, i int, rec *strategies.Record) error {
	x := r.current.Load()
	req := r.attempt(x, i, strategies.AttemptOf(ctx))
	if req == nil {
		return errors.New("not a URL")
	}
	within, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	late := func(err error) bool {
		return within.Err() != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded)
	}
	res, err := x.client.Do(req.WithContext(within))
	switch {
	case err != nil && late(err):
		return &timeoutError{"no answer", r.timeout}
	case err != nil:
		return err
	}
	defer res.Body.Close()
	rec.Status = uint32(res.StatusCode)
	rec.Bytes, err = io.Copy(io.Discard, res.Body)
	switch {
	case err != nil && late(err):
		return &timeoutError{"not the whole answer", r.timeout}
	case err != nil:
		return fmt.Errorf("reading the body: %w", err)
	}
	rec.Queue, rec.Service = serverTiming(res.Header.Get("Server-Timing"))
	if res.StatusCode >= 400 {
		return statusError(res.StatusCode)
	}
	return nil
}

// statusError is an answer that says that the request failed.
type statusError int

func (e statusError) Error() string {
	return strings.TrimSpace("HTTP " + strconv.Itoa(int(e)) + " " + http.StatusText(int(e)))
}

// takeTraffic returns the counts since its last call.
func (r *requests) takeTraffic() traffic {
	x := r.current.Load()
	t := traffic{connections: x.dialled.Swap(0), resent: x.sender.resent.Swap(0)}
	if x.lean != nil {
		t.resent += x.lean.resent.Swap(0)
	}
	return t
}

// finish closes the connections of the trial, unless they are kept. Connections in use are
// closed afterwards.
func (r *requests) finish() {
	if r.connections != scenario.ConnectionsKept {
		r.close()
	}
}

func (r *requests) close() { r.current.Load().client.CloseIdleConnections() }

// serverTiming reads queue and service time, in nanoseconds, from a Server-Timing
// header such as "queue;dur=0.012, service;dur=20.001" (milliseconds; W3C Server
// Timing). What it does not find is 0.
func serverTiming(header string) (queue, service int64) {
	for header != "" {
		var metric string
		metric, header, _ = strings.Cut(header, ",")
		name, params, _ := strings.Cut(strings.TrimSpace(metric), ";")
		dur, ok := strings.CutPrefix(strings.TrimSpace(params), "dur=")
		if !ok {
			continue
		}
		ms, err := strconv.ParseFloat(dur, 64)
		if err != nil {
			continue
		}
		switch name {
		case "queue":
			queue = int64(ms * 1e6)
		case "service":
			service = int64(ms * 1e6)
		}
	}
	return queue, service
}
