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
	out := map[string]any{
		"name":       s.Name,
		"target":     s.Target,
		"workload":   s.Workload.form(),
		"strategies": names,
		"measure":    s.Measure.form(),
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

func (w Workload) form() map[string]any {
	out := map[string]any{"tasks": taskCount(w.Tasks, w.Sizes), "timeout": w.Timeout.String()}
	if w.Connections != "" {
		out["connections"] = string(w.Connections)
	}
	if w.Client != "" {
		out["client"] = string(w.Client)
	}
	if w.Stack > 0 {
		out["stack"] = bytesize.Format(w.Stack)
	}
	if w.Alloc > 0 {
		out["alloc"] = bytesize.Format(w.Alloc)
	}
	if w.Nested > 0 {
		out["nested"] = w.Nested
	}
	if len(w.Panics) > 0 {
		out["panics"] = taskTexts(w.Panics)
	}
	if a := w.Arrivals; a != nil {
		form := a.form()
		form["for"], form["warmup"] = a.For.String(), a.Warmup.String()
		out["arrivals"] = form
	}
	if len(w.Tenants) > 0 {
		list := make([]any, len(w.Tenants))
		for i, t := range w.Tenants {
			list[i] = t.form()
		}
		out["tenants"] = list
	}
	if w.Deadline > 0 {
		out["deadline"] = w.Deadline.String()
	}
	return out
}

func (m Measurement) form() map[string]any {
	out := map[string]any{
		"rounds": m.Rounds, "warmup": m.Warmup, "seed": m.Seed,
		"error_budget": m.ErrorBudget, "margin": m.Margin, "trial_timeout": m.TrialTimeout.String(),
	}
	if m.Processes != "" {
		out["processes"] = string(m.Processes)
	}
	if m.AutoWarmup {
		out["warmup"] = AutoWarmup
	}
	if m.Until > 0 {
		out["until"], out["max_rounds"] = m.Until, m.MaxRounds
	}
	if m.Figure != "" {
		out["figure"] = string(m.Figure)
	}
	if m.Promise != (Promise{}) {
		out["promise"] = m.Promise.String()
	}
	if m.NoPreflight {
		out["preflight"] = false
	}
	if m.Screening {
		out["screening"] = true
	}
	if m.LeftOut != nil {
		out["left_out"] = m.LeftOut.form()
	}
	if m.MemoryLimit > 0 {
		out["memory_limit"] = bytesize.Format(m.MemoryLimit)
	}
	if m.ThreadLimit > 0 {
		out["thread_limit"] = m.ThreadLimit
	}
	return out
}
