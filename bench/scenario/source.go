package scenario

import (
	"fmt"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// source records where a scenario was written.
type source struct {
	strictyaml.Source
	strategies []int // of each strategy: which element of the file's list it comes from
}

// SetBy records that the value of a key, such as workload.tasks, comes from elsewhere than
// the scenario's file, such as the flag --tasks, so that errors name that.
func (s *Scenario) SetBy(origin, key string) {
	var next source // copies of the scenario share theirs
	if s.source != nil {
		next = *s.source
	}
	next.Source.SetBy(origin, key)
	if key == "strategies" {
		next.strategies = nil
	}
	s.source = &next
}

// Placed returns the errors and the mistakes of the scenario's file, each with its position.
func (s Scenario) Placed(found keyed.List) error {
	from := s.source
	if from == nil {
		from = &source{}
	}
	return from.Place(fmt.Sprintf("scenario %q: ", s.Name), found)
}
