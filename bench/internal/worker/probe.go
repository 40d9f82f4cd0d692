package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// Probe makes one request as a task of the round does, and says what to check if it fails.
// url is not yet filled in; asking has the item of this URL alone.
func Probe(ctx context.Context, url string, round int, asking Asking, timeout time.Duration, allowRemote bool) error {
	k, err := newAsker(asking)
	if err != nil {
		return err
	}
	url = k.fill.URL(url, round, 0)
	r := &requests{
		timeout: timeout, asker: k, width: 1, connections: scenario.ConnectionsCold, allowRemote: allowRemote,
		url: func(int, int) string { return url },
	}
	if r.tls, err = TLS(asking.Request); err != nil {
		return err
	}
	r.current.Store(r.newSession(1))
	defer r.close()
	r.current.Load().batch[0] = r.request(round, 0)
	err = r.do(ctx, 0, new(strategies.Record))
	if err == nil {
		return nil
	}
	return fmt.Errorf("preflight: %s: %s; %s", scenario.Redacted(url), plainly(err), whatToCheck(err, url))
}

// whatToCheck returns advice about a failed request.
func whatToCheck(err error, target string) string {
	var status statusError
	var late *timeoutError
	var dns *net.DNSError
	var dial *net.OpError
	switch {
	case errors.Is(err, errRemote):
		return "the server sends its clients to another machine"
	case errors.As(err, &late):
		return "check whether the server is overloaded or stuck, or raise the timeout (--timeout, workload.timeout)"
	case errors.As(err, &status):
		return status.whatToCheck()
	case errors.As(err, &dns):
		return "check the spelling of the host's name"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "check that the server runs and listens on this address"
	case strings.HasPrefix(target, "https:"):
		return "check that the server speaks HTTPS here, and that its certificate is one that this machine trusts"
	}
	return "check that the server speaks HTTP here, and its log"
}

func (e statusError) whatToCheck() string {
	switch code := e.status; {
	case len(e.want) > 0:
		return "check what the server answers to this request, and target.request.expect"
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusProxyAuthRequired:
		return "check the user and password or the token, and who may ask for it"
	case code == http.StatusNotFound || code == http.StatusGone:
		return "check the path of the URL"
	case code == http.StatusTooManyRequests:
		return "the server refuses even one request; wait until its rate limit allows more"
	case code < 500:
		return "check what the server wants of this request"
	}
	return "check the server's log"
}
