// Package keyed has errors that name the configuration key they are about, such as
// workload.tasks. The code that checks a configuration need not know where it was written; the
// code that read it from a file or from flags turns the key into a position.
package keyed

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Error is a mistake in the value of a key.
type Error struct {
	// Key is the path of the key: names joined by dots, elements of lists in brackets,
	// such as target.mock.routes[0].path. It is empty for the whole configuration.
	Key string
	Err error
	// From are the paths of other keys that the error follows from. If one of their values
	// could not be read, the error is meaningless.
	From []string
}

// Error is the key with the mistake.
func (e Error) Error() string {
	if e.Key == "" {
		return e.Err.Error()
	}
	return e.Key + ": " + e.Err.Error()
}

// Unwrap returns the mistake without its key.
func (e Error) Unwrap() error { return e.Err }

// List is a list of errors. As an error it has one line for each.
type List []Error

// Error has one line for each error of the list.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors of the list.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// OrNil returns the list as an error, nil if it is empty.
func (l List) OrNil() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Add appends an error about a key.
func (l *List) Add(key, format string, args ...any) {
	*l = append(*l, Error{Key: key, Err: fmt.Errorf(format, args...)})
}

// AddFrom is like Add, for an error that also follows from the values of other keys.
func (l *List) AddFrom(key string, from []string, format string, args ...any) {
	*l = append(*l, Error{Key: key, Err: fmt.Errorf(format, args...), From: from})
}

// AddBelow appends errors whose keys are relative to the given one.
func (l *List) AddBelow(key string, errs List) {
	for _, e := range errs {
		e.Key = Join(key, e.Key)
		for i := range e.From {
			e.From[i] = Join(key, e.From[i])
		}
		*l = append(*l, e)
	}
}

// Range appends an error unless v is within [least, most].
func Range[T int | int64 | float64 | time.Duration](l *List, key string, v, least, most T) {
	if !(v >= least && v <= most) {
		l.Add(key, "%v is out of range: want %v to %v", v, least, most)
	}
}

// Join is the path of a key below another; either may be empty.
func Join(key, below string) string {
	if key == "" || below == "" {
		return key + below
	}
	return key + "." + below
}

// Item is the path of the i-th element of the list at the key.
func Item(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// Step is one name of a path, or an element of a list.
type Step struct {
	Name  string
	Index int // index of an element; -1 for a name
}

// Steps are the parts of a path, the outermost first.
func Steps(key string) (steps []Step) {
	for name := range strings.SplitSeq(key, ".") {
		name, items, _ := strings.Cut(name, "[")
		if name != "" {
			steps = append(steps, Step{Name: name, Index: -1})
		}
		for item := range strings.SplitSeq(items, "[") {
			if i, err := strconv.Atoi(strings.TrimSuffix(item, "]")); err == nil {
				steps = append(steps, Step{Index: i})
			}
		}
	}
	return steps
}

// Parent is the path of the object or list that has the key, "" for the whole configuration.
func Parent(key string) string { return key[:max(strings.LastIndexAny(key, ".["), 0)] }
