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

// Probe makes one request as a task does, and says what to check if it fails.
func Probe(ctx context.Context, url string, timeout time.Duration, allowRemote bool) error {
	r := &requests{
		timeout: timeout, width: 1, connections: scenario.ConnectionsCold, allowRemote: allowRemote,
		url: func(int, int) string { return url },
	}
	r.current.Store(r.newSession(1))
	defer r.close()
	r.current.Load().batch[0] = r.request(0, 0)
	err := r.do(ctx, 0, new(strategies.Record))
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
	switch code := int(e); {
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusProxyAuthRequired:
		return "check the user and password in the URL, and who may ask for it"
	case code == http.StatusNotFound || code == http.StatusGone:
		return "check the path of the URL"
	case code == http.StatusTooManyRequests:
		return "the server refuses even one request; wait until its rate limit allows more"
	case code < 500:
		return "check what the server wants of a GET for this URL"
	}
	return "check the server's log"
}
