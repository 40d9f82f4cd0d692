package scenario

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/strictyaml"
)

// LeftOut says what a search left out without measuring it, because it cannot win: what its
// batch takes at least is more than the best strategy took by then.
type LeftOut struct {
	Strategies []string      `json:"strategies"` // candidates
	Limit      int           `json:"limit"`      // no limit up to this one can win
	Least      time.Duration `json:"least_ns"`   // that the batch takes at this limit
	Task       time.Duration `json:"task_ns"`    // that a task takes at least on average, as measured; 0 if the scenario states the times
	Best       string        `json:"best"`       // the strategy that it cannot beat
	Takes      time.Duration `json:"takes_ns"`   // by that strategy: as measured or, if the latencies are stated, with typical ones
}

func (l *LeftOut) form() map[string]any {
	return map[string]any{
		"strategies": l.Strategies, "limit": l.Limit, "least": l.Least.String(), "task": l.Task.String(),
		"best": l.Best, "takes": l.Takes.String(),
	}
}

func decodeLeftOut(d *strictyaml.Decoder, n *yaml.Node) *LeftOut {
	var l LeftOut
	const what = "measure.left_out"
	d.Object(n, what, strictyaml.Fields{
		"strategies": func(n *yaml.Node) {
			for _, item := range d.List(n, what+".strategies") {
				l.Strategies = append(l.Strategies, d.String(item, what+".strategies"))
			}
		},
		"limit": func(n *yaml.Node) { l.Limit = d.Int(n, what+".limit", 1, MaxTasks) },
		"least": func(n *yaml.Node) { l.Least = anyDuration(d, n, what+".least") },
		"task":  func(n *yaml.Node) { l.Task = anyDuration(d, n, what+".task") },
		"best":  func(n *yaml.Node) { l.Best = d.String(n, what+".best") },
		"takes": func(n *yaml.Node) { l.Takes = anyDuration(d, n, what+".takes") },
	})
	return &l
}
