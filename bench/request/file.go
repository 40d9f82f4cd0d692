package request

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// Decode reads a target's request. Files are looked up in the directory of the decoder's file.
func Decode(d *strictyaml.Decoder, n *yaml.Node) Request {
	var r Request
	path := func(n *yaml.Node, key string) string { return d.Path(n, "target.request."+key) }
	d.Object(n, "target.request", strictyaml.Fields{
		"method":  func(n *yaml.Node) { r.Method = d.String(n, "target.request.method") },
		"headers": func(n *yaml.Node) { r.Headers = decodeHeaders(d, n) },
		"body":    func(n *yaml.Node) { r.Body = d.String(n, "target.request.body") },
		"body_file": func(n *yaml.Node) {
			r.BodyFile = path(n, "body_file")
			r.Body, _ = ReadBody(r.BodyFile) // Missing reports the error
		},
		"data":         func(n *yaml.Node) { r.Data = path(n, "data") },
		"user":         func(n *yaml.Node) { r.User = d.String(n, "target.request.user") },
		"password_env": func(n *yaml.Node) { r.PasswordEnv = d.String(n, "target.request.password_env") },
		"bearer_env":   func(n *yaml.Node) { r.BearerEnv = d.String(n, "target.request.bearer_env") },
		"cookies":      func(n *yaml.Node) { r.Cookies = d.Bool(n, "target.request.cookies") },
		"redirects":    func(n *yaml.Node) { r.NoRedirects = !d.Bool(n, "target.request.redirects") },
		"http":         func(n *yaml.Node) { r.HTTP = d.String(n, "target.request.http") },
		"ca":           func(n *yaml.Node) { r.CA = path(n, "ca") },
		"cert":         func(n *yaml.Node) { r.Cert = path(n, "cert") },
		"key":          func(n *yaml.Node) { r.Key = path(n, "key") },
		"insecure":     func(n *yaml.Node) { r.Insecure = d.Bool(n, "target.request.insecure") },
		"connect_timeout": func(n *yaml.Node) {
			r.ConnectTimeout = d.Duration(n, "target.request.connect_timeout", time.Microsecond, time.Hour)
		},
		"expect": func(n *yaml.Node) { r.Expect = DecodeExpect(d, n, "target.request.expect") },
	})
	return r
}

// DecodeItems reads a list of requests in a scenario: each is a URL, or {method, url, headers,
// body}.
func DecodeItems(d *strictyaml.Decoder, n *yaml.Node) (items []Item) {
	const key = "target.urls.list"
	for _, item := range d.List(n, key) {
		if item.Kind != yaml.MappingNode {
			items = append(items, Item{URL: d.String(item, key)})
			continue
		}
		var i Item
		d.Object(item, key, strictyaml.Fields{
			"method":  func(n *yaml.Node) { i.Method = d.String(n, key+".method") },
			"url":     func(n *yaml.Node) { i.URL = d.String(n, key+".url") },
			"headers": func(n *yaml.Node) { i.Headers = decodeHeaders(d, n) },
			"body":    func(n *yaml.Node) { i.Body = d.String(n, key+".body") },
		})
		items = append(items, i)
	}
	return items
}

// MarshalYAML writes the item in the form of a scenario, redacted.
func (i Item) MarshalYAML() (any, error) {
	if i.Plain() {
		return i.URL, nil
	}
	form, err := Request{Method: i.Method, Headers: i.Headers, Body: i.Body}.MarshalYAML()
	if out, ok := form.(map[string]any); ok {
		out["url"] = i.URL
	}
	return form, err
}

// ReadBody reads a body from a file.
func ReadBody(file string) (string, error) {
	text, err := plainfile.Read(file, plainfile.MaxData)
	return string(text), err
}

func decodeHeaders(d *strictyaml.Decoder, n *yaml.Node) (headers []Header) {
	for _, p := range d.Pairs(n, "target.request.headers") {
		headers = append(headers, Header{p.Key.Value, d.String(p.Value, "target.request.headers."+p.Key.Value)})
	}
	return headers
}

