package duration

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]time.Duration{"2s": 2 * time.Second, "1h2m": 62 * time.Minute, "-1.5ms": -1500 * time.Microsecond, "0": 0} {
		if v, err := Parse(text); err != nil || v != want {
			t.Errorf("%s: %v, %v", text, v, err)
		}
	}
}

func TestErrorsSayWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"1":           "1 has no unit; write 1s, 1ms or 1us",
		"-2.5":        "-2.5 has no unit; write -2.5s, -2.5ms or -2.5us",
		"1msec":       `unknown unit "msec"; write 1ms`,
		"20 millis":   `unknown unit "millis"; write 20ms`,
		"3sec":        `unknown unit "sec"; write 3s`,
		"3Seconds":    `unknown unit "Seconds"; write 3s`,
		"5min":        `unknown unit "min"; write 5m`,
		"5usec":       `unknown unit "usec"; write 5us`,
		"2 ms":        `"2 ms" has a space before its unit; write 2ms`,
		"7d":          `unknown unit "d"; the units are ns, us, ms, s, m and h`,
		"1h2":         `"1h2" is not a duration such as 2s, 150ms or 1300us`,
		"ms":          `"ms" is not a duration such as 2s, 150ms or 1300us`,
		"":            `"" is not a duration such as 2s, 150ms or 1300us`,
		"1e400ms":     `"1e400ms" is not a duration such as 2s, 150ms or 1300us`,
		"9999999999h": `"9999999999h" is not a duration such as 2s, 150ms or 1300us`,
	} {
		if v, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v; want %s", text, v, err, want)
		}
	}
}
