package compare

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/suggest"
)

// procs is the suffix with GOMAXPROCS that the last part of a benchmark's name has.
var procs = regexp.MustCompile(`-[0-9]+$`)

// partOf returns the value of a part of a benchmark's name, such as strategy in
// Fanout/scenario=x/strategy=errgroup-2.
func partOf(name, part string) (value string, ok bool) {
	for word := range strings.SplitSeq(procs.ReplaceAllString(name, ""), "/") {
		if value, ok = strings.CutPrefix(word, part+"="); ok {
			return value, true
		}
	}
	return "", false
}

// Only leaves out all benchmarks but those whose names have one of the values for each part, as
// {"strategy": {"errgroup"}}. A part without values lets all pass. The error names values that
// no benchmark has.
func (s Sides) Only(parts map[string][]string) error {
	var errs []error
	for _, part := range []string{"scenario", "strategy"} {
		var known []string
		for _, side := range []*Side{s.Base, s.Head} {
			for _, k := range side.names {
				if value, ok := partOf(k.name, part); ok && !slices.Contains(known, value) {
					known = append(known, value)
				}
			}
		}
		slices.Sort(known)
		for _, value := range parts[part] {
			switch {
			case len(known) == 0:
				errs = append(errs, fmt.Errorf("no benchmark names a %s", part))
			case !slices.Contains(known, value):
				errs = append(errs, suggest.Unknown(part, value, known))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.Base.only(parts)
	s.Head.only(parts)
	return nil
}

func (s *Side) only(parts map[string][]string) {
	out := func(name string) bool {
		for part, values := range parts {
			if value, _ := partOf(name, part); len(values) > 0 && !slices.Contains(values, value) {
				return true
			}
		}
		return false
	}
	s.names = slices.DeleteFunc(s.names, func(k key) bool {
		if out(k.name) {
			delete(s.series, k)
			return true
		}
		return false
	})
	var kept strings.Builder
	for line := range strings.Lines(s.text.String()) {
		if name, ok := strings.CutPrefix(line, "Benchmark"); ok {
			if words := strings.Fields(name); len(words) > 0 && out(words[0]) {
				continue
			}
		}
		kept.WriteString(line)
	}
	s.text.Reset()
	s.text.WriteString(kept.String())
}
