package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// Target is the target of the tasks. Exactly one field is set.
type Target struct {
	Mock *config.Config // a mock server of the run, in its own process
	URL  string         // every task fetches it
	URLs []string       // task i fetches URLs[i]

	Request request.Request // how URL and URLs are asked for
	Each    []request.Item  // what each of URLs has of its own, by the same index; nil if none has any

	Sleep *latency.Latency // every task sleeps for so long, in the strategy's process
	CPU   *latency.Latency // every task does so much work: a nanosecond is one unit (see cpuWork)
	Func  string           // every task calls this registered function (see RegisterFunc)
	Call  call.Call        // every task makes this call: a query, a process, an exchange over TCP

	listed *urlLines // the file that URLs were read from, nil if there is none
	also   []string  // kinds of calls that the file has besides that of Call
}

// outOfRange returns values that no target can have, wherever they were written.
func (t Target) outOfRange() (errs keyed.List) {
	var set []string
	for _, kind := range []struct {
		key   string
		given bool
	}{{"mock", t.Mock != nil}, {"url", t.URL != ""}, {"urls", len(t.URLs) > 0}, {"sleep", t.Sleep != nil}, {"cpu", t.CPU != nil}, {"func", t.Func != ""}} {
		if kind.given {
			set = append(set, kind.key)
		}
	}
	if t.Call != nil {
		set = append(set, t.Call.Kind())
		errs.AddBelow(t.Call.Kind(), t.Call.Validate())
	}
	for _, also := range t.also {
		errs.Add(also, "%s is given too; name one of them", t.Call.Kind())
	}
	const kinds = "name exactly one of mock, url, urls, sleep, cpu, func, command, grpc, sql and tcp"
	if len(set) == 0 {
		errs.Add("", "missing: %s, such as target: {mock: {latency: constant:200ms}}", kinds)
	}
	for _, key := range set[min(1, len(set)):] {
		errs.Add(key, "%s is given too; %s", set[0], kinds)
	}
	if t.Mock != nil {
		errs.AddBelow("mock", mockOutOfRange(t.Mock))
	}
	if t.URL != "" {
		if err := request.CheckURL(t.URL); err != nil {
			errs.Add("url", "%w", err)
		}
	}
	for i, text := range t.URLs {
		if err := request.CheckURL(text); err != nil {
			errs.Add(keyed.Item("urls.list", i), "%w", err)
		}
	}
	for i, item := range t.Each {
		if i == mostListed {
			break
		}
		own := request.Request{Method: cmp.Or(item.Method, t.Request.Method), Headers: item.Headers, Body: item.Body}
		errs.AddBelow(keyed.Item("urls.list", i), own.Validate())
	}
	if t.URL == "" && len(t.URLs) == 0 && !t.Request.Plain() {
		errs.Add("request", "only url and urls have a request")
	}
	errs.AddBelow("request", t.Request.Validate())
	return errs
}

// mockOutOfRange returns values that no server can have, and those that the run decides:
// where its server listens, and that its clients need no certificate.
func mockOutOfRange(c *config.Config) (errs keyed.List) {
	var wrong keyed.List
	if errors.As(c.Validate(), &wrong) {
		errs = wrong
	}
	if c.TLS {
		errs.Add("tls", "a run talks to its own server without TLS; leave it out, or start fanbench serve --tls and name its url")
	}
	for key, given := range map[string]bool{"addr": c.Addr != "", "admin_addr": c.AdminAddr != "", "allow_remote": c.AllowRemote} {
		if given {
			errs.Add(key, "a run's own server listens on a free port of the loopback; leave it out")
		}
	}
	return errs
}

// unknown returns the names that mean nothing here: of functions, environment variables and
// files.
func (t Target) unknown() (errs keyed.List) {
	if t.Func != "" {
		if _, err := LookUpFunc(t.Func); err != nil {
			errs.Add("func", "%w", err)
		}
	}
	errs.AddBelow("request", t.Request.Missing())
	for i, item := range t.Each {
		if i == mostListed {
			break
		}
		errs.AddBelow(keyed.Item("urls.list", i), request.Request{Headers: item.Headers}.Missing())
	}
	if t.Call != nil {
		errs.AddBelow(t.Call.Kind(), t.Call.Missing())
	}
	return errs
}

