package reports

import (
	"fmt"
	"math"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
)

// unknown stands in tables for a figure that is not known.
const unknown = "-"

// seconds writes a time with three digits and the unit that suits it.
func seconds(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 999.5e-9:
		return digits(s*1e9) + "ns"
	case s < 999.5e-6:
		return digits(s*1e6) + "us"
	case s < 0.9995:
		return digits(s*1e3) + "ms"
	case s < 600:
		return digits(s) + "s"
	}
	return time.Duration(s * 1e9).Round(time.Second).String()
}

// digits writes a number with three significant digits, and none of a whole number's
// taken away.
func digits(v float64) string {
	switch {
	case math.Abs(v) >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// bytes writes a size with the unit that suits it.
func bytes(b float64) string {
	const unit = 1024
	for _, u := range []string{"B", "KiB", "MiB"} {
		if b < unit {
			if u == "B" {
				return fmt.Sprintf("%.0f%s", b, u)
			}
			return digits(b) + u
		}
		b /= unit
	}
	return digits(b) + "GiB"
}

// optional writes a figure, or unknown.
func optional(v *float64, format func(float64) string) string {
	if v == nil {
		return unknown
	}
	return format(*v)
}

func count(v float64) string { return fmt.Sprintf("%.0f", v) }

func share(v float64) string { return fmt.Sprintf("%.3f", v) }

// ratio writes a comparison's ratio and interval: "0.100 [0.099, 0.101]".
func ratio(c *stat.Comparison) string {
	if c == nil {
		return unknown
	}
	return fmt.Sprintf("%s [%s, %s]", factor(c.Ratio), factor(c.Interval.Low), factor(c.Interval.High))
}

// factor writes a ratio with three digits that count.
func factor(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case v >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case v >= 9.995:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.9995:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// verdict writes a comparison's verdict; "same" says within what.
func verdict(c *stat.Comparison) string {
	switch {
	case c == nil:
		return unknown
	case c.Verdict == stat.Same:
		return fmt.Sprintf("same within %g%%", 100*c.Margin)
	}
	return string(c.Verdict)
}
