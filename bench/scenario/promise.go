package scenario

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// Promise is what a service promises of its batches under load: a share of them responds
// within a time. The zero value is none.
type Promise struct {
	Share float64       // of the batches, 0..1
	Limit time.Duration // of the response time; 0: each batch's deadline, and it must be done without an error
}

var promiseForm = regexp.MustCompile(`^(p[0-9.]+|median|goodput)\s*(<=|>=)\s*(\S+)$`)

// ParsePromise reads a promise such as p99<=250ms, median<=20ms or goodput>=99%.
func ParsePromise(text string) (Promise, error) {
	fail := func() (Promise, error) {
		return Promise{}, fmt.Errorf("%s is not a promise; write it as p99<=250ms or goodput>=99%%", quote.Text(text))
	}
	m := promiseForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return fail()
	}
	if m[1] == "goodput" {
		share, err := ParseFraction(m[3])
		if err != nil || m[2] != ">=" || !(share > 0 && share < 1) {
			return fail()
		}
		return Promise{Share: share}, nil
	}
	p := Promise{Share: 0.5}
	if m[1] != "median" {
		digits := m[1][1:]
		v, err := strconv.ParseFloat(digits+"e-2", 64)
		if err != nil || !(v > 0 && v < 1) {
			return fail()
		}
		p.Share = v
	}
	limit, err := time.ParseDuration(m[3])
	if err != nil || m[2] != "<=" || limit <= 0 {
		return fail()
	}
	p.Limit = limit
	return p, nil
}

func decodePromise(d *strictyaml.Decoder, n *yaml.Node) Promise {
	p, err := ParsePromise(d.String(n, "measure.promise"))
	if err != nil {
		d.Errorf(n, "measure.promise: %v", err)
	}
	return p
}

// String writes the promise as ParsePromise reads it, "" for none.
func (p Promise) String() string {
	percent := strconv.FormatFloat(100*p.Share, 'g', 10, 64)
	switch {
	case p.Share == 0:
		return ""
	case p.Limit == 0:
		return "goodput>=" + percent + "%"
	case p.Share == 0.5:
		return "median<=" + p.Limit.String()
	}
	return "p" + percent + "<=" + p.Limit.String()
}

// LeastWindow is how long a window must be at a rate of arrivals, so that it has enough batches
// for the figure and the promise, in whole seconds.
func (m Measurement) LeastWindow(rate float64) time.Duration {
	return time.Duration(math.Ceil(max(m.Figure.batches(), m.Promise.batches())/rate)) * time.Second
}

// batches is how many batches a window should have on average, so that each round shows
// whether the promise is kept: a p99 takes 430.
func (p Promise) batches() float64 {
	if p.Share == 0 {
		return 0
	}
	return max(30, 4.3/(1-p.Share))
}
