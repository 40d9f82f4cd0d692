package strategies

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/suggest"
)

var registry = struct {
	sync.RWMutex
	specs map[string]Spec
}{specs: map[string]Spec{}}

// Register registers a strategy under its name. Call it from an init function or at the
// start of main. It panics if the spec is unusable (no name, no constructor, a name that is
// taken or that benchmark names cannot contain), because that is a bug in the program.
func Register(s Spec) {
	if err := errors.Join(s.Validate(), s.declared()); err != nil {
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

// declared returns an error that says what to write if the strategy does not say how it behaves.
func (s Spec) declared() error {
	var missing []string
	for _, trait := range []struct {
		given  bool
		advice string
	}{
		{s.Traits.Reports != "", "Reports (ReportsAll, ReportsFirst or ReportsNone)"},
		{s.Traits.OnError != "", "OnError (RunsAll, StopsAtFirst or CancelsRest)"},
		{s.Traits.OnPanic != "", "OnPanic (Crashes, PanicsInRun, BecomesError, Swallowed, LosesTasks or Hangs)"},
		{s.Traits.OnCancel != "", "OnCancel (StopsStarting or IgnoresCancel)"},
		{s.Traits.OnGoexit != "", "OnGoexit (Swallowed, BecomesError, LosesTasks, EndsCaller or Hangs)"},
	} {
		if !trait.given {
			missing = append(missing, trait.advice)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: Traits does not say %s; strategytest.Run says what the strategy does", s.Name, strings.Join(missing, ", "))
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
	// Copy distinguishes identical strategies, so that a run can compare a strategy with
	// itself: "fixed-pool:workers=8#2". 0 is the strategy without a number.
	Copy int
}

// MaxCopy is the maximum number of a copy.
const MaxCopy = 100

// Original returns the choice without the number of a copy.
func (c Choice) Original() Choice {
	c.Copy = 0
	return c
}

// String returns the canonical form, with every parameter that has a value: "fixed-
// pool:workers=8". Parse reads it.
func (c Choice) String() string {
	if c.Copy > 0 {
		return fmt.Sprintf("%s#%d", c.Original(), c.Copy)
	}
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

// Width returns the maximum number of tasks of a batch of n that run at once.
func (c Choice) Width(n int) int {
	if c.Spec.Width == nil {
		return n
	}
	if w := c.Spec.Width(c.Params); w > 0 {
		return min(w, n)
	}
	return n
}

// Defaults returns the strategy with the default of every parameter that has one.
func (s Spec) Defaults() Choice {
	c := Choice{Spec: s, Params: Params{}}
	for _, p := range s.Params {
		if !p.Optional {
			c.Params[p.Name] = p.Default
		}
	}
	return c
}

// InAll returns the maximum number of tasks that run at once in this number of overlapping
// batches of n tasks.
func (c Choice) InAll(batches, n int) int {
	most := batches * c.Width(n)
	if c.Spec.InAll != nil {
		return min(most, c.Spec.InAll(c.Params))
	}
	return most
}

// Scope returns what the strategy's limit covers.
func (c Choice) Scope() Scope {
	switch {
	case c.Spec.InAll != nil:
		return PerProcess
	case c.Spec.Width == nil || c.Spec.Width(c.Params) == 0:
		return NoLimit
	}
	return PerBatch
}

// New constructs the strategy.
func (c Choice) New() (Strategy, error) { return c.Spec.New(c.Params) }

// Parse reads "name" or "name:param=value,param=value", either followed by "#2" for a second
// copy of the same strategy. It knows the registered strategies and those in also. Its error
// has one line for each mistake, with the nearest known name if there is one.
func Parse(text string, also ...Spec) (Choice, error) {
	choices, err := ParseSweep(text, also...)
	if err != nil {
		return Choice{}, err
	}
	if n := len(choices); n > 1 {
		return Choice{}, fmt.Errorf("%s are %d strategies, %s to %s: name one of them", strings.TrimSpace(text), n, choices[0], choices[n-1])
	}
	return choices[0], nil
}

// cutCopy removes the number of a copy from a text and returns it, 0 if there is none.
func cutCopy(text string) (rest string, number int, err error) {
	rest, digits, found := strings.Cut(strings.TrimSpace(text), "#")
	if !found {
		return rest, 0, nil
	}
	number, err = strconv.Atoi(digits)
	if err != nil || number < 2 || number > MaxCopy {
		return rest, 0, fmt.Errorf("%s: %q is not the number of a copy; they go from #2 to #%d", rest, "#"+digits, MaxCopy)
	}
	return rest, number, nil
}

// read finds the strategy of a text and reads its parameters.
func read(text string, also []Spec) (Spec, map[string][]int64, error) {
	name, list, hasParams := strings.Cut(strings.TrimSpace(text), ":")
	known := append(All(), also...)
	k := slices.IndexFunc(known, func(s Spec) bool { return s.Name == name })
	if k < 0 {
		return Spec{}, nil, suggest.Unknown("strategy", name, names(known, func(s Spec) string { return s.Name }))
	}
	spec, values := known[k], map[string][]int64{}
	if !hasParams {
		return spec, values, nil
	}
	var errs []error
	for _, item := range strings.Split(list, ",") {
		if err := spec.readItem(item, values); err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				errs = append(errs, fmt.Errorf("%s: %s", spec.Name, line))
			}
		}
	}
	return spec, values, errors.Join(errs...)
}

// readItem reads param=value.
func (s Spec) readItem(item string, values map[string][]int64) error {
	key, value, ok := strings.Cut(item, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok {
		return fmt.Errorf("%s is not param=value", quote.Text(item))
	}
	i := slices.IndexFunc(s.Params, func(p Param) bool { return p.Name == key })
	if i < 0 {
		return suggest.Unknown("parameter", key, names(s.Params, func(p Param) string { return p.Name }))
	}
	if _, twice := values[key]; twice {
		return fmt.Errorf("%s is given twice", key)
	}
	list, err := s.Params[i].values(value)
	if err != nil {
		return err
	}
	values[key] = list
	return nil
}

func names[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = name(v)
	}
	return out
}
