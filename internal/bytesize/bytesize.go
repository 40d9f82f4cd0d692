// Package bytesize reads and writes numbers of bytes as people do: 512, 64KiB, 1.5MB.
package bytesize

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// units are the units for reading. The binary ones, which are also for writing, come first, the
// largest first.
var units = []struct {
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

// Parse reads a number of bytes such as 512, 1.5kB or 64KiB. It returns an error if the text is
// not a whole number of bytes or out of range.
func Parse(text string) (int64, error) {
	for _, u := range units {
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
	return 0, fmt.Errorf("%s is not a whole number of bytes such as 512, 64KiB or 1MB", quote.Text(text))
}

// Format writes a size in bytes in the largest binary unit that divides it.
func Format(v int64) string {
	for _, u := range units[:4] {
		if v != 0 && v%u.bytes == 0 {
			return strconv.FormatInt(v/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(v, 10) + "B"
}
