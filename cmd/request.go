package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/push"
)

// requestFlags describe the requests to a URL. Their names are curl's where curl has them.
type requestFlags struct {
	method         string
	headers        []string
	body           string
	data           string
	user           string
	passwordEnv    string
	bearerEnv      string
	cookies        bool
	noRedirects    bool
	http           string
	ca, cert, key  string
	insecure       bool
	connectTimeout time.Duration
	statuses       []string
	contains       string
}

// addRequest adds the flags of the requests.
func (f *runFlags) addRequest(c *cobra.Command) {
	r := &f.request
	c.Flags().StringVarP(&r.method, "request", "X", "", "method of the requests to a URL (default GET, or POST with --data)")
	c.Flags().StringArrayVarP(&r.headers, "header", "H", nil, "header of the requests, such as 'X-Tenant: {task}'; ${NAME} is an environment variable; may be repeated")
	c.Flags().StringVarP(&r.body, "data", "d", "", "body of the requests, or @FILE; {task}, {round}, {seed} and {column} are filled in")
	c.Flags().StringVar(&r.data, "rows", "", "CSV file with a row of values for each task; {column} stands for its value in URL, headers and body")
	c.Flags().StringVarP(&r.user, "user", "u", "", "user of basic authentication; its password is in the variable that --password-env names")
	c.Flags().StringVar(&r.passwordEnv, "password-env", "", "environment variable with the password of --user")
	c.Flags().StringVar(&r.bearerEnv, "bearer-env", "", "environment variable with a bearer token")
	c.Flags().BoolVar(&r.cookies, "cookies", false, "keep cookies within a trial")
	c.Flags().BoolVar(&r.noRedirects, "no-redirects", false, "take a redirect for the answer")
	c.Flags().StringVar(&r.http, "http", "", "version of HTTP: 1.1 or 2 (default: what the server offers)")
	c.Flags().StringVar(&r.ca, "cacert", "", "PEM file of certificates to trust besides the system's")
	c.Flags().StringVar(&r.cert, "cert", "", "PEM file of the client's certificate")
	c.Flags().StringVar(&r.key, "key", "", "PEM file of its key")
	c.Flags().BoolVarP(&r.insecure, "insecure", "k", false, "accept any certificate of the server")
	c.Flags().DurationVar(&r.connectTimeout, "connect-timeout", 0, "timeout of opening a connection (default: that of the task)")
	c.Flags().StringSliceVar(&r.statuses, "expect-status", nil, "statuses of a good answer, such as 200-204 (default: all below 400)")
	c.Flags().StringVar(&r.contains, "expect-contains", "", "text that the body of a good answer contains")
}

// ofRequest sets a part of the target's request from a flag's text.
func ofRequest[T any](value func(*requestFlags) T, set func(*request.Request, T) error) func(*runFlags, []scenario.Program) (func(*scenario.Scenario), error) {
	return func(f *runFlags, _ []scenario.Program) (func(*scenario.Scenario), error) {
		v := value(&f.request)
		err := set(new(request.Request), v)
		return func(s *scenario.Scenario) { _ = set(&s.Target.Request, v) }, err // it has just succeeded, or is reported
	}
}

