package stat

import (
	"encoding/json"
	"math"
)

// Interval is a confidence interval, its limits included.
//
// Confidence is what the limits achieve: exact procedures move in steps, so 0.95 asked
// of 10 rounds gives 0.951. Where a sample is too small for the confidence asked, the
// limits are infinite, or the ends of the scale, and Confidence is 1.
type Interval struct {
	Low, High  float64
	Confidence float64
}

func unbounded() Interval {
	return Interval{Low: math.Inf(-1), High: math.Inf(1), Confidence: 1}
}

// MarshalJSON writes an infinite limit as null, because JSON has no infinities.
func (iv Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Low        *float64 `json:"low"`
		High       *float64 `json:"high"`
		Confidence float64  `json:"confidence"`
	}{orNull(iv.Low), orNull(iv.High), iv.Confidence})
}

// UnmarshalJSON reads what MarshalJSON writes: a missing or null limit is infinite.
func (iv *Interval) UnmarshalJSON(data []byte) error {
	limits := struct {
		Low, High  *float64
		Confidence float64
	}{}
	if err := json.Unmarshal(data, &limits); err != nil {
		return err
	}
	*iv = unbounded()
	iv.Confidence = limits.Confidence
	if limits.Low != nil {
		iv.Low = *limits.Low
	}
	if limits.High != nil {
		iv.High = *limits.High
	}
	return nil
}

func orNull(v float64) *float64 {
	if !finite(v) {
		return nil
	}
	return &v
}
