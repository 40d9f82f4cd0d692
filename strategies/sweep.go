package strategies

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// MaxSweep is the maximum number of strategies in a sweep. More is a typing error, or takes
// too long to measure.
const MaxSweep = 100

// ParseSweep is Parse for a text that may describe several strategies: the value of any
// parameter can be a range,
//
//	fixed-pool:workers=1..64     1, doubled while below 64, and 64: 1, 2, 4, 8, 16, 32, 64
//	fixed-pool:workers=4..12+4   4, and 4 more while below 12, and 12: 4, 8, 12
//
// A range includes both ends. With several ranges, all combinations are returned, and the
// last range varies fastest. The choices are in ascending order.
func ParseSweep(text string, also ...Spec) ([]Choice, error) {
	text, number, err := cutCopy(text)
	if err != nil {
		return nil, err
	}
	spec, values, err := read(text, also)
	if err != nil {
		return nil, err
	}
	choices := []Choice{{Spec: spec, Params: Params{}, Copy: number}}
	for _, p := range spec.Params {
		list, given := values[p.Name]
		switch {
		case !given && p.Optional:
			continue
		case !given:
			list = []int64{p.Default}
		}
		if n := len(choices) * len(list); n > MaxSweep {
			return nil, fmt.Errorf("%s: %d strategies in one sweep are too many; leave it at %d, by larger steps or a narrower range", strings.TrimSpace(text), n, MaxSweep)
		}
		var longer []Choice
		for _, c := range choices {
			for _, v := range list {
				longer = append(longer, c.with(p.Name, v))
			}
		}
		choices = longer
	}
	var errs []error
	for _, c := range choices {
		if spec.Check == nil {
			break
		}
		if err := spec.Check(c.Params); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", spec.Name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return choices, nil
}

// with returns the choice with one more parameter.
func (c Choice) with(param string, v int64) Choice {
	longer := Params{param: v}
	for k, v := range c.Params {
		longer[k] = v
	}
	return Choice{Spec: c.Spec, Params: longer, Copy: c.Copy}
}

// values reads one value of the parameter or a range of them.
func (p Param) values(text string) ([]int64, error) {
	low, rest, ranged := strings.Cut(text, "..")
	if !ranged {
		v, err := p.parse(text)
		return []int64{v}, err
	}
	high, by, stepped := strings.Cut(rest, "+")
	from, err := p.parse(low)
	to, err2 := p.parse(high)
	step, err3 := int64(0), error(nil)
	if stepped {
		if step, err3 = p.read(by); err3 == nil && step < 1 {
			err3 = errors.New("it is not above 0")
		}
		if err3 != nil {
			err3 = fmt.Errorf("%s=%s: step %s: %w", p.Name, quote.Plain(text), quote.Text(by), err3)
		}
	}
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	switch {
	case from > to:
		return nil, fmt.Errorf("%s=%s: a range goes upwards; write %s..%s", p.Name, text, high, low)
	case from == to:
		return nil, fmt.Errorf("%s=%s: a range of one value; write %s", p.Name, text, low)
	case from == 0 && !stepped:
		return nil, fmt.Errorf("%s=%s: a range doubles its values, and 0 stays 0; start above it, or give a step as in %s..%s+%s", p.Name, text, low, high, high)
	}
	var out []int64
	for v := from; v < to; {
		if out = append(out, v); len(out) > MaxSweep {
			return nil, fmt.Errorf("%s=%s: more than %d values; take larger steps or a narrower range", p.Name, text, MaxSweep)
		}
		if stepped {
			v += step
		} else {
			v *= 2
		}
		if v < from { // beyond what an int64 holds
			break
		}
	}
	return append(out, to), nil
}
