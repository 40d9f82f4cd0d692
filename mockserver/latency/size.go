package latency

import (
	"cmp"
	"math"

	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// Size is the distribution of the sizes of response bodies, in bytes. It is written
// as a Latency is, with sizes for durations: constant:64KiB,
// lognormal:p50=1KiB,p99=1MiB. The zero value is an empty body.
type Size struct{ d distribution }

// ParseSize reads the short form. The error names everything that is wrong, one line
// each.
func ParseSize(short string) (Size, error) {
	return Files{}.ParseSize(short)
}

// At is the size of a task's body in a round, in bytes: a pure function.
func (s Size) At(seed uint64, round, task int) int64 {
	return s.d.at(random.Size, seed, round, task)
}

// String is the canonical short form; ParseSize reads it back.
func (s Size) String() string {
	return cmp.Or(s.d.String(), "constant:0B")
}

// Equal reports whether both are the same distribution, written the same way.
func (s Size) Equal(other Size) bool { return s.String() == other.String() }

// MarshalText is the canonical short form.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSize.
func (s *Size) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSize(string(text))
	return err
}

var sizeUnit = unit{
	parse: func(text string) (float64, error) {
		v, err := bytesize.Parse(text)
		return float64(v), err
	},
	format: func(v float64) string { return bytesize.Format(int64(math.Round(v))) },
	limit:  "8 EiB",
	base:   "B",
}