// requestOverrides are the flags of the requests; --request after --data, which implies POST.
var requestOverrides = []override{
	{"header", "target.request.headers", ofRequest(func(f *requestFlags) []string { return f.headers }, setHeaders)},
	{"data", "target.request.body", ofRequest(func(f *requestFlags) string { return f.body }, setBody)},
	{"request", "target.request.method", ofRequest(func(f *requestFlags) string { return f.method }, func(r *request.Request, v string) error { r.Method = v; return nil })},
	{"rows", "target.request.data", ofRequest(func(f *requestFlags) string { return f.data }, func(r *request.Request, v string) error { r.Data = v; return nil })},
	{"user", "target.request.user", ofRequest(func(f *requestFlags) string { return f.user }, func(r *request.Request, v string) error {
		if strings.Contains(v, ":") {
			return errors.New("name the user alone, and the variable that has the password by --password-env: other users of this machine can read what is on a command line")
		}
		r.User = v
		return nil
	})},
	{"password-env", "target.request.password_env", ofRequest(func(f *requestFlags) string { return f.passwordEnv }, func(r *request.Request, v string) error { r.PasswordEnv = v; return nil })},
	{"bearer-env", "target.request.bearer_env", ofRequest(func(f *requestFlags) string { return f.bearerEnv }, func(r *request.Request, v string) error { r.BearerEnv = v; return nil })},
	{"cookies", "target.request.cookies", ofRequest(func(f *requestFlags) bool { return f.cookies }, func(r *request.Request, v bool) error { r.Cookies = v; return nil })},
	{"no-redirects", "target.request.redirects", ofRequest(func(f *requestFlags) bool { return f.noRedirects }, func(r *request.Request, v bool) error { r.NoRedirects = v; return nil })},
	{"http", "target.request.http", ofRequest(func(f *requestFlags) string { return f.http }, func(r *request.Request, v string) error { r.HTTP = v; return nil })},
	{"cacert", "target.request.ca", ofRequest(func(f *requestFlags) string { return f.ca }, func(r *request.Request, v string) error { r.CA = v; return nil })},
	{"cert", "target.request.cert", ofRequest(func(f *requestFlags) string { return f.cert }, func(r *request.Request, v string) error { r.Cert = v; return nil })},
	{"key", "target.request.key", ofRequest(func(f *requestFlags) string { return f.key }, func(r *request.Request, v string) error { r.Key = v; return nil })},
	{"insecure", "target.request.insecure", ofRequest(func(f *requestFlags) bool { return f.insecure }, func(r *request.Request, v bool) error { r.Insecure = v; return nil })},
	{"connect-timeout", "target.request.connect_timeout", ofRequest(func(f *requestFlags) time.Duration { return f.connectTimeout }, func(r *request.Request, v time.Duration) error { r.ConnectTimeout = v; return nil })},
	{"expect-status", "target.request.expect.status", ofRequest(func(f *requestFlags) []string { return f.statuses }, setStatuses)},
	{"expect-contains", "target.request.expect.contains", ofRequest(func(f *requestFlags) string { return f.contains }, func(r *request.Request, v string) error { r.Expect.Contains = v; return nil })},
}

// setHeaders adds headers, each in place of those of the same name in the file.
func setHeaders(r *request.Request, texts []string) error {
	var own request.Item
	for _, text := range texts {
		h, err := request.ParseHeader(text)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		own.Headers = append(own.Headers, h)
	}
	*r = r.Of(own)
	return nil
}

// formType is the type of a body for which curl's --data names none.
const formType = "application/x-www-form-urlencoded"

// setBody sets a body as curl does.
func setBody(r *request.Request, text string) error {
	r.Body, r.BodyFile = text, ""
	if name, ok := strings.CutPrefix(text, "@"); ok {
		body, err := request.ReadBody(name)
		if err != nil {
			return err
		}
		r.Body, r.BodyFile = body, name
	}
	if r.Method == "" {
		r.Method = "POST"
	}
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			return nil
		}
	}
	r.Headers = append(r.Headers, request.Header{Name: "Content-Type", Value: formType})
	return nil
}

func setStatuses(r *request.Request, texts []string) error {
	r.Expect.Status = nil
	for _, text := range texts {
		s, err := request.ParseStatuses(text)
		if err != nil {
			return err
		}
		r.Expect.Status = append(r.Expect.Status, s)
	}
	return nil
}

// withoutSecrets returns a command line as reports show it: without the values of headers that
// are secrets, and without passwords of URLs.
func withoutSecrets(args []string) []string {
	header := func(text string) string {
		h, err := request.ParseHeader(text)
		if err != nil {
			return text
		}
		shown := request.Request{Headers: []request.Header{h}}.Redacted().Headers[0]
		if shown == h {
			return text
		}
		return shown.Name + ": " + shown.Value
	}
	args = slices.Clone(args)
	for i, arg := range args {
		before := ""
		if i > 0 {
			before = args[i-1]
		}
		switch name, value, joined := strings.Cut(arg, "="); {
		case before == "-H" || before == "--header":
			args[i] = header(arg)
		case before == "--url":
			args[i] = scenario.Redacted(arg)
		case before == "--push" || before == "--otlp":
			args[i] = push.Shown(arg)
		case name == "--header" && joined:
			args[i] = name + "=" + header(value)
		case name == "--url" && joined:
			args[i] = name + "=" + scenario.Redacted(value)
		case (name == "--push" || name == "--otlp") && joined:
			args[i] = name + "=" + push.Shown(value)
		case strings.HasPrefix(arg, "-H") && len(arg) > 2:
			args[i] = "-H" + header(arg[2:])
		}
	}
	return args
}
