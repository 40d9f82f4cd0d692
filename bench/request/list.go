package request

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
)

// Item is one request of a list. What it leaves out is as the target's request says.
type Item struct {
	Method  string `json:",omitempty"` // "" if it names none
	URL     string
	Headers []Header `json:",omitempty"`
	Body    string   `json:",omitempty"`

	Line int `json:"-"` // where it stands in its file, from 1
}

// Plain reports whether the item is a URL and nothing else.
func (i Item) Plain() bool { return i.Method == "" && len(i.Headers) == 0 && i.Body == "" }

// Of returns the request of an item: r, but for what the item says.
func (r Request) Of(i Item) Request {
	if i.Method != "" {
		r.Method = i.Method
	}
	if i.Body != "" {
		r.Body, r.BodyFile = i.Body, ""
	}
	own := func(h Header) bool {
		return slices.ContainsFunc(i.Headers, func(o Header) bool { return strings.EqualFold(o.Name, h.Name) })
	}
	r.Headers = append(slices.DeleteFunc(slices.Clone(r.Headers), own), i.Headers...)
	return r
}

// mostErrors is how many mistakes of a list are told.
const mostErrors = 100

// listReader reads a list.
type listReader struct {
	file  string
	most  int // items
	items []Item
	errs  []error
}

func (r *listReader) errorf(line, col int, format string, args ...any) {
	if len(r.errs) < mostErrors {
		r.errs = append(r.errs, fmt.Errorf("%s:%d:%d: %w", r.file, line, col, fmt.Errorf(format, args...)))
	} else if len(r.errs) == mostErrors {
		r.errs = append(r.errs, fmt.Errorf("%s:%d:%d: and perhaps more from here on", r.file, line, col))
	}
}

func (r *listReader) full() bool { return len(r.errs) > mostErrors || len(r.items) > r.most }

// ReadList reads a file of requests, at most so many. It may have
//
//   - a URL on each line, with a method in front if it is not a GET;
//   - vegeta's format: below such a line, headers ("Name: value") and "@FILE" for a body;
//   - a JSON object on each line: {"method", "url", "headers": {name: value}, "body"}, or
//     vegeta's {"method", "url", "header": {name: [values]}, "body": base64};
//   - an HTTP archive (HAR 1.2), as browsers save it.
//
// Blank lines and lines that start with # are skipped. Files of bodies are looked up in the
// list's directory. The error names all mistakes as file:line:col.
func ReadList(file string, most int) ([]Item, error) {
	text, err := plainfile.Read(file, plainfile.MaxData)
	if err != nil {
		return nil, fmt.Errorf("reading the list of URLs: %w", err)
	}
	return DecodeList(file, string(text), most)
}

// DecodeList reads the text of the named file, as ReadList does.
func DecodeList(file, text string, most int) ([]Item, error) {
	const byteOrderMark = "\ufeff" // some editors begin a file with it
	text = strings.TrimPrefix(text, byteOrderMark)
	r := &listReader{file: file, most: most}
	if !r.archive(text) {
		r.lines(text)
	}
	if len(r.items) > most {
		r.errorf(r.items[most].Line, 1, "more than %d URLs", most)
		r.items = r.items[:most]
	}
	if len(r.items) == 0 && len(r.errs) == 0 {
		r.errorf(1, 1, "no URL in the file; write one a line")
	}
	return r.items, errors.Join(r.errs...)
}

func (r *listReader) lines(text string) {
	number, open := 0, false // open: the lines that follow may belong to the last item
	for line := range strings.Lines(text) {
		number++
		item := strings.TrimSpace(line)
		col := strings.Index(line, item) + 1
		switch {
		case r.full():
			return
		case item == "":
			open = false
		case strings.HasPrefix(item, "#"):
		case strings.HasPrefix(item, "{"):
			r.object(number, col, item)
			open = false
		case open && strings.HasPrefix(item, "@"):
			name := filepath.Join(filepath.Dir(r.file), strings.TrimSpace(item[1:]))
			if filepath.IsAbs(item[1:]) {
				name = item[1:]
			}
			body, err := ReadBody(name)
			if err != nil {
				r.errorf(number, col, "%w", err)
			}
			r.items[len(r.items)-1].Body = body
		case open && isHeader(item):
			h, err := ParseHeader(item)
			if err != nil {
				r.errorf(number, col, "%w", err)
			}
			last := &r.items[len(r.items)-1]
			last.Headers = append(last.Headers, h)
		default:
			method, target, two := strings.Cut(item, " ")
			if !two {
				method, target = "", item
			}
			open = r.add(Item{Method: method, URL: strings.TrimSpace(target), Line: number}, col)
		}
	}
}