// String returns the target in one line, without the passwords of URLs.
func (t Target) String() string {
	switch {
	case t.Mock != nil:
		return "mock server, " + t.Mock.Latency.String()
	case t.URL != "":
		return strings.TrimPrefix(t.Request.Verb()+" ", "GET ") + Redacted(t.URL)
	case t.Sleep != nil:
		return "sleep, " + t.Sleep.String()
	case t.CPU != nil:
		return "CPU work, " + t.CPU.String()
	case t.Func != "":
		return "function " + t.Func
	case t.Call != nil:
		return t.Call.String()
	}
	return fmt.Sprintf("%d URLs", len(t.URLs))
}

// Keep returns the same target, with the recordings of latencies and sizes that it draws
// from kept in the directory of a run.
func (t Target) Keep(dir string) (Target, error) {
	if t.Mock != nil {
		c, err := t.Mock.Keep(dir)
		t.Mock = &c
		return t, err
	}
	for _, l := range []**latency.Latency{&t.Sleep, &t.CPU} {
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
	for _, r := range t.remote() {
		hosts = append(hosts, r.host)
	}
	return hosts
}

// remoteHost is a host that is not on this machine's loopback.
type remoteHost struct{ host, key string } // key is of the first URL that names it

func (t Target) remote() (hosts []remoteHost) {
	seen := map[string]bool{}
	add := func(key func() string, host string) {
		if host != "" && !IsLoopback(host) && !seen[host] {
			seen[host] = true
			hosts = append(hosts, remoteHost{host, key()})
		}
	}
	var fill request.Filler
	if t.Request.Data != "" && (request.HostVaries(t.URL) || slices.ContainsFunc(t.URLs, request.HostVaries)) {
		fill.Rows, _ = request.ReadRows(t.Request.Data) // Missing reports the error
	}
	look := func(key func() string, text string) {
		for _, text := range fill.Hosts(text) {
			if u, err := url.Parse(text); err == nil {
				add(key, u.Hostname())
			}
		}
	}
	if t.Call != nil {
		for _, host := range t.Call.Hosts() {
			add(t.Call.Kind, host)
		}
	}
	look(func() string { return "url" }, t.URL)
	for i, text := range t.URLs {
		look(func() string { return keyed.Item("urls.list", i) }, text)
	}
	return hosts
}

// RefuseRemote reports every host that is not on this machine's loopback, at its first URL.
func (t Target) RefuseRemote() (errs keyed.List) {
	hosts := t.remote()
	for i, r := range hosts {
		if i == mostListed {
			errs.Add("", "and %d hosts more that are not on this machine's loopback", len(hosts)-i)
			break
		}
		errs.Add(r.key, "%s%s is not on this machine's loopback; if you are authorised to test it, say --allow-remote", t.listed.at(r.key), quote.Plain(r.host))
	}
	return errs
}

// mostListed is how many mistakes of one kind are listed.
const mostListed = 100

func IsLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Redacted returns a URL without its password, for reports.
func Redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text // as it was written: {task} is not to become %7Btask%7D
	}
	return u.Redacted()
}

// URLsTarget reads a file of URLs or of requests, in the formats of request.ReadList, into a
// target that remembers the line of each: errors about one name it.
func URLsTarget(file string) (Target, error) {
	items, err := request.ReadList(file, MaxTasks)
	t := Target{listed: &urlLines{file: file}}
	t.take(items)
	for _, i := range items {
		t.listed.lines = append(t.listed.lines, int32(i.Line))
	}
	return t, err
}

// take makes the items of a list the URLs of the target.
func (t *Target) take(items []request.Item) {
	plain := true
	for _, i := range items {
		t.URLs = append(t.URLs, i.URL)
		plain = plain && i.Plain()
	}
	if !plain {
		t.Each = items
	}
}

// GETs reports whether the requests of the target are all plain GETs.
func (t Target) GETs() bool { return t.Request.Plain() && t.Each == nil }

// urlLines is where each URL of a target stands in a file.
type urlLines struct {
	file  string
	lines []int32
}

// at is "file:line: " of the URL with the key, empty if it is not from a file.
func (l *urlLines) at(key string) string {
	steps := keyed.Steps(key)
	if i := steps[len(steps)-1].Index; l != nil && i >= 0 && i < len(l.lines) {
		return fmt.Sprintf("%s:%d: ", l.file, l.lines[i])
	}
	return ""
}
