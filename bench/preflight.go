package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/bench/scenario"
)

// preflight makes one request to every HTTP target that is not the run's own mock server, and
// one of every other call.
// Its error names every target that refused the connection, did not answer within the task's
// timeout, or answered with a status of 400 or above, and what to check. For a list of URLs
// it requests the first URL of each host.
//
// The request is like a task's, with the same timeout and the same refusal of hosts that are
// not on the loopback, on a connection that is closed afterwards.
//
// preflight blocks for at most one timeout for every 16 targets. Its error is that of ctx if
// ctx is cancelled.
func preflight(ctx context.Context, scenarios []scenario.Scenario, o Options) error {
	var asks []ask
	seen := map[string]bool{}
	for _, s := range scenarios {
		for _, a := range asksOf(s, o) {
			if key := a.key(); !seen[key] {
				seen[key] = true
				asks = append(asks, a)
			}
		}
	}
	errs := make([]error, len(asks))
	places := make(chan struct{}, preflightAtOnce)
	var all sync.WaitGroup
	for i, a := range asks {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			errs[i] = a.probe(ctx)
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := firstErrors(errs, preflightErrors); err != nil {
		return fmt.Errorf("%w\npreflight: nothing was measured; --no-preflight (measure.preflight: false) leaves this request out", err)
	}
	return nil
}

const (
	preflightAtOnce = 16 // requests in flight
	preflightErrors = 10 // shown at most
)

// ask is one request or call of a preflight.
type ask struct {
	url         string    // not yet filled in; or
	call        call.Call // what to do instead
	round       int
	asking      worker.Asking
	timeout     time.Duration
	allowRemote bool
}

// key is the same for requests that are the same.
func (a ask) key() string {
	if a.call == nil {
		return fmt.Sprintf("%#v", a)
	}
	text, err := call.Marshal(a.call)
	a.call = nil
	return fmt.Sprintf("%#v %s %v", a, text, err)
}

func (a ask) probe(ctx context.Context) error {
	if a.call != nil {
		return worker.ProbeCall(ctx, a.call, a.round, a.asking.Seed, a.timeout, a.allowRemote)
	}
	return worker.Probe(ctx, a.url, a.round, a.asking, a.timeout, a.allowRemote)
}

// asksOf returns the requests that a scenario's target needs.
func asksOf(s scenario.Scenario, o Options) []ask {
	if s.Measure.NoPreflight {
		return nil
	}
	var asks []ask
	first := 1
	if warmups, _ := s.Measure.Planned(); warmups > 0 {
		first = -1
	}
	add := func(url string, own ...request.Item) {
		asks = append(asks, ask{url, nil, first, askingOf(s, own), s.Workload.Timeout, o.AllowRemote})
	}
	if c := s.Target.Call; c != nil {
		return []ask{{call: c, round: first, asking: worker.Asking{Seed: s.Measure.Seed}, timeout: s.Workload.Timeout, allowRemote: o.AllowRemote}}
	}
	if s.Target.URL != "" {
		add(s.Target.URL)
	}
	hosts := map[string]bool{}
	for i, text := range s.Target.URLs {
		u, err := url.Parse(text)
		if err != nil {
			continue // Validate has refused it
		}
		if host := u.Scheme + "://" + u.Host; !hosts[host] {
			hosts[host] = true
			if s.Target.Each != nil {
				add(text, s.Target.Each[i])
			} else {
				add(text)
			}
		}
	}
	return asks
}

// firstErrors joins the first errors, up to a number, and says how many more there are.
func firstErrors(errs []error, most int) error {
	var kept []error
	more := 0
	for _, err := range errs {
		switch {
		case err == nil:
		case len(kept) < most:
			kept = append(kept, err)
		default:
			more++
		}
	}
	if more > 0 {
		kept = append(kept, fmt.Errorf("preflight: and %d more hosts failed", more))
	}
	return errors.Join(kept...)
}
