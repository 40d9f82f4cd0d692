package scenario

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/bytesize"
)

// MarshalJSON writes the scenario as MarshalYAML does: the same keys and texts, in JSON.
func (s Scenario) MarshalJSON() ([]byte, error) {
	var form yaml.Node
	var tree any
	if err := form.Encode(s); err != nil {
		return nil, err
	}
	if err := form.Decode(&tree); err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// MarshalYAML writes the scenario back in the form of its file, every default filled
// in and lists of URLs in place: Read reads the same scenario from it.
func (s Scenario) MarshalYAML() (any, error) {
	var names []string
	for _, c := range s.Strategies {
		names = append(names, c.String())
	}
	workload := map[string]any{"tasks": s.Workload.Tasks, "timeout": s.Workload.Timeout.String()}
	if v := s.Workload.Connections; v != "" {
		workload["connections"] = string(v)
	}
	if v := s.Workload.Stack; v > 0 {
		workload["stack"] = bytesize.Format(v)
	}
	if v := s.Workload.Alloc; v > 0 {
		workload["alloc"] = bytesize.Format(v)
	}
	if v := s.Workload.Panics; len(v) > 0 {
		workload["panics"] = taskTexts(v)
	}
	measure := map[string]any{
		"rounds": s.Measure.Rounds, "warmup": s.Measure.Warmup, "seed": s.Measure.Seed,
		"error_budget": s.Measure.ErrorBudget, "margin": s.Measure.Margin, "trial_timeout": s.Measure.TrialTimeout.String(),
	}
	if v := s.Measure.Processes; v != "" {
		measure["processes"] = string(v)
	}
	if s.Measure.AutoWarmup {
		measure["warmup"] = AutoWarmup
	}
	if m := s.Measure; m.Until > 0 {
		measure["until"], measure["max_rounds"] = m.Until, m.MaxRounds
	}
	if s.Measure.NoPreflight {
		measure["preflight"] = false
	}
	if s.Measure.Screening {
		measure["screening"] = true
	}
	if m := s.Measure.MemoryLimit; m > 0 {
		measure["memory_limit"] = bytesize.Format(m)
	}
	if m := s.Measure.ThreadLimit; m > 0 {
		measure["thread_limit"] = m
	}
	out := map[string]any{
		"name":       s.Name,
		"target":     s.Target,
		"workload":   workload,
		"strategies": names,
		"measure":    measure,
	}
	if len(s.Programs) > 0 {
		programs := map[string]Program{}
		for _, p := range s.Programs {
			programs[p.Name] = p
		}
		out["programs"] = programs
	}
	if len(s.Assert) > 0 {
		var texts []string
		for _, a := range s.Assert {
			texts = append(texts, a.Text)
		}
		out["assert"] = texts
	}
	return out, nil
}
