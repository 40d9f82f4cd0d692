// Package request describes the HTTP requests of a scenario's tasks: method, headers, body, who
// asks, and what is expected of the answer.
//
// It is pure: it sends nothing, and reads only the files that a request names. It imports
// nothing of fanbench but internal helpers. Begin with Request; file.go is its form in a
// scenario, list.go reads lists of requests in the formats of other tools, fill.go fills in
// what differs between tasks, and expect.go checks answers.
package request

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
)

// Request is how the tasks of a target ask. The zero value is a GET of which nothing is
// expected but a status below 400.
type Request struct {
	Method   string   `json:",omitempty"` // "" is GET
	Headers  []Header `json:",omitempty"` // in the order in which they were written
	Body     string   `json:",omitempty"`
	BodyFile string   `json:",omitempty"` // where Body was read from; "" if it was written in the scenario
	Data     string   `json:",omitempty"` // a CSV file: task i has the values of row i, from the start again after the last

	User        string `json:",omitempty"` // of basic authentication
	PasswordEnv string `json:",omitempty"` // the environment variable with the password
	BearerEnv   string `json:",omitempty"` // the environment variable with a bearer token

	Cookies        bool          `json:",omitempty"` // cookies are kept within a trial
	NoRedirects    bool          `json:",omitempty"` // a redirect is the answer
	HTTP           string        `json:",omitempty"` // the version: "1.1", "2", or "" for what the server offers
	CA             string        `json:",omitempty"` // a PEM file of the certificates that are trusted, besides the system's
	Cert           string        `json:",omitempty"` // a PEM file of the client's certificate
	Key            string        `json:",omitempty"` // and of its key
	Insecure       bool          `json:",omitempty"` // any certificate of the server is accepted
	ConnectTimeout time.Duration `json:",omitempty"` // of one connection; 0: the task's timeout alone

	Expect Expect
}

// Header is a line of a header. ${NAME} in its value stands for an environment variable.
type Header struct{ Name, Value string }

// Plain reports whether it is a GET and nothing else.
func (r Request) Plain() bool {
	return r.Verb() == "GET" && len(r.Headers) == 0 && r.Body == "" && r.Data == "" && r.User == "" && r.BearerEnv == "" &&
		!r.Cookies && !r.NoRedirects && r.HTTP == "" && r.CA == "" && r.Cert == "" && !r.Insecure && r.ConnectTimeout == 0 && r.Expect.Empty()
}

// Verb is the method.
func (r Request) Verb() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// token matches a method or the name of a header (RFC 9110, 5.6.2); control matches what the
// value of a header cannot have.
var (
	token   = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	control = regexp.MustCompile(`[\x00-\x08\x0a-\x1f\x7f]`)
)

// environment returns the names of the environment variables that the request needs, each
// with the key that names it.
func (r Request) environment() (names, keys []string) {
	add := func(name, key string) {
		if name != "" && !slices.Contains(names, name) {
			names, keys = append(names, name), append(keys, key)
		}
	}
	add(r.PasswordEnv, "password_env")
	add(r.BearerEnv, "bearer_env")
	for _, h := range r.Headers {
		for _, name := range Variables(h.Value) {
			add(name, keyed.Join("headers", h.Name))
		}
	}
	return names, keys
}

// Validate returns what no request can have; keys are those of a scenario's target.request.
func (r Request) Validate() (errs keyed.List) {
	if m := r.Verb(); !token.MatchString(m) || strings.ToUpper(m) != m {
		errs.Add("method", "%s is not a method, such as POST", quote.Text(m))
	}
	for _, h := range r.Headers {
		key := keyed.Join("headers", h.Name)
		if !token.MatchString(h.Name) {
			errs.Add(key, "%s is not the name of a header", quote.Text(h.Name))
		}
		if control.MatchString(h.Value) {
			errs.Add(key, "the value has a line break or another control character")
		}
	}
	if (r.Verb() == "GET" || r.Verb() == "HEAD") && r.Body != "" {
		errs.AddFrom("body", []string{"method"}, "a %s has no body; name a method, such as POST", r.Verb())
	}
	switch {
	case r.User != "" && r.PasswordEnv == "":
		errs.Add("user", "password_env is missing: the environment variable that has the password of %s", quote.Text(r.User))
	case r.User == "" && r.PasswordEnv != "":
		errs.Add("password_env", "user is missing: whose password it is")
	case r.User != "" && r.BearerEnv != "":
		errs.Add("bearer_env", "user is given too; name either")
	}
	if r.HTTP != "" && r.HTTP != "1.1" && r.HTTP != "2" {
		errs.Add("http", "%s: want 1.1 or 2", quote.Text(r.HTTP))
	}
	keyed.Range(&errs, "connect_timeout", r.ConnectTimeout, 0, time.Hour)
	if (r.Cert == "") != (r.Key == "") {
		errs.AddFrom("cert", []string{"key"}, "a certificate needs its key, and a key its certificate: name both cert and key")
	}
	errs.AddBelow("expect", r.Expect.Validate())
	return errs
}

// Missing returns what the request needs and is not here: environment variables, data and a
// body that can be read.
func (r Request) Missing() (errs keyed.List) {
	names, keys := r.environment()
	for i, name := range names {
		if _, ok := os.LookupEnv(name); !ok {
			errs.Add(keys[i], "the environment variable %s is not set", quote.Plain(name))
		}
	}
	if r.Data != "" {
		if _, err := ReadRows(r.Data); err != nil {
			errs.Add("data", "%w", err)
		}
	}
	if r.BodyFile != "" {
		if _, err := ReadBody(r.BodyFile); err != nil {
			errs.Add("body_file", "%w", err)
		}
	}
	return errs
}

// Redacted returns the request as reports show it: without the values of headers that are
// secrets. Names of environment variables stay.
func (r Request) Redacted() Request {
	r.Headers = slices.Clone(r.Headers)
	for i, h := range r.Headers {
		if secret.MatchString(h.Name) && !variable.MatchString(h.Value) {
			r.Headers[i].Value = "redacted"
		}
	}
	return r
}

// secret matches the names of headers whose values are secrets.
var secret = regexp.MustCompile(`(?i)auth|cookie|token|secret|password|passwd|credential|session|api-?key|^x-.*key$`)

// Resolved returns the request with the environment variables of its headers filled in. It is
// for the process that sends it.
func (r Request) Resolved() Request {
	r.Headers = resolved(r.Headers)
	return r
}

// Resolved returns the item with the environment variables of its headers filled in.
func (i Item) Resolved() Item {
	i.Headers = resolved(i.Headers)
	return i
}

func resolved(headers []Header) []Header {
	headers = slices.Clone(headers)
	for i, h := range headers {
		headers[i].Value = Expand(h.Value)
	}
	return headers
}
