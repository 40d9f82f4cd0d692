package request

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
)

// Expect is what an answer must be like. A task whose answer is not like that has failed.
type Expect struct {
	Status   []Statuses `json:",omitempty"` // one of these; empty means below 400
	Contains string     `json:",omitempty"` // a part of the body
	Matches  string     `json:",omitempty"` // a regular expression (RE2) that matches a part of the body
	JSON     []Value    `json:",omitempty"` // values in the body, which is JSON
}

// Statuses is a range of HTTP statuses, inclusive.
type Statuses struct{ First, Last int }

func (s Statuses) String() string {
	if s.First == s.Last {
		return strconv.Itoa(s.First)
	}
	return fmt.Sprintf("%d-%d", s.First, s.Last)
}

func (s Statuses) valid() bool { return 100 <= s.First && s.First <= s.Last && s.Last <= 599 }

// Value is a value in a JSON document. Path has the keys of objects and the indices of
// arrays, separated by dots: items.0.id.
type Value struct {
	Path string
	Want string // as JSON
}

// Empty reports whether nothing is expected but a status below 400.
func (e Expect) Empty() bool { return len(e.Status) == 0 && !e.Body() }

// Body reports whether anything is expected of the body.
func (e Expect) Body() bool { return e.Contains != "" || e.Matches != "" || len(e.JSON) > 0 }

// MaxBody is the maximum size of a body of which anything is expected, in bytes.
const MaxBody = 16 << 20

// Validate returns what no expectation can have.
func (e Expect) Validate() (errs keyed.List) {
	for _, s := range e.Status {
		if !s.valid() {
			errs.Add("status", "%s: want statuses from 100 to 599, such as 200 or 200-204", s)
		}
	}
	if _, err := regexp.Compile(e.Matches); err != nil {
		errs.Add("matches", "%w", err)
	}
	for _, v := range e.JSON {
		if !json.Valid([]byte(v.Want)) {
			errs.Add(keyed.Join("json", v.Path), "%s is not JSON", quote.Text(v.Want))
		}
	}
	return errs
}

// Checker checks answers. It is safe for concurrent use.
type Checker struct {
	Expect
	pattern *regexp.Regexp
	values  []any
}

// NewChecker returns a checker of what is expected, which has been validated.
func NewChecker(e Expect) (*Checker, error) {
	c := &Checker{Expect: e}
	var err error
	if c.pattern, err = regexp.Compile(e.Matches); err != nil {
		return nil, err
	}
	for _, v := range e.JSON {
		var want any
		if err := json.Unmarshal([]byte(v.Want), &want); err != nil {
			return nil, fmt.Errorf("%s: %w", v.Path, err)
		}
		c.values = append(c.values, want)
	}
	return c, nil
}

// Accepts reports whether the status is an expected one.
func (c *Checker) Accepts(status int) bool {
	if len(c.Status) == 0 {
		return status < 400
	}
	return slices.ContainsFunc(c.Status, func(s Statuses) bool { return s.First <= status && status <= s.Last })
}

// CheckBody returns what is wrong with a body. The error does not quote it: it may hold
// secrets.
func (c *Checker) CheckBody(body []byte) error {
	if c.Contains != "" && !bytes.Contains(body, []byte(c.Contains)) {
		return fmt.Errorf("the body does not contain %s", quote.Text(c.Contains))
	}
	if c.Matches != "" && !c.pattern.Match(body) {
		return fmt.Errorf("the body does not match %s", quote.Text(c.Matches))
	}
	if len(c.JSON) == 0 {
		return nil
	}
	var document any
	if json.Unmarshal(body, &document) != nil {
		return fmt.Errorf("the body is not JSON")
	}
	for i, v := range c.JSON {
		got, ok := find(document, v.Path)
		switch {
		case !ok:
			return fmt.Errorf("the body has no value %s", quote.Text(v.Path))
		case !reflect.DeepEqual(got, c.values[i]):
			return fmt.Errorf("the body's value %s is not %s", quote.Text(v.Path), quote.Text(v.Want))
		}
	}
	return nil
}

// find returns the value at a path of a document.
func find(document any, path string) (any, bool) {
	if path == "" || path == "." {
		return document, true
	}
	key, rest, _ := strings.Cut(path, ".")
	switch d := document.(type) {
	case map[string]any:
		if v, ok := d[path]; ok { // a key with dots
			return v, true
		}
		if v, ok := d[key]; ok {
			return find(v, rest)
		}
	case []any:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(d) {
			return find(d[i], rest)
		}
	}
	return nil, false
}
