package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/strategies"
)

// requests are the HTTP tasks of one worker, one request each. Everything possible is prepared
// before a trial.
type requests struct {
	timeout     time.Duration
	asker       *asker
	tls         *tls.Config // nil for the default
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
	batch   []*prepared // nil for what is not a URL
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
	if err := r.ask(j); err != nil {
		return nil, err
	}
	if j.URLsFile != "" {
		urls, err := readURLs(j.URLsFile)
		if err != nil {
			return nil, err
		}
		if len(urls) != j.Tasks {
			return nil, fmt.Errorf("%s holds %d URLs for %d tasks", j.URLsFile, len(urls), j.Tasks)
		}
		r.listed = true
		r.url = func(round, task int) string { return r.asker.fill.URL(urls[task], round, task) }
	} else {
		r.url = func(round, task int) string { return r.asker.fill.URL(j.URL, round, task) }
	}
	r.current.Store(r.newSession(j.Tasks))
	return r, nil
}

// ask prepares what requests have beyond their URL.
func (r *requests) ask(j Job) (err error) {
	a := Asking{Seed: j.Seed}
	if j.Request != "" {
		if a, err = readAsking(j.Request); err != nil {
			return err
		}
	}
	if r.asker, err = newAsker(a); err != nil {
		return err
	}
	r.tls, err = TLS(a.Request)
	return err
}

// readURLs reads the list that the coordinator has written: one URL a line.
func readURLs(file string) (urls []string, err error) {
	items, err := request.ReadList(file, scenario.MaxTasks)
	for _, i := range items {
		urls = append(urls, i.URL)
	}
	return urls, err
}

// newSession returns a session without connections.
func (r *requests) newSession(tasks int) *session {
	x := &session{batch: make([]*prepared, tasks), client: new(http.Client)}
	asked := r.asker.request
	dialer := &net.Dialer{KeepAlive: 30 * time.Second, Timeout: asked.ConnectTimeout}
	var proxy func(*http.Request) (*url.URL, error)
	if r.allowRemote {
		proxy = http.ProxyFromEnvironment
	} else {
		// A proxy on the loopback, or a tunnel's end, would take requests off the machine
		// that are never dialled there: there is none, and redirects are looked at.
		dialer.Control = refuseRemote
		x.client.CheckRedirect = refuseRemoteRedirect
	}
	if asked.NoRedirects {
		x.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	if asked.Cookies {
		x.client.Jar, _ = cookiejar.New(nil) // fails never
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
		TLSClientConfig:     r.tls.Clone(),
		Protocols:           protocols(asked.HTTP),
		ForceAttemptHTTP2:   true, // a transport with its own dialer does not try HTTP/2 otherwise
		DisableCompression:  true, // bytes are those on the wire
	}}
	x.client.Transport = x.sender
	if r.lean && asked.HTTP != "2" {
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
		x.batch = make([]*prepared, n)
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
func (r *requests) request(round, task int) *prepared {
	req, err := r.asker.new(r.url(round, task), round, task)
	if err != nil {
		return nil
	}
	if !r.lean {
		return &prepared{Request: req}
	}
	return newPrepared(req)
}

// attempt returns the request of a task's n-th attempt. The server draws latencies from the
// task's number, so a further attempt has a number beyond the batch. With a list of URLs it
// is the same URL again.
func (r *requests) attempt(x *session, task, n int) *prepared {
	if n == 1 || r.listed {
		return x.batch[task]
	}
	return r.request(x.round, task+(n-1)*len(x.batch))
}

// do makes the request, reads the body to its end and records the answer. An answer that is
// not as expected is an error; by default, that is a status of 400 and above.
func (r *requests) do(ctx context.Context, i int, rec *strategies.Record) error {
	x := r.current.Load()
	req := r.attempt(x, i, strategies.AttemptOf(ctx))
	if req == nil {
		return errors.New("not a URL")
	}
	res, within, err := r.send(ctx, x, req)
	defer within.cancel()
	switch {
	case err != nil && within.exceeded(ctx, err):
		return &timeoutError{"no answer", r.timeout}
	case err != nil:
		return err
	}
	defer res.Body.Close()
	rec.Status = uint32(res.StatusCode)
	var wrong error
	rec.Bytes, wrong, err = r.asker.read(res)
	switch {
	case err != nil && within.exceeded(ctx, err):
		return &timeoutError{"not the whole answer", r.timeout}
	case err != nil:
		return fmt.Errorf("reading the body: %w", err)
	}
	rec.Queue, rec.Service = serverTiming(res.Header.Get("Server-Timing"))
	return wrong
}

// within is the timeout of a request, which ends when the answer has been read.
type within struct {
	cancel context.CancelFunc
	done   func() bool
}

// exceeded reports whether an error is that of the timeout, and not the end of ctx.
func (w within) exceeded(ctx context.Context, err error) bool {
	return ctx.Err() == nil && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)) && w.done()
}

// send makes a request, and follows redirects.
func (r *requests) send(ctx context.Context, x *session, req *prepared) (*http.Response, within, error) {
	var first *http.Response
	if x.lean != nil && x.client.Jar == nil && x.lean.takes(req.Request) {
		// Without an http.Client in between: it would copy headers and make contexts.
		until := time.Now().Add(r.timeout)
		res, err := x.lean.send(ctx, req, until)
		if err != nil || res.StatusCode/100 != 3 || res.Header.Get("Location") == "" || r.asker.request.NoRedirects {
			return res, within{func() {}, func() bool { return !time.Now().Before(until) }}, err
		}
		first = res
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	if first != nil {
		limited = context.WithValue(limited, answeredKey{}, &answered{first})
	}
	ask := req.WithContext(limited)
	if ask.GetBody != nil {
		ask.Body, _ = ask.GetBody() // of a string, which fails never; a task may run twice, at once
	}
	res, err := x.client.Do(ask)
	return res, within{cancel, func() bool { return limited.Err() != nil }}, err
}

// statusError is an answer whose status says that the request failed.
type statusError struct {
	status int
	want   []request.Statuses // empty: below 400
}

func (e statusError) Error() string {
	text := strings.TrimSpace("HTTP " + strconv.Itoa(e.status) + " " + http.StatusText(e.status))
	if len(e.want) == 0 {
		return text
	}
	var list []string
	for _, s := range e.want {
		list = append(list, s.String())
	}
	return text + ", expected " + strings.Join(list, " or ")
}

// protocols are those of a version of HTTP; nil: HTTP/1.1, and HTTP/2 where a server offers it by
// TLS.
func protocols(version string) *http.Protocols {
	p := new(http.Protocols)
	switch version {
	case "1.1":
		p.SetHTTP1(true)
	case "2":
		p.SetHTTP2(true)
		p.SetUnencryptedHTTP2(true)
	default:
		return nil
	}
	return p
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
