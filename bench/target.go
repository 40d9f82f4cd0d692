package bench

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver"
)

// Target is what the tasks are done to; exactly one field is set.
type Target struct {
	Mock *mockserver.Config // a mock server of the run's own, in a process of its own
	URL  string             // every task fetches it
	URLs []string           // task i fetches URLs[i]

	Sleep *mockserver.Latency // every task sleeps for so long, in the strategy's process
	CPU   *mockserver.Latency // every task does so much work: a nanosecond is one unit (see cpuWork)
	Func  string              // every task calls this registered function (see RegisterFunc)
}

const oneTarget = "name exactly one of mock, url, urls, sleep, cpu and func"

func (t Target) validate() error {
	set := 0
	var errs []error
	if t.Mock != nil {
		set++
		errs = append(errs, checkMock(t.Mock)...)
	}
	if t.URL != "" {
		set++
		if err := checkURL(t.URL); err != nil {
			errs = append(errs, fmt.Errorf("url: %w", err))
		}
	}
	if t.Func != "" {
		set++
		if _, err := lookUpFunc(t.Func); err != nil {
			errs = append(errs, fmt.Errorf("func: %w", err))
		}
	}
	for _, given := range []bool{len(t.URLs) > 0, t.Sleep != nil, t.CPU != nil} {
		if given {
			set++
		}
	}
	if set != 1 {
		errs = append(errs, errors.New(oneTarget))
	}
	return errors.Join(errs...)
}

// checkMock refuses what a run decides itself: where its server listens, and that its
// clients need no certificate.
func checkMock(c *mockserver.Config) []error {
	var errs []error
	if err := c.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("mock: %w", err))
	}
	if c.TLS {
		errs = append(errs, errors.New("mock: tls: a run talks to its own server without; leave it out, or start fanbench serve --tls and name its url"))
	}
	if c.Addr != "" || c.AdminAddr != "" || c.AllowRemote {
		errs = append(errs, errors.New("mock: addr, admin_addr, allow_remote: a run's own server listens on a free port of the loopback; leave them out"))
	}
	return errs
}

// String names the target in one line, without the passwords of URLs.
func (t Target) String() string {
	switch {
	case t.Mock != nil:
		return "mock server, " + t.Mock.Latency.String()
	case t.URL != "":
		return Redacted(t.URL)
	case t.Sleep != nil:
		return "sleep, " + t.Sleep.String()
	case t.CPU != nil:
		return "CPU work, " + t.CPU.String()
	case t.Func != "":
		return "function " + t.Func
	}
	return fmt.Sprintf("%d URLs", len(t.URLs))
}

// keep returns the same target, with the recordings of latencies and sizes that it draws
// from kept in the directory of a run.
func (t Target) keep(dir string) (Target, error) {
	if t.Mock != nil {
		c, err := t.Mock.Keep(dir)
		t.Mock = &c
		return t, err
	}
	for _, l := range []**mockserver.Latency{&t.Sleep, &t.CPU} {
		if *l == nil {
			continue
		}
		kept, err := (*l).Keep(dir)
		if err != nil {
			return t, err
		}
		*l = &kept
	}
	return t, nil
}

// HTTP reports whether the tasks are requests to a server.
func (t Target) HTTP() bool { return t.Mock != nil || t.URL != "" || len(t.URLs) > 0 }

// Remote returns the hosts of the target that are not on this machine's loopback.
func (t Target) Remote() []string {
	var hosts []string
	seen := map[string]bool{}
	for _, text := range append([]string{t.URL}, t.URLs...) {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || isLoopback(u.Hostname()) || seen[u.Hostname()] {
			continue
		}
		seen[u.Hostname()] = true
		hosts = append(hosts, u.Hostname())
	}
	return hosts
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Redacted is a URL as reports show it: a password in it is not for them.
func Redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return u.Redacted()
}

// checkURL accepts an absolute http or https URL.
func checkURL(text string) error {
	u, err := url.Parse(text)
	var parse *url.Error
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("%s is not a URL: %w", quote.Text(text), parse.Err)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s is not a URL with http:// or https:// in front", quote.Text(text))
	case u.Hostname() == "":
		return fmt.Errorf("%s names no host", quote.Text(text))
	}
	if port := u.Port(); port != "" {
		if _, err := net.LookupPort("tcp", port); err != nil {
			return fmt.Errorf("%s: port %s is not a number from 1 to 65535", quote.Text(text), quote.Plain(port))
		}
	}
	return nil
}

// ReadURLs reads a file of URLs, one a line. Blank lines and lines that start with #
// are passed over. Its error names every malformed line as file:line:col.
func ReadURLs(file string) ([]string, error) {
	text, err := plainfile.Read(file, plainfile.MaxData)
	if err != nil {
		return nil, fmt.Errorf("reading the list of URLs: %w", err)
	}
	var urls []string
	var errs []error
	number := 0
	const byteOrderMark = "\ufeff" // some editors begin a file with it
	for line := range strings.Lines(strings.TrimPrefix(string(text), byteOrderMark)) {
		number++
		item := strings.TrimSpace(line)
		if item == "" || strings.HasPrefix(item, "#") {
			continue
		}
		if err := checkURL(item); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d:%d: %w", file, number, strings.Index(line, item)+1, err))
			continue
		}
		urls = append(urls, item)
	}
	if len(urls) == 0 && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("%s:1:1: no URL in the file; write one a line", file))
	}
	return urls, errors.Join(errs...)
}
