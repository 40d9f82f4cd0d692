// Package duration reads durations as people write them, and explains mistakes: a missing unit, or
// one that Go does not know.
package duration

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/quote"
)

// Parse is like time.ParseDuration, but its error says what to write instead:
//
//	1 has no unit; write 1s, 1ms or 1us
//	unknown unit "msec"; write 1ms
func Parse(text string) (time.Duration, error) {
	v, err := time.ParseDuration(text)
	if err == nil {
		return v, nil
	}
	// The number and the unit after it.
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZµμ ")
	name := strings.TrimSpace(text[len(number):])
	_, err = strconv.ParseFloat(number, 64)
	unit := unitOf(name)
	number = quote.Plain(number)
	switch {
	case err != nil || name == unit && name != "" && text == number+unit:
		return 0, fmt.Errorf("%s is not a duration such as 2s, 150ms or 1300us", quote.Text(text))
	case name == "":
		return 0, fmt.Errorf("%s has no unit; write %[1]ss, %[1]sms or %[1]sus", number)
	case unit == "":
		return 0, fmt.Errorf("unknown unit %s; the units are ns, us, ms, s, m and h", quote.Text(name))
	case name == unit:
		return 0, fmt.Errorf("%s has a space before its unit; write %s%s", quote.Text(text), number, unit)
	}
	return 0, fmt.Errorf("unknown unit %s; write %s%s", quote.Text(name), number, unit)
}

// ParseNonNegative is like Parse, but requires a duration of at least zero.
func ParseNonNegative(text string) (time.Duration, error) {
	v, err := Parse(text)
	if err == nil && v < 0 {
		return 0, fmt.Errorf("%s is below zero", text)
	}
	return v, err
}

// unitOf is the unit that a name probably means, "" if none.
func unitOf(name string) string {
	name = strings.ToLower(name)
	for _, u := range []struct{ prefix, unit string }{
		{"ms", "ms"},
		{"mil", "ms"},
		{"mic", "us"},
		{"us", "us"},
		{"µ", "us"},
		{"n", "ns"},
		{"s", "s"},
		{"m", "m"},
		{"h", "h"},
	} {
		if strings.HasPrefix(name, u.prefix) {
			return u.unit
		}
	}
	return ""
}
