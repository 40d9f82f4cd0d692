package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/internal/caller"
	"github.com/fanbench/fanbench/bench/internal/child"
)

// settling is how long to wait after connections were opened, until the server has accepted
// them and the client's goroutines are idle.
const settling = time.Millisecond

// warmUp opens as many connections to each host of the batch as the strategy can use at
// once, and leaves them idle in the client's pool. It sends no request. A host that does
// not answer gets none; its tasks report that.
//
// A transport that is asked for a connection dials, and goes on dialling if the request
// is cancelled meanwhile; what it dialled is then idle. So every request is cancelled
// while it dials, and no dial returns before all requests have: a connection would be
// given to one that still waits.
func warmUp(x *session, width int, timeout time.Duration) {
	type host struct {
		first *prepared
		tasks int
	}
	hosts := map[string]*host{}
	for _, req := range x.batch {
		if req == nil {
			continue
		}
		key := req.URL.Scheme + "://" + req.URL.Host
		if hosts[key] == nil {
			hosts[key] = &host{first: req}
		}
		hosts[key].tasks++
	}
	w := &warmer{timeout: timeout, places: make(chan struct{}, caller.DialsAtOnce), release: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	var requests, dials sync.WaitGroup
	for _, h := range hosts {
		failed := new(atomic.Bool)
		for range min(width, h.tasks) {
			dials.Add(1)
			order := &warmDial{warmer: w, secure: h.first.URL.Scheme == "https", failed: failed, ended: sync.OnceFunc(dials.Done)}
			if l := x.lean; l != nil && l.takes(h.first.Request) {
				requests.Go(func() {
					defer order.ended()
					if conn, err := order.connect(x.dial, "tcp", h.first.addr); err == nil {
						l.put(newLeanConn(conn, h.first.addr))
					}
				})
				continue
			}
			requests.Go(func() {
				defer order.ended() // a request that is refused unsent never dials
				res, err := x.client.Transport.RoundTrip(h.first.WithContext(order.context(ctx)))
				if err == nil {
					_ = res.Body.Close() // only a proxy's refusal could be that
				}
			})
		}
	}
	dials.Wait()
	cancel()
	requests.Wait()
	close(w.release)
	_, _ = child.Await(context.Background(), timeout, func() (struct{}, error) { // the tasks report a dial that never ends
		w.handshakes.Wait()
		return struct{}{}, nil
	})
	time.Sleep(settling)
}

// warmer opens connections for the pool of a client.
type warmer struct {
	timeout    time.Duration
	places     chan struct{}  // caller.DialsAtOnce of them
	release    chan struct{}  // closed when the connections may be taken over
	handshakes sync.WaitGroup // of TLS, which follow the dials
}

// warmDial is one connection of a warmer's.
type warmDial struct {
	*warmer
	secure bool         // a handshake follows
	failed *atomic.Bool // a dial to this host has failed: the others would too
	ended  func()       // tells that the dial has ended
}

type warmDialKey struct{}

func (d *warmDial) context(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, warmDialKey{}, d)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeDone: func(tls.ConnectionState, error) { d.handshakes.Done() },
	})
}

// warmDialOf returns the order to dial a connection, nil if a task needs it now.
func warmDialOf(ctx context.Context) *warmDial {
	d, _ := ctx.Value(warmDialKey{}).(*warmDial)
	return d
}

var errNoAnswer = errors.New("another connection to this host could not be opened")

// open dials for net/http's transport: it does not return before all requests are cancelled.
func (d *warmDial) open(dial dialer, network, addr string) (net.Conn, error) {
	conn, err := d.connect(dial, network, addr)
	if err != nil {
		return nil, err
	}
	if d.secure {
		d.handshakes.Add(1)
	}
	d.ended()
	<-d.release
	return conn, nil
}

// connect dials when it has a place.
func (d *warmDial) connect(dial dialer, network, addr string) (net.Conn, error) {
	d.places <- struct{}{}
	conn, err := net.Conn(nil), errNoAnswer
	if !d.failed.Load() {
		within, cancel := context.WithTimeout(context.Background(), d.timeout)
		conn, err = dial(within, network, addr)
		cancel()
	}
	<-d.places
	if err != nil {
		d.failed.Store(true)
		return nil, err
	}
	return conn, nil
}