// isHeader tells a header from the next URL.
func isHeader(line string) bool {
	name, value, ok := strings.Cut(line, ":")
	return ok && !strings.HasPrefix(value, "//") && !strings.ContainsAny(name, " \t/")
}

// add adds an item, or says what is wrong with it.
func (r *listReader) add(i Item, col int) bool {
	if i.Method != "" && strings.ToUpper(i.Method) != i.Method {
		r.errorf(i.Line, col, "%s is not a method, such as POST", quote.Text(i.Method))
		return false
	}
	if err := CheckURL(i.URL); err != nil {
		r.errorf(i.Line, col, "%w", err)
		return false
	}
	if i.Method == "GET" && i.Body == "" {
		i.Method = "" // the default
	}
	r.items = append(r.items, i)
	return true
}

// object reads a JSON object.
func (r *listReader) object(line, col int, text string) {
	var o struct {
		Method, URL string
		Body        *string
		Headers     map[string]string
		Header      map[string][]string // vegeta's; its bodies are base64
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		r.errorf(line, col, "not a request in JSON: %w", err)
		return
	}
	i := Item{Method: o.Method, URL: o.URL, Line: line}
	for name, value := range o.Headers {
		i.Headers = append(i.Headers, Header{name, value})
	}
	for name, values := range o.Header {
		for _, value := range values {
			i.Headers = append(i.Headers, Header{name, value})
		}
	}
	slices.SortStableFunc(i.Headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	if o.Body != nil {
		i.Body = *o.Body
		if o.Header != nil {
			body, err := base64.StdEncoding.DecodeString(*o.Body)
			if err != nil {
				r.errorf(line, col, "the body of a request with \"header\", as vegeta writes it, is base64: %w; write \"headers\" for text", err)
				return
			}
			i.Body = string(body)
		}
	}
	r.add(i, col)
}

// hopHeaders are headers of an archive that belong to its connection, or that the client
// writes itself.
var hopHeaders = []string{"host", "connection", "content-length", "accept-encoding", "keep-alive", "transfer-encoding", "upgrade", "te", "proxy-connection"}

// archive reads an HTTP archive, and reports whether it is one.
func (r *listReader) archive(text string) bool {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return false
	}
	var har struct {
		Log *struct {
			Entries []struct {
				Request struct {
					Method, URL string
					Headers     []Header
					PostData    struct{ Text string }
				}
			}
		}
	}
	if json.Unmarshal([]byte(text), &har) != nil || har.Log == nil {
		return false
	}
	for n, e := range har.Log.Entries {
		i := Item{Method: e.Request.Method, URL: e.Request.URL, Body: e.Request.PostData.Text, Line: 1}
		for _, h := range e.Request.Headers {
			// Headers that begin with a colon are HTTP/2's.
			if !strings.HasPrefix(h.Name, ":") && !slices.Contains(hopHeaders, strings.ToLower(h.Name)) {
				i.Headers = append(i.Headers, h)
			}
		}
		if before := len(r.errs); !r.add(i, 1) && len(r.errs) > before {
			r.errs[before] = fmt.Errorf("%w (entry %d of the archive)", r.errs[before], n)
		}
		if r.full() {
			break
		}
	}
	return true
}

// placeholder is what a Filler fills in.
var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// CheckURL accepts an absolute http or https URL. Any part of it but its scheme and port may be
// a placeholder.
func CheckURL(text string) error {
	u, err := url.Parse(placeholder.ReplaceAllString(text, "0"))
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
