package strategies

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxLimit is the largest worker count or limit. Beyond a million goroutines a limit limits
// nothing.
const MaxLimit = 1_000_000

// Kind is the form of a parameter's value, and its unit.
type Kind int

// The kinds of parameters.
const (
	Number   Kind = iota // 8
	Duration             // 20ms, held in nanoseconds
	Percent              // 95%, held as 95
)

// Param describes a parameter of a strategy. It is checked here, once, because
// libraries disagree on what 0 and -1 mean. No value is below 0.
type Param struct {
	Name     string
	Doc      string
	Kind     Kind
	Default  int64 // used, and shown in the strategy's name, when it is not given
	Optional bool  // if not given it stays unset, and reads as 0
	Min, Max int64 // inclusive
}

// Range is the accepted range, such as "1..1000000" or "0s..1h0m0s".
func (p Param) Range() string { return p.Format(p.Min) + ".." + p.Format(p.Max) }

// Format writes a value of the parameter as a user would.
func (p Param) Format(v int64) string {
	switch p.Kind {
	case Duration:
		return time.Duration(v).String()
	case Percent:
		return strconv.FormatInt(v, 10) + "%"
	}
	return strconv.FormatInt(v, 10)
}

func (p Param) parse(text string) (int64, error) {
	v, err := p.read(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%s: %w; %s takes %s", p.Name, text, err, p.Name, p.Range())
	}
	if v < p.Min || v > p.Max {
		return 0, fmt.Errorf("%s=%s: out of range; %s takes %s", p.Name, text, p.Name, p.Range())
	}
	return v, nil
}

func (p Param) read(text string) (int64, error) {
	switch p.Kind {
	case Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("not a duration with its unit")
		}
		return int64(d), nil
	case Percent:
		digits, ok := strings.CutSuffix(text, "%")
		v, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || !ok {
			return 0, fmt.Errorf("not a whole number followed by %%")
		}
		return v, nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("not a whole number")
	}
	return v, nil
}

// Params are the checked parameters of a choice. A parameter has the given value, else its
// default, else 0 if it is optional.
type Params map[string]int64

// Int returns the value of a Number.
func (p Params) Int(name string) int { return int(p[name]) }

// Duration returns the value of a Duration.
func (p Params) Duration(name string) time.Duration { return time.Duration(p[name]) }

// Fraction returns the value of a Percent, 100% as 1.
func (p Params) Fraction(name string) float64 { return float64(p[name]) / 100 }

// WorkersParam is the parameter of strategies that start this number of goroutines, each of
// which runs one task after another.
func WorkersParam() Param {
	return Param{Name: "workers", Doc: "goroutines, and so tasks in flight", Default: 8, Min: 1, Max: MaxLimit}
}

// LimitParam is the parameter of strategies that let this number of tasks run at once.
func LimitParam() Param {
	return Param{Name: "limit", Doc: "maximum tasks in flight", Default: 8, Min: 1, Max: MaxLimit}
}

// optionalLimit is a LimitParam that is unlimited if it is not given.
func optionalLimit() Param {
	return Param{Name: "limit", Doc: "maximum tasks in flight; unlimited if not given", Optional: true, Min: 1, Max: MaxLimit}
}

// Workers is the Spec.Width of a strategy with a WorkersParam.
func Workers(p Params) int { return p.Int("workers") }

// Limit is the Spec.Width of a strategy with a LimitParam.
func Limit(p Params) int { return p.Int("limit") }
