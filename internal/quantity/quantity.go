// Package quantity writes figures for people: three significant digits, and a suitable unit.
package quantity

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
)

// Unknown is shown in tables for an unknown figure.
const Unknown = "-"

// Seconds writes a time in seconds: "176 ms", "2.08 s", "1h3m0s".
func Seconds(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 999.5e-9:
		return digits(s*1e9) + " ns"
	case s < 999.5e-6:
		return digits(s*1e6) + " µs"
	case s < 0.9995:
		return digits(s*1e3) + " ms"
	case s < 600:
		return digits(s) + " s"
	}
	return time.Duration(s * 1e9).Round(time.Second).String()
}

// Ticks writes the times of an axis, all in the unit for the largest unless the axis is
// logarithmic, without redundant digits: "0", "0.5 s", "1 s".
func Ticks(values []float64, log bool) []string {
	out := make([]string, len(values))
	most := 0.0
	for _, v := range values {
		most = max(most, math.Abs(v))
	}
	for i, v := range values {
		if v == 0 {
			out[i] = "0"
			continue
		}
		unit, name := unitOf(most)
		if log {
			unit, name = unitOf(v)
		}
		out[i] = fmt.Sprintf("%.4g %s", v/unit, name)
	}
	return out
}

func unitOf(s float64) (float64, string) {
	const almost = 1 - 1e-9
	switch {
	case s >= 3600*almost:
		return 3600, "h"
	case s >= 300*almost:
		return 60, "min"
	case s >= almost:
		return 1, "s"
	case s >= 1e-3*almost:
		return 1e-3, "ms"
	case s >= 1e-6*almost:
		return 1e-6, "µs"
	}
	return 1e-9, "ns"
}

// digits writes a number with three significant digits. It keeps all digits of whole numbers.
func digits(v float64) string {
	switch {
	case math.Abs(v) >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 9.995:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// Figure writes a number: "15.3".
func Figure(v float64) string { return digits(v) }

// Bytes writes a size: "13.2 MiB".
func Bytes(b float64) string {
	const unit = 1024
	if b < unit {
		return fmt.Sprintf("%.0f B", b)
	}
	for _, u := range []string{"KiB", "MiB"} {
		if b /= unit; b < unit {
			return digits(b) + " " + u
		}
	}
	return digits(b/unit) + " GiB"
}

// Compact removes the spaces from a figure: "176ms".
func Compact(text string) string { return strings.ReplaceAll(text, " ", "") }

// Optional writes a figure, or Unknown.
func Optional(v *float64, format func(float64) string) string {
	if v == nil {
		return Unknown
	}
	return format(*v)
}

// Count writes a whole number with thousands separators: "10,000".
func Count(v float64) string {
	text := fmt.Sprintf("%.0f", math.Abs(v))
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if v < 0 {
		text = "-" + text
	}
	return text
}

// Counted writes a whole number with its noun: "1 task", "10,000 tasks", "2 strategies".
func Counted(v float64, noun string) string {
	text := Count(v) + " " + noun
	switch {
	case v == 1:
		return text
	case strings.HasSuffix(noun, "y"):
		return strings.TrimSuffix(text, "y") + "ies"
	}
	return text + "s"
}

// Share writes a proportion: "0.988".
func Share(v float64) string { return fmt.Sprintf("%.3f", v) }

// Percent writes a proportion as a percentage: "99%". It writes 100% only for 1 or more.
func Percent(v float64) string {
	switch p := 100 * v; {
	case p < 9.95:
		return fmt.Sprintf("%.1f%%", p)
	case p > 99 && p < 100:
		return "99%"
	default:
		return fmt.Sprintf("%.0f%%", p)
	}
}

// Factor writes a ratio: "0.090", "1.06", "11.1", "inf", and "-" for NaN.
func Factor(v float64) string {
	switch {
	case math.IsNaN(v):
		return Unknown
	case math.IsInf(v, 1):
		return "inf"
	case v < 0.9995:
		return fmt.Sprintf("%.3f", v)
	}
	return digits(v)
}

// Ratio writes a comparison's ratio and interval: "0.100 [0.099, 0.101]"; only the ratio if there
// are too few rounds for an interval.
func Ratio(c *stat.Comparison) string {
	if c == nil {
		return Unknown
	}
	if math.IsInf(c.Interval.High, 1) {
		return Factor(c.Ratio)
	}
	return fmt.Sprintf("%s [%s, %s]", Factor(c.Ratio), Factor(c.Interval.Low), Factor(c.Interval.High))
}

// Verdict writes a comparison's verdict. "same" includes the margin, "undecided" the number of
// further rounds that would probably decide it.
func Verdict(c *stat.Comparison) string {
	switch {
	case c == nil:
		return Unknown
	case c.Verdict == stat.Same:
		return fmt.Sprintf("same within %g%%", 100*c.Margin)
	case c.Verdict == stat.TooFew:
		return "too few rounds"
	case c.Verdict == stat.Undecided && c.MoreRounds > 0:
		return fmt.Sprintf("undecided (about %s more rounds)", Count(float64(c.MoreRounds)))
	}
	return string(c.Verdict)
}
