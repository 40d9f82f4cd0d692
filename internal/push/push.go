// Package push sends the metrics of a run to a monitoring system, once, by HTTP.
//
//	URL and environment
//	  -> Destination     where to, with which headers (Text, OTLP)
//	metric families
//	  -> body            OpenMetrics text as it is, or Encode for OTLP
//	  -> Send            one request; its error says what the system answered
//
// Secrets come from the environment, as headers, and no error and no String shows them.
package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/quote"
)

// timeout is the longest time for the request and its answer. Tests shorten it.
var timeout = 10 * time.Second

// longestAnswer is how much of an answer is read, in bytes.
const longestAnswer = 64 << 10

// Destination is a monitoring system that takes metrics.
type Destination struct {
	method, url, contentType string
	headers                  http.Header
	// refusal finds in the body of an answer why a system did not take what it was sent, or a part
	// of it. "" means that it took everything.
	refusal func(status int, contentType string, body []byte) string
}

// TextHeaders is the environment variable with the headers of Text.
const TextHeaders = "FANBENCH_PUSH_HEADERS"

// pushgateway is the path of a Pushgateway at which metrics are kept.
const pushgateway = "/metrics/job/"

// Text returns a destination for text in the OpenMetrics format: a Pushgateway, or whatever takes
// that text by POST. A URL without a path is that of a Pushgateway.
func Text(address string, getenv func(string) string) (*Destination, error) {
	u, errURL := parseURL(address)
	headers, errHeaders := headersFrom(TextHeaders, getenv)
	if err := errors.Join(errURL, errHeaders); err != nil {
		return nil, err
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = pushgateway + "fanbench"
	}
	method := http.MethodPost
	if strings.Contains(u.Path, strings.TrimSuffix(pushgateway, "/")) {
		method = http.MethodPut // replaces the metrics of the run before; POST would keep those that this run lacks
	}
	return &Destination{
		method: method, url: u.String(), headers: headers,
		contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
		refusal: func(status int, _ string, body []byte) string {
			if status/100 == 2 {
				return ""
			}
			return string(body)
		},
	}, nil
}

// parseURL parses an address of http or https, and refuses secrets in it: it is shown.
func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		// A secret may be in what cannot be parsed.
		return nil, errors.New("not a URL such as http://127.0.0.1:9091")
	case u.User != nil:
		return nil, errors.New("the URL has a user or a password, which others can read on a command line: give an Authorization header by the environment")
	}
	u.Fragment = ""
	return u, nil
}

// headersFrom reads headers as OpenTelemetry writes them, name=value,name=value with the values
// percent-encoded, from the first of the variables that is set; names are separated by spaces.
func headersFrom(variables string, getenv func(string) string) (http.Header, error) {
	headers := http.Header{}
	for variable := range strings.FieldsSeq(variables) {
		text := getenv(variable)
		if text == "" {
			continue
		}
		var errs []error
		for i, pair := range strings.Split(text, ",") {
			if strings.TrimSpace(pair) == "" {
				continue
			}
			name, value, ok := strings.Cut(pair, "=")
			name = strings.TrimSpace(name)
			value, err := url.PathUnescape(strings.TrimSpace(value))
			if !ok || err != nil || !token(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				errs = append(errs, fmt.Errorf("%s: header %d is not name=value with a percent-encoded value, such as Authorization=Bearer%%20abc", variable, i+1))
				continue
			}
			headers.Set(name, value)
		}
		return headers, errors.Join(errs...)
	}
	return headers, nil
}

// token reports whether a text can be the name of a header.
func token(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// Shown returns a URL without its query, which may hold a secret.
func Shown(address string) string {
	shown, _, _ := strings.Cut(address, "?")
	u, err := url.Parse(shown)
	if err != nil {
		return "a URL that cannot be parsed"
	}
	return u.Redacted()
}

// String returns the URL as it may be shown.
func (d *Destination) String() string { return Shown(d.url) }

// client follows no redirect: headers with secrets go to the named system only.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Send sends a body and waits for the answer, for at most the timeout in all.
func (d *Destination) Send(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, d.method, d.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = d.headers.Clone()
	request.Header.Set("Content-Type", d.contentType)
	request.Header.Set("User-Agent", "fanbench")
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	response, err := client.Do(request)
	if err != nil {
		return plain(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer (%s): %w", response.Status, plain(err))
	}
	contentType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	// Prometheus has a line for each figure, all alike.
	lines := slices.Compact(strings.Split(strings.TrimSpace(d.refusal(response.StatusCode, contentType, answer)), "\n"))
	why := strings.Join(lines, "; ")
	switch {
	case response.StatusCode/100 == 3:
		return fmt.Errorf("it answered %s, to %s: give that address", response.Status, Shown(response.Header.Get("Location")))
	case response.StatusCode/100 != 2 && why == "":
		return fmt.Errorf("it answered %s", response.Status)
	case response.StatusCode/100 != 2:
		return fmt.Errorf("it answered %s: %s", response.Status, quote.Plain(why))
	case why != "":
		return errors.New(quote.Plain(why))
	}
	return nil
}

// plain returns the error without the URL, whose query may hold a secret.
func plain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", timeout)
	}
	if of, ok := errors.AsType[*url.Error](err); ok {
		return of.Err
	}
	return err
}
