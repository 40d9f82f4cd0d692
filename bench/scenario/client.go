package scenario

import (
	"fmt"

	"github.com/fanbench/fanbench/internal/quote"
)

// Client is the HTTP client of a strategy's tasks.
type Client string

const (
	// ClientNetHTTP is Go's own client, as programs use it. It is the default for batches that
	// run alone, so that a strategy's cost is what it is in a program.
	ClientNetHTTP Client = "nethttp"
	// ClientLean does everything in the goroutine of the task, and uses less of the CPU. It is
	// the default under load, where fanbench is the load generator: requests are sent on time,
	// and at higher rates. What is not HTTP/1.1 without TLS goes by net/http all the same.
	ClientLean Client = "lean"
)

// allClients are the values of the option.
var allClients = []Client{ClientNetHTTP, ClientLean}

// ParseClient reads the value of the option.
func ParseClient(text string) (Client, error) {
	switch c := Client(text); c {
	case ClientNetHTTP, ClientLean:
		return c, nil
	}
	return "", fmt.Errorf("%s: want nethttp or lean", quote.Text(text))
}

// HTTPClient returns the client of this workload: the one that it names, or the default.
func (w Workload) HTTPClient() Client {
	switch {
	case w.Client != "":
		return w.Client
	case w.Arrivals != nil:
		return ClientLean
	}
	return ClientNetHTTP
}
