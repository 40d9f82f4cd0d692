package strictyaml

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/keyed"
)

// Source is the origin of a configuration: a file, flags that override it, or neither. The zero
// value is for a configuration made by a program.
type Source struct {
	File   *Decoder // nil if there is none, or if it could not be read
	Unread error    // why it could not be read

	flags map[string]string // the origin of a value, by key
}

// SetBy records that the value of a key does not come from the file but from origin, such as the
// flag --tasks. Errors about the key name origin.
func (s *Source) SetBy(origin, key string) {
	flags := map[string]string{key: origin} // a new map, because copies of the source share the old one
	for k, o := range s.flags {
		if k != key {
			flags[k] = o
		}
	}
	s.flags = flags
}

// setBy returns the origin of the key or of an enclosing one, "" if it comes from the file.
func (s *Source) setBy(key string) string {
	for {
		if origin, ok := s.flags[key]; ok {
			return origin
		}
		if key == "" {
			return ""
		}
		key = keyed.Parent(key)
	}
}

// Place returns the mistakes of the file and the errors found, each with its position:
// file:line:col, a flag, or otherwise the given words. It leaves out errors about parts of the
// file that already have a mistake.
func (s *Source) Place(words string, found keyed.List) error {
	var inFile keyed.List
	errs := []error{nil, s.Unread}
	for _, e := range found {
		e.From = slices.DeleteFunc(slices.Clone(e.From), func(key string) bool { return s.setBy(key) != "" })
		switch origin := s.setBy(e.Key); {
		case origin != "":
			errs = append(errs, fmt.Errorf("%s: %w", origin, e.Err))
		case s.Unread != nil: // an unread file has no further mistakes to report
		case s.File != nil:
			inFile = append(inFile, e)
		default:
			errs = append(errs, fmt.Errorf("%s%w", words, e))
		}
	}
	if s.File != nil {
		errs[0] = s.File.ErrWith(inFile)
	}
	return errors.Join(errs...)
}
