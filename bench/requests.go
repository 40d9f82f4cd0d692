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
	"sync"
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
	client    *http.Client
	transport *http.Transport
	batch     []*http.Request
	dialled   atomic.Int64
	faults    faults
}

func openRequests(j job) (*requests, error) {
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
		r.url = func(_, task int) string { return urls[task] }
	default:
		r.url = func(round, task int) string {
			return strings.NewReplacer("{round}", strconv.Itoa(round), "{task}", strconv.Itoa(task)).Replace(j.url)
		}
	}
	dialer := &net.Dialer{KeepAlive: 30 * time.Second}
	if !j.allowRemote {
		dialer.Control = refuseRemote
	}
	r.transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			r.dialled.Add(1)
			return dialer.DialContext(ctx, network, addr)
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
	r.client = &http.Client{Transport: r.transport}
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

// prepare makes the requests of a round.
func (r *requests) prepare(round int) {
	for i := range r.batch {
		target := r.url(round, i)
		req, err := http.NewRequest(http.MethodGet, target, nil)
		if err != nil {
			// Targets are checked when the scenario is read; a nil request makes the
			// task say so all the same.
			r.batch[i] = nil
			continue
		}
		req.Header.Set("User-Agent", "fanbench")
		r.batch[i] = req
	}
}

// do is the strategies.Task: it fetches, reads the body to its end and fills in what
// the answer says. An answer of 400 and above is an error.
func (r *requests) do(ctx context.Context, i int, rec *strategies.Record) error {
	err := r.fetch(ctx, i, rec)
	if err != nil {
		rec.Error = r.faults.number(plainly(err))
	}
	return err
}

func (r *requests) fetch(ctx context.Context, i int, rec *strategies.Record) error {
	if r.batch[i] == nil {
		return errors.New("not a URL")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, nil)
	defer cancel()
	res, err := r.client.Do(r.batch[i].WithContext(ctx))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	rec.Status = uint32(res.StatusCode)
	rec.Bytes, err = io.Copy(io.Discard, res.Body)
	if err != nil {
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

// plainly words an error without what differs from request to request (ports, URLs),
// so that equal causes have equal texts.
func plainly(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "looking up " + dns.Name + ": " + dns.Err
	case errors.As(err, &op) && op.Op == "dial" && op.Addr != nil:
		return "connecting to " + op.Addr.String() + ": " + op.Err.Error()
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}

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

// maxFaults is how many distinct error texts one trial keeps: beyond it the errors
// are still counted, under the text of the last.
const maxFaults = 1000

// faults numbers the distinct error texts of a trial, from 1.
type faults struct {
	mu    sync.Mutex
	ids   map[string]uint32
	texts []string
}

func (f *faults) number(text string) uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id, ok := f.ids[text]; ok {
		return id
	}
	if len(f.texts) >= maxFaults {
		text = "other errors"
	}
	if f.ids == nil {
		f.ids = map[string]uint32{}
	}
	if id, ok := f.ids[text]; ok {
		return id
	}
	f.texts = append(f.texts, text)
	f.ids[text] = uint32(len(f.texts))
	return f.ids[text]
}

// take returns the texts and starts anew.
func (f *faults) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	texts := f.texts
	f.ids, f.texts = nil, nil
	return texts
}
