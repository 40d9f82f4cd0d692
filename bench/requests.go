package bench

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

	"github.com/fanbench/fanbench/strategies"
)

// requests are the HTTP tasks of one worker: task i is a GET. Everything that can be
// made before a trial is made before it.
type requests struct {
	timeout   time.Duration
	url       func(round, task int) string
	listed    bool // url goes by a list, and knows no task beyond it
	client    *http.Client
	transport *http.Transport
	round     int
	batch     []*http.Request
	dialled   atomic.Int64
}

func openRequests(j job) (tasks, error) {
	r := &requests{timeout: j.timeout, batch: make([]*http.Request, j.tasks)}
	switch {
	case j.urlsFile != "":
		urls, err := ReadURLs(j.urlsFile)
		if err != nil {
			return nil, err
		}
		if len(urls) != j.tasks {
			return nil, fmt.Errorf("%s holds %d URLs for %d tasks", j.urlsFile, len(urls), j.tasks)
		}
		r.listed = true
		r.url = func(_, task int) string { return urls[task] }
	default:
		r.url = func(round, task int) string {
			return strings.NewReplacer("{round}", strconv.Itoa(round), "{task}", strconv.Itoa(task)).Replace(j.url)
		}
	}
	dialer := &net.Dialer{KeepAlive: 30 * time.Second}
	r.client = new(http.Client)
	var proxy func(*http.Request) (*url.URL, error)
	if j.allowRemote {
		proxy = http.ProxyFromEnvironment
	} else {
		// A proxy on the loopback, or a tunnel's end, would take requests off the machine
		// that are never dialled there: there is none, and redirects are looked at.
		dialer.Control = refuseRemote
		r.client.CheckRedirect = refuseRemoteRedirect
	}
	r.transport = &http.Transport{
		Proxy: proxy,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err == nil {
				r.dialled.Add(1)
			}
			return conn, err
		},
		// As many idle connections as the batch is wide: with the default of two a
		// host, strategies that work in waves would open a new one for nearly every
		// request, and the comparison would be one of dialling.
		MaxIdleConnsPerHost: j.tasks,
		IdleConnTimeout:     10 * time.Minute,
		TLSHandshakeTimeout: j.timeout,
		ForceAttemptHTTP2:   true, // a transport with a dialer of its own does not try it unasked
		DisableCompression:  true, // bytes are those on the wire
	}
	r.client.Transport = r.transport
	return r, nil
}

// errRemote is why a dial was refused.
var errRemote = errors.New("not on this machine's loopback; --allow-remote permits it")

// refuseRemote is asked with the resolved address before every connection is made, so
// that neither a name nor a redirect leads off the machine.
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

// refuseRemoteRedirect is asked before every redirect is followed. It goes by the host's
// name, as the check of a scenario's target does, so that none is looked up.
func refuseRemoteRedirect(req *http.Request, via []*http.Request) error {
	if !isLoopback(req.URL.Hostname()) {
		return fmt.Errorf("redirected to %s: %w", req.URL.Hostname(), errRemote)
	}
	if len(via) >= mostRedirects {
		return fmt.Errorf("redirected more than %d times", mostRedirects)
	}
	return nil
}

// prepare makes the requests of a round.
func (r *requests) prepare(round int) {
	r.round = round
	for i := range r.batch {
		r.batch[i] = r.request(i)
	}
}

// request makes the request of a task. Targets are checked when the scenario is read;
// one that is no URL all the same gives nil, and its task an error.
func (r *requests) request(task int) *http.Request {
	req, err := http.NewRequest(http.MethodGet, r.url(r.round, task), nil)
	if err != nil {
		return nil
	}
	req.Header.Set("User-Agent", "fanbench")
	return req
}

// attempt is the request of a task's n-th attempt. What the server draws from the
// task's number it draws anew for a further attempt, which goes by a number beyond the
// batch; a list of URLs is asked for the same URL again.
func (r *requests) attempt(task, n int) *http.Request {
	if n == 1 || r.listed {
		return r.batch[task]
	}
	return r.request(task + (n-1)*len(r.batch))
}

// do fetches, reads the body to its end and fills in what the answer says. An answer of
// 400 and above is an error.
func (r *requests) do(ctx context.Context, i int, rec *strategies.Record) error {
	req := r.attempt(i, strategies.AttemptOf(ctx))
	if req == nil {
		return errors.New("not a URL")
	}
	within, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	late := func(err error) bool {
		return within.Err() != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded)
	}
	res, err := r.client.Do(req.WithContext(within))
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

// takeConnections returns how many connections were opened since it was last called.
func (r *requests) takeConnections() int64 { return r.dialled.Swap(0) }

func (r *requests) close() { r.transport.CloseIdleConnections() }

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
