package latency

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/suggest"
	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// distribution is a probability distribution of non-negative quantities, given by
// its quantile function: a value is the quantile of a rank that is drawn uniformly.
// The zero value is the constant 0.
type distribution struct {
	name      string
	arguments []argument              // in canonical order
	quantile  func(u float64) float64 // of u in (0, 1), in the unit's base
	spells    spells
	recording *recording // that an empirical distribution draws from
}

// String is the canonical short form, "" of the zero value.
func (d distribution) String() string {
	var b strings.Builder
	b.WriteString(d.name)
	for i, a := range d.arguments {
		b.WriteByte(":,"[min(i, 1)])
		key := a.key
		if a.part != nil {
			key = a.part.String()
		}
		if key != "" {
			b.WriteString(enclose(key) + "=")
		}
		b.WriteString(enclose(a.text))
	}
	return b.String()
}

// at is the value of a task, rounded to the unit's base, never below zero and at most
// the largest int64.
func (d distribution) at(s random.Stream, seed uint64, round, task int) int64 {
	if d.quantile == nil {
		return 0
	}
	return d.value(d.spells.rank(s, seed, round, task))
}

func (d distribution) value(u float64) int64 {
	v := math.Round(max(d.quantile(u), 0))
	if v >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(v)
}

// commonRank is the rank whose value has to fit: at most one draw in a million may
// be beyond the largest int64.
const commonRank = 1 - 1e-6

// unit is the unit of a distribution's values: durations, sizes or counts.
type unit struct {
	parse  func(text string) (float64, error)
	format func(v float64) string
	limit  string // what the largest int64 comes to, for errors
	base   string // what 1 is
}

// argument is one parameter, name and text. A mixture's has one of its distributions for
// a name.
type argument struct {
	key, text string
	part      *distribution
}

// parseDistribution reads the short form: a name, a colon, and parameters key=value
// separated by commas. Keys and values that contain commas or equals signs are in
// parentheses. A single value is the constant; only this function decides that.
func parseDistribution(text string, files Files, u unit) (distribution, error) {
	text = strings.TrimSpace(text)
	if text != "" && strings.IndexByte("0123456789.+-", text[0]) >= 0 {
		if _, err := u.parse(text); err != nil {
			return distribution{}, err
		}
		text = "constant:" + text
	}
	name, rest, hasArguments := strings.Cut(text, ":")
	var arguments []argument
	if hasArguments {
		items, err := splitOutside(rest, ',', -1)
		if err != nil {
			return distribution{}, fmt.Errorf("%s: %w", quote.Plain(text), err)
		}
		for _, item := range items {
			pair, _ := splitOutside(item, '=', 2)
			a := argument{text: bare(pair[0])}
			if len(pair) == 2 {
				a = argument{key: bare(pair[0]), text: bare(pair[1])}
			}
			arguments = append(arguments, a)
		}
	}
	return newDistribution(strings.TrimSpace(name), arguments, files, u)
}

// splitOutside cuts text at the separators that no parentheses enclose, into at
// most n pieces if n is positive.
func splitOutside(text string, separator byte, n int) ([]string, error) {
	var pieces []string
	depth, from := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
			if depth < 0 {
				return nil, errors.New("a ) without its (")
			}
		case c == separator && depth == 0 && len(pieces) != n-1:
			pieces = append(pieces, text[from:i])
			from = i + 1
		}
	}
	if depth > 0 {
		return nil, errors.New("a ( without its )")
	}
	return append(pieces, text[from:]), nil
}

// bare takes the parentheses off that enclose the whole of a key or value.
func bare(text string) string {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		return strings.TrimSpace(strings.TrimSuffix(inner, ")"))
	}
	return text
}

// rhoKey is the parameter that every distribution takes: the correlation of
// neighbouring tasks' ranks.
const rhoKey = "rho"

// newDistribution makes a distribution of its name and parameters. The error joins
// everything that is wrong with them, see ParameterError.
func newDistribution(name string, arguments []argument, files Files, u unit) (distribution, error) {
	k, ok := kinds[name]
	if !ok {
		known := slices.Sorted(maps.Keys(kinds))
		return distribution{}, suggest.Unknown("distribution", name, known)
	}
	in := &reader{name: name, unit: u, files: files, given: map[string]string{}}
	for _, a := range arguments {
		in.add(a, k.positional)
	}
	rho := 0.0
	if text, ok := in.take(rhoKey); ok {
		if rho = in.number(rhoKey, text); !(rho >= 0 && rho < 1) {
			in.fail(rhoKey, "%s: want at least 0 and less than 1", text)
		}
	}
	quantile, canonical := k.read(in)
	for _, key := range slices.Sorted(maps.Keys(in.given)) {
		known := append(slices.Clone(k.keys), rhoKey)
		in.errs = append(in.errs, &ParameterError{key, fmt.Errorf("%s: %w", name, suggest.Unknown("parameter", key, known))})
	}
	if len(in.errs) > 0 {
		return distribution{}, errors.Join(in.errs...)
	}
	if !(quantile(commonRank) < math.MaxInt64) {
		in.fail("", "more than one draw in a million is beyond %s; choose a lighter tail", u.limit)
		return distribution{}, errors.Join(in.errs...)
	}
	if rho > 0 {
		canonical = append(canonical, argument{key: rhoKey, text: formatNumber(rho)})
	}
	return distribution{name: name, arguments: canonical, quantile: quantile, spells: newSpells(rho), recording: in.recording}, nil
}

func enclose(text string) string {
	if strings.ContainsAny(text, ",=():") {
		return "(" + text + ")"
	}
	return text
}

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// reader returns the given parameters one by one and collects mistakes.
type reader struct {
	name  string
	unit  unit
	files Files
	given map[string]string
	errs  []error

	recording *recording // read from a file
}

func (r *reader) fail(key, format string, args ...any) {
	where := r.name + ": "
	if key != "" {
		where += key + ": "
	}
	r.errs = append(r.errs, &ParameterError{key, errors.New(where + fmt.Sprintf(format, args...))})
}

func (r *reader) add(a argument, positional string) {
	if a.key == "" {
		if a.text == "" {
			r.fail("", "an empty parameter")
			return
		}
		if positional == "" {
			r.fail("", "%s is not key=value", quote.Text(a.text))
			return
		}
		a.key = positional
	}
	if _, twice := r.given[a.key]; twice {
		r.fail(a.key, "given twice")
		return
	}
	r.given[a.key] = a.text
}

// take returns a parameter once. Parameters that are never taken are unknown.
func (r *reader) take(key string) (string, bool) {
	text, ok := r.given[key]
	delete(r.given, key)
	return text, ok
}

func (r *reader) number(key, text string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		r.fail(key, "%s is not a number", quote.Text(text))
		return math.NaN()
	}
	return v
}

// quantity reads a value of the distribution's unit, at least zero.
func (r *reader) quantity(key, text string) float64 {
	v, err := r.unit.parse(strings.TrimSpace(text))
	if err != nil {
		r.fail(key, "%v", err)
		return math.NaN()
	}
	return v
}