// DecodeExpect reads what is expected of an answer, below the key.
func DecodeExpect(d *strictyaml.Decoder, n *yaml.Node, key string) (e Expect) {
	d.Object(n, key, strictyaml.Fields{
		"status": func(n *yaml.Node) {
			items := []*yaml.Node{n}
			if n.Kind == yaml.SequenceNode {
				items = d.List(n, key+".status")
			}
			for _, item := range items {
				s, err := ParseStatuses(d.String(item, key+".status"))
				if err != nil {
					d.Errorf(item, "%s.status: %v", key, err)
				}
				e.Status = append(e.Status, s)
			}
		},
		"contains": func(n *yaml.Node) { e.Contains = d.String(n, key+".contains") },
		"matches":  func(n *yaml.Node) { e.Matches = d.String(n, key+".matches") },
		"json": func(n *yaml.Node) {
			for _, p := range d.Pairs(n, key+".json") {
				var want any
				err := p.Value.Decode(&want)
				text, jsonErr := json.Marshal(want)
				if err != nil || jsonErr != nil {
					d.Errorf(p.Value, "%s.json.%s: not a value that JSON has", key, p.Key.Value)
					continue
				}
				e.JSON = append(e.JSON, Value{p.Key.Value, string(text)})
			}
		},
	})
	return e
}

// ParseStatuses reads a status or a range of them, such as 200-204.
func ParseStatuses(text string) (Statuses, error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	a, err := strconv.Atoi(strings.TrimSpace(first))
	b, err2 := strconv.Atoi(strings.TrimSpace(last))
	s := Statuses{a, b}
	if err != nil || err2 != nil || !s.valid() {
		return Statuses{200, 200}, fmt.Errorf("%s: want a status from 100 to 599, or a range such as 200-204", quote.Text(text))
	}
	return s, nil
}

// ParseHeader reads a header as curl's -H has it: "Name: value".
func ParseHeader(text string) (Header, error) {
	name, value, ok := strings.Cut(text, ":")
	if !ok || strings.TrimSpace(name) == "" {
		return Header{}, fmt.Errorf("want \"Name: value\"")
	}
	return Header{strings.TrimSpace(name), strings.TrimSpace(value)}, nil
}

// MarshalYAML writes the request back in the form of a scenario, redacted.
func (r Request) MarshalYAML() (any, error) {
	r = r.Redacted()
	out := map[string]any{}
	put := func(key string, v any, given bool) {
		if given {
			out[key] = v
		}
	}
	put("method", r.Method, r.Method != "")
	if len(r.Headers) > 0 {
		headers := map[string]string{}
		for _, h := range r.Headers {
			headers[h.Name] = h.Value
		}
		out["headers"] = headers
	}
	put("body_file", plainfile.Absolute(r.BodyFile), r.BodyFile != "")
	put("body", strings.ToValidUTF8(r.Body, string(utf8.RuneError)), r.Body != "" && r.BodyFile == "")
	put("data", plainfile.Absolute(r.Data), r.Data != "")
	put("user", r.User, r.User != "")
	put("password_env", r.PasswordEnv, r.PasswordEnv != "")
	put("bearer_env", r.BearerEnv, r.BearerEnv != "")
	put("cookies", true, r.Cookies)
	put("redirects", false, r.NoRedirects)
	put("http", r.HTTP, r.HTTP != "")
	put("ca", plainfile.Absolute(r.CA), r.CA != "")
	put("cert", plainfile.Absolute(r.Cert), r.Cert != "")
	put("key", plainfile.Absolute(r.Key), r.Key != "")
	put("insecure", true, r.Insecure)
	put("connect_timeout", r.ConnectTimeout.String(), r.ConnectTimeout > 0)
	if !r.Expect.Empty() {
		out["expect"] = r.Expect
	}
	return out, nil
}

// MarshalYAML writes what is expected in the form of a scenario.
func (e Expect) MarshalYAML() (any, error) {
	out := map[string]any{}
	if len(e.Status) > 0 {
		var list []string
		for _, s := range e.Status {
			list = append(list, s.String())
		}
		out["status"] = list
	}
	if e.Contains != "" {
		out["contains"] = e.Contains
	}
	if e.Matches != "" {
		out["matches"] = e.Matches
	}
	if len(e.JSON) > 0 {
		values := map[string]any{}
		for _, v := range e.JSON {
			var want any
			_ = json.Unmarshal([]byte(v.Want), &want) // it has been validated
			values[v.Path] = want
		}
		out["json"] = values
	}
	return out, nil
}
