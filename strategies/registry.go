package strategies

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/fanbench/fanbench/internal/suggest"
)

var registry = struct {
	sync.RWMutex
	specs map[string]Spec
}{specs: map[string]Spec{}}

// Register makes a strategy known by its name. Call it from an init function or
// first thing in main. It panics if the spec cannot be used (no name, no
// constructor, a name taken or one that benchmark names cannot carry): that is a
// mistake in the program, not in its input.
func Register(s Spec) {
	if err := s.Validate(); err != nil {
		panic("strategies.Register: " + err.Error())
	}
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.specs[s.Name]; taken {
		panic(fmt.Sprintf("strategies.Register: %q is registered twice", s.Name))
	}
	registry.specs[s.Name] = s
}

// All returns every registered strategy, by name.
func All() []Spec {
	registry.RLock()
	defer registry.RUnlock()
	return slices.SortedFunc(maps.Values(registry.specs), func(a, b Spec) int { return strings.Compare(a.Name, b.Name) })
}

// Known reports whether a strategy is registered by that name.
func Known(name string) bool {
	registry.RLock()
	defer registry.RUnlock()
	_, ok := registry.specs[name]
	return ok
}

// Validate returns an error if the spec cannot be used.
func (s Spec) Validate() error {
	switch {
	case !isName(s.Name):
		return fmt.Errorf("name %q: use lower-case words joined by hyphens, not ending in -<digits> (benchstat takes that for GOMAXPROCS)", s.Name)
	case s.New == nil:
		return fmt.Errorf("%s has no constructor", s.Name)
	}
	for _, p := range s.Params {
		if !isName(p.Name) || p.Min < 0 || p.Min > p.Max || (!p.Optional && (p.Default < p.Min || p.Default > p.Max)) {
			return fmt.Errorf("%s: parameter %q needs a name, a range from 0 up and a default within it", s.Name, p.Name)
		}
	}
	return nil
}

func isName(s string) bool {
	for i, word := range strings.Split(s, "-") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return false
		}
		if _, err := strconv.Atoi(word); err == nil && i > 0 {
			return false
		}
	}
	return true
}

// Choice is a strategy with its parameters: what a user chose.
type Choice struct {
	Spec   Spec
	Params Params
}

// String is the canonical form, every parameter that has a value written out:
// "fixed-pool:workers=8". Parse reads it back.
func (c Choice) String() string {
	var given []string
	for _, p := range c.Spec.Params {
		if v, ok := c.Params[p.Name]; ok {
			given = append(given, p.Name+"="+p.Format(v))
		}
	}
	if len(given) == 0 {
		return c.Spec.Name
	}
	return c.Spec.Name + ":" + strings.Join(given, ",")
}

// Width is the greatest number of the n tasks of a batch that run at once.
func (c Choice) Width(n int) int {
	if c.Spec.Width == nil {
		return n
	}
	if w := c.Spec.Width(c.Params); w > 0 {
		return min(w, n)
	}
	return n
}

// New constructs the strategy.
func (c Choice) New() (Strategy, error) { return c.Spec.New(c.Params) }

// Parse reads "name" or "name:param=value,param=value". Its error names everything
// that is wrong, one line each, with the nearest known name where one is near. Besides
// the registered strategies it knows those in also.
func Parse(text string, also ...Spec) (Choice, error) {
	name, list, hasParams := strings.Cut(strings.TrimSpace(text), ":")
	known := append(All(), also...)
	k := slices.IndexFunc(known, func(s Spec) bool { return s.Name == name })
	if k < 0 {
		return Choice{}, suggest.Unknown("strategy", name, names(known, func(s Spec) string { return s.Name }))
	}
	spec := known[k]
	c := Choice{Spec: spec, Params: Params{}}
	var errs []error
	if hasParams {
		for _, item := range strings.Split(list, ",") {
			if err := c.set(item); err != nil {
				errs = append(errs, err)
			}
		}
	}
	for _, p := range spec.Params {
		if _, given := c.Params[p.Name]; !given && !p.Optional {
			c.Params[p.Name] = p.Default
		}
	}
	if len(errs) == 0 && spec.Check != nil {
		if err := spec.Check(c.Params); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", spec.Name, err))
		}
	}
	return c, errors.Join(errs...)
}

func (c Choice) set(item string) error {
	key, value, ok := strings.Cut(item, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok {
		return fmt.Errorf("%s: %q is not param=value", c.Spec.Name, item)
	}
	i := slices.IndexFunc(c.Spec.Params, func(p Param) bool { return p.Name == key })
	if i < 0 {
		return fmt.Errorf("%s: %w", c.Spec.Name, suggest.Unknown("parameter", key, names(c.Spec.Params, func(p Param) string { return p.Name })))
	}
	if _, twice := c.Params[key]; twice {
		return fmt.Errorf("%s: %s is given twice", c.Spec.Name, key)
	}
	v, err := c.Spec.Params[i].parse(value)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Spec.Name, err)
	}
	c.Params[key] = v
	return nil
}

func names[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = name(v)
	}
	return out
}
