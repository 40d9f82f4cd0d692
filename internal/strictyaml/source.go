package strictyaml

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/keyed"
)

// Source is where a configuration was written: in a file, in flags that override it, or in
// neither. The zero value is of one that a program made.
type Source struct {
	File   *Decoder // nil where there is none, or it could not be read
	Unread error    // why it could not be read

	flags map[string]string // by key: what set it
}

// SetBy records that the value of a key comes from elsewhere than the file, such as the
// flag --tasks: errors about it name that.
func (s *Source) SetBy(origin, key string) {
	flags := map[string]string{key: origin} // copies of the source share the old ones
	for k, o := range s.flags {
		if k != key {
			flags[k] = o
		}
	}
	s.flags = flags
}

// setBy returns what has set the key, or one around it, "" if nothing but the file has.
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

// Place returns the mistakes of the file and the errors found, each with where it is: at
// file:line:col, in a flag, or else with the given words in front. An error about what the
// file has a mistake in already is left out.
func (s *Source) Place(words string, found keyed.List) error {
	var inFile keyed.List
	errs := []error{nil, s.Unread}
	for _, e := range found {
		e.From = slices.DeleteFunc(slices.Clone(e.From), func(key string) bool { return s.setBy(key) != "" })
		switch origin := s.setBy(e.Key); {
		case origin != "":
			errs = append(errs, fmt.Errorf("%s: %w", origin, e.Err))
		case s.Unread != nil: // nothing more can be said of it
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
