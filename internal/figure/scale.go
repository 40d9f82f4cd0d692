package figure

import (
	"math"
)

// Scale maps values to positions on a canvas.
type Scale struct {
	Min, Max float64 // values
	From, To float64 // positions of Min and Max, points
	Log      bool
}

// Linear is a scale from 0, or from the least value if that is negative, to the greatest, with
// some space beyond it.
func Linear(least, most, from, to float64) Scale {
	least = math.Min(0, least)
	if !(most > least) {
		most = least + 1
	}
	return Scale{Min: least, Max: most + 0.03*(most-least), From: from, To: to}
}

// Logarithmic is a scale between two positive values, with some space on both sides. Values that
// are not positive count as the least.
func Logarithmic(least, most, from, to float64) Scale {
	if !(least > 0) {
		least = math.Max(most, 1) / 1000
	}
	if !(most > least) {
		least, most = least/2, least*2
	}
	room := math.Pow(most/least, 0.04)
	return Scale{Min: least / room, Max: most * room, From: from, To: to, Log: true}
}

// Wide reports whether values are so far apart, a factor of more than ten, that a linear scale
// would hide the small ones. least must not be negative.
func Wide(least, most float64) bool { return least > 0 && most > 10*least }

// At is the position of a value. A value outside the scale is at its end.
func (s Scale) At(v float64) float64 {
	var part float64
	if s.Log {
		part = math.Log(math.Max(v, s.Min)/s.Min) / math.Log(s.Max/s.Min)
	} else {
		part = (v - s.Min) / (s.Max - s.Min)
	}
	if math.IsNaN(part) {
		part = 0
	}
	return s.From + math.Min(math.Max(part, 0), 1)*(s.To-s.From)
}

// Ticks returns round values within the scale, about count of them.
func (s Scale) Ticks(count int) []float64 {
	if s.Log {
		return s.logTicks(count)
	}
	step := niceStep((s.Max - s.Min) / float64(max(count, 1)))
	var out []float64
	for i := math.Ceil(s.Min / step); i*step <= s.Max; i++ {
		out = append(out, i*step)
	}
	return out
}

// niceStep is the smallest of 1, 2 and 5 times a power of ten that is at least v.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks returns the powers of ten. If they are few, it adds 2 and 5 times them. If they are
// many, it returns only every second or third.
func (s Scale) logTicks(count int) []float64 {
	decades := math.Log10(s.Max / s.Min)
	factors, every := []float64{1}, 1
	switch {
	case decades < 0.7:
		return Scale{Min: s.Min, Max: s.Max}.Ticks(count)
	case 3*decades <= float64(count):
		factors = []float64{1, 2, 5}
	case 2*decades <= float64(count):
		factors = []float64{1, 3}
	case decades > float64(count):
		every = int(math.Ceil(decades / float64(max(count, 1))))
	}
	var out []float64
	for e := int(math.Floor(math.Log10(s.Min))); e <= int(math.Ceil(math.Log10(s.Max))); e++ {
		if e%every != 0 {
			continue
		}
		for _, f := range factors {
			if v := f * math.Pow(10, float64(e)); v >= s.Min && v <= s.Max {
				out = append(out, v)
			}
		}
	}
	return out
}
