package scenario

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/quote"
)

// Figure is the figure of a phase of load by which strategies are compared. All figures are
// times, and less is better.
type Figure string

// The figures of a phase.
const (
	ResponseP99    Figure = "p99"
	ResponseMedian Figure = "median"
	ResponseMean   Figure = "mean"
	// InSystem is the mean number of batches in the system, over the rate of arrivals. By
	// Little's law, this is the mean time in the system.
	InSystem Figure = "in-system"
	// Goodput is the window over the number of its batches that were completed within the
	// deadline: the mean time between two of them.
	Goodput Figure = "goodput"
)

var figures = []Figure{ResponseP99, ResponseMedian, ResponseMean, InSystem, Goodput}

// ParseFigure reads the name of a figure.
func ParseFigure(text string) (Figure, error) {
	if f := Figure(text); slices.Contains(figures, f) {
		return f, nil
	}
	return "", fmt.Errorf("%s is not a figure of a phase of load; use p99, median, mean, in-system or goodput", quote.Text(text))
}

// batches is how many batches a window should have on average, so that all but one in a
// thousand have enough for the figure: a p99 takes 368, and a median that says anything 20.
func (f Figure) batches() float64 {
	if f == ResponseP99 || f == "" {
		return 430
	}
	return 30
}

// Label is the figure in words, of a batch.
func (f Figure) Label() string {
	switch f {
	case ResponseMedian:
		return "median response time"
	case ResponseMean:
		return "mean response time"
	case InSystem:
		return "mean time in the system"
	case Goodput:
		return "time per good batch"
	}
	return "p99 response time"
}
