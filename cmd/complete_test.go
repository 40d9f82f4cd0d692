package cmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// Every flag that takes a value has a completion, which may be that it completes nothing; and no
// flag is completed that does not exist.
func TestEveryFlagIsCompleted(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Root().Commands() {
		if c.Name() == "completion" || c.Name() == "help" { // cobra's
			continue
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			seen[f.Name] = true
			complete, ok := c.GetFlagCompletionFunc(f.Name)
			if !ok && f.Name != "help" {
				t.Errorf("%s --%s has no completion", c.Name(), f.Name)
			}
			_, known := completions[f.Name]
			if !ok || known || !strings.HasPrefix(f.Value.Type(), "string") {
				return
			}
			if list, directive := complete(c, nil, ""); len(list) == 0 && directive == cobra.ShellCompDirectiveNoFileComp {
				t.Errorf("%s --%s is completed by the schema, which lists no values for it: add it to completions", c.Name(), f.Name)
			}
		})
	}
	for name := range completions {
		if !seen[name] {
			t.Errorf("completions has --%s, which no command has", name)
		}
	}
}

// What is offered for a flag whose value is one of a list is what the flag takes, and all of it.
func TestCompletionsAreAccepted(t *testing.T) {
	offered := func(command, flag, typed string) []string {
		c, _, err := Root().Find([]string{command})
		if err != nil {
			t.Fatal(err)
		}
		complete, ok := c.GetFlagCompletionFunc(flag)
		if !ok {
			t.Fatalf("%s --%s is not completed", command, flag)
		}
		list, directive := complete(c, nil, typed)
		if directive&cobra.ShellCompDirectiveNoFileComp == 0 {
			t.Errorf("%s --%s completes files too", command, flag)
		}
		for i := range list {
			list[i], _, _ = strings.Cut(list[i], "\t")
		}
		return list
	}
	for _, c := range []struct {
		command, flag string
		accepts       func(string) error
	}{
		{"run", "client", func(v string) error { _, err := scenario.ParseClient(v); return err }},
		{"run", "connections", func(v string) error { _, err := scenario.ParseConnections(v); return err }},
		{"run", "processes", func(v string) error { _, err := scenario.ParseProcesses(v); return err }},
		{"run", "figure", func(v string) error { _, err := scenario.ParseFigure(v); return err }},
		{"run", "warmup", func(v string) error { _, err := parseWarmup(v); return err }},
		{"run", "format", func(v string) error { _, err := reportFormats.named(v); return err }},
		{"compare", "format", func(v string) error { _, err := compareFormats.named(v); return err }},
		{"doctor", "format", func(v string) error { _, err := doctorFormats.named(v); return err }},
		{"advise", "format", func(v string) error { _, err := adviceFormats.named(v); return err }},
		{"semantics", "format", func(v string) error { _, err := semanticsFormats.named(v); return err }},
		{"list", "format", func(v string) error { _, err := listFormats.named(v); return err }},
		{"run", "theme", func(v string) error { f := reportFlags{format: "text"}; f.Theme = v; return f.Check() }},
		{"run", "strategies", func(v string) error { _, err := scenario.ParseStrategies([]string{v}); return err }},
		{"semantics", "strategies", func(v string) error { _, err := scenario.ParseStrategies([]string{v}); return err }},
	} {
		list := offered(c.command, c.flag, "")
		if len(list) < 2 {
			t.Errorf("%s --%s offers only %q", c.command, c.flag, list)
		}
		for _, v := range list {
			if err := c.accepts(v); err != nil {
				t.Errorf("%s --%s offers %s: %v", c.command, c.flag, v, err)
			}
		}
	}
	if got := offered("run", "latency", ""); len(got) != len(latency.Names()) || !slices.Contains(got, "lognormal:") {
		t.Errorf("distributions: %q", got)
	}
	if got := offered("compare", "metric", "cpu,"); !slices.Contains(got, "cpu,makespan") {
		t.Errorf("metrics: %q", got)
	}
	if got := offered("serve", "engine", ""); len(got) != 2 {
		t.Errorf("engines: %q", got)
	}
}
