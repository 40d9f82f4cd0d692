package mockserver

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is the distribution of the sizes of response bodies, in bytes. It is written
// as a Latency is, with sizes for durations: constant:64KiB,
// lognormal:p50=1KiB,p99=1MiB. The zero value is an empty body.
type Size struct{ d distribution }

// ParseSize reads the short form. The error names everything that is wrong, one line
// each.
func ParseSize(short string) (Size, error) {
	d, err := parseDistribution(short, sizeUnit)
	if err != nil {
		return Size{}, err
	}
	return Size{d}, nil
}

// At is the size of a task's body in a round, in bytes: a pure function.
func (s Size) At(seed uint64, round, task int) int64 {
	return s.d.at(sizeStream, seed, round, task)
}

// String is the canonical short form; ParseSize reads it back.
func (s Size) String() string {
	if s.d.text == "" {
		return "constant:0B"
	}
	return s.d.text
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
		v, err := parseBytes(text)
		return float64(v), err
	},
	format: func(v float64) string { return formatBytes(int64(math.Round(v))) },
	limit:  "8 EiB",
}

// byteUnits are the units that sizes are read in, the binary ones, which they are
// written in, first and largest first.
var byteUnits = []struct {
	suffix string
	bytes  int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"KB", 1e3},
	{"kB", 1e3},
	{"B", 1},
	{"", 1},
}

// parseBytes reads a number of bytes such as 512, 1.5kB or 64KiB.
func parseBytes(text string) (int64, error) {
	for _, u := range byteUnits {
		digits, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		v *= float64(u.bytes)
		if err != nil || v != math.Trunc(v) {
			break
		}
		if !(v >= 0 && v < math.MaxInt64) {
			return 0, fmt.Errorf("%s is out of range: want 0 to 8 EiB", text)
		}
		return int64(v), nil
	}
	return 0, fmt.Errorf("%q is not a whole number of bytes such as 512, 64KiB or 1MB", text)
}

// formatBytes writes a size in the largest binary unit that divides it.
func formatBytes(v int64) string {
	for _, u := range byteUnits[:4] {
		if v != 0 && v%u.bytes == 0 {
			return strconv.FormatInt(v/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(v, 10) + "B"
}
