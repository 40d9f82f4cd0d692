package strategies

import (
	"fmt"
	"strconv"
)

// MaxLimit is the largest worker count or limit that can be asked for: beyond a
// million goroutines a limit bounds nothing.
const MaxLimit = 1_000_000

// Param describes an integer parameter of a strategy. It is checked here, once,
// because libraries disagree on what 0 and -1 mean.
type Param struct {
	Name     string
	Doc      string
	Default  int  // used, and shown in the strategy's name, when it is not given
	Optional bool // if not given it stays unset, and Params.Int returns 0
	Min, Max int  // inclusive
}

// Range is the accepted range, such as "1..1000000".
func (p Param) Range() string { return fmt.Sprintf("%d..%d", p.Min, p.Max) }

func (p Param) parse(text string) (int, error) {
	v, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%s: not a whole number; %s takes %s", p.Name, text, p.Name, p.Range())
	}
	if v < p.Min || v > p.Max {
		return 0, fmt.Errorf("%s=%d: out of range; %s takes %s", p.Name, v, p.Name, p.Range())
	}
	return v, nil
}

// Params are the checked parameters of one choice of strategy.
type Params map[string]int

// Int returns the value of a parameter: the one given, else its default, else 0 for
// an optional one that was not given.
func (p Params) Int(name string) int { return p[name] }
