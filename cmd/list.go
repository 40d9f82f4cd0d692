package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/internal/suggest"
	"github.com/fanbench/fanbench/strategies"
)

func newListCmd() *cobra.Command {
	var asJSON bool
	var format string
	c := &cobra.Command{
		Use:   "list [STRATEGY ...]",
		Short: "List the strategies, with their parameters and traits",
		Long: `List all strategies, or the named ones. For each: its parameters
with default and range, what it does when a task fails, panics or calls
runtime.Goexit and when the batch is cancelled, and the library and version that it
uses. 'fanbench semantics' measures what is declared here.`,
		Example: `  fanbench list
  fanbench list errgroup fixed-pool
  fanbench list --format json`,
		ValidArgsFunction: completeNames,
		RunE: func(c *cobra.Command, names []string) error {
			specs, err := named(names)
			if err != nil {
				return usageError{err}
			}
			if asJSON {
				format = "json"
			}
			write, err := listFormats.named(format)
			if err != nil {
				return usageError{err}
			}
			return write(c.OutOrStdout(), specs)
		},
	}
	listFormats.flag(c, &format)
	c.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	exclusive(c, "json", "format")
	return c
}

// listFormats are the output formats of the list.
var listFormats = formats[[]strategies.Spec]{
	"text": func(w io.Writer, specs []strategies.Spec) error {
		on := screen.Of(w)
		for _, s := range specs {
			if _, err := io.WriteString(w, describe(on, s)); err != nil {
				return err
			}
		}
		return nil
	},
	"json": func(w io.Writer, specs []strategies.Spec) error { return writeJSON(w, listed(specs)) },
}

// named returns the strategies of these names, without parameters, or all. Its error names
// every unknown one.
func named(names []string) ([]strategies.Spec, error) {
	all := strategies.All()
	if len(names) == 0 {
		return all, nil
	}
	known := make([]string, len(all))
	for i, s := range all {
		known[i] = s.Name
	}
	var specs []strategies.Spec
	var errs []error
	for _, name := range names {
		name, _, _ = strings.Cut(name, ":")
		if i := slices.Index(known, name); i >= 0 {
			specs = append(specs, all[i])
		} else {
			errs = append(errs, suggest.Unknown("strategy", name, known))
		}
	}
	return specs, errors.Join(errs...)
}

// describe writes a strategy as text.
func describe(on screen.Screen, s strategies.Spec) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s\n", s.Name, on.Hang("    ", s.Doc))
	line := func(name, text string) { fmt.Fprintln(&out, on.Hang(fmt.Sprintf("    %-12s ", name), text)) }
	for _, p := range s.Params {
		fallback := "default " + p.Format(p.Default)
		if p.Optional {
			fallback = "optional"
		}
		line(p.Name, fmt.Sprintf("%s, %s: %s", fallback, p.Range(), p.Doc))
	}
	traits := s.Traits
	line("limit per", string(s.Defaults().Scope()))
	line("on error", fmt.Sprintf("%s; returns %s of the errors", traits.OnError, traits.Reports))
	line("on panic", string(traits.OnPanic))
	line("on cancel", string(traits.OnCancel))
	line("on Goexit", string(traits.OnGoexit))
	var also []string
	for _, a := range []struct {
		is   bool
		text string
	}{
		{traits.KeepsOrder, "results in task order"},
		{traits.Adaptive, "adapts its concurrency limit"},
		{traits.ReturnsEarly, "may return while tasks are running"},
		{traits.Concurrent, "takes batches that overlap"},
		{traits.Rejects, "may reject a batch while others are in progress"},
	} {
		if a.is {
			also = append(also, a.text)
		}
	}
	if len(also) > 0 {
		line("besides", strings.Join(also, "; "))
	}
	if s.Source != "" {
		line("uses", s.Source)
	}
	return out.String() + "\n"
}

// listedStrategy is a strategy as the format json has it.
type listedStrategy struct {
	Name   string        `json:"name"`
	Doc    string        `json:"doc"`
	Params []listedParam `json:"params"`
	Traits listedTraits  `json:"traits"`
	Limit  string        `json:"limit_per"`        // scope of the limit when batches overlap: batch, process or none
	Source string        `json:"source,omitempty"` // module and version; empty: standard library only
}

// listedParam has values as a user writes them: 8, 50ms, 95%.
type listedParam struct {
	Name    string `json:"name"`
	Doc     string `json:"doc"`
	Default string `json:"default,omitempty"` // empty if the parameter is optional
	Min     string `json:"min"`
	Max     string `json:"max"`
}

type listedTraits struct {
	OnError      strategies.Reaction `json:"on_error"`
	Reports      strategies.Report   `json:"reports"`
	OnPanic      strategies.Reaction `json:"on_panic"`
	OnCancel     strategies.Reaction `json:"on_cancel"`
	OnGoexit     strategies.Reaction `json:"on_goexit"`
	KeepsOrder   bool                `json:"keeps_order"`
	Adaptive     bool                `json:"adaptive"`
	ReturnsEarly bool                `json:"returns_early"`
	Concurrent   bool                `json:"concurrent"`
	Rejects      bool                `json:"rejects"`
}

func listed(specs []strategies.Spec) []listedStrategy {
	out := make([]listedStrategy, 0, len(specs))
	for _, s := range specs {
		t := s.Traits
		l := listedStrategy{
			Name: s.Name, Doc: s.Doc, Source: s.Source, Params: []listedParam{}, Limit: string(s.Defaults().Scope()),
			Traits: listedTraits{t.OnError, t.Reports, t.OnPanic, t.OnCancel, t.OnGoexit, t.KeepsOrder, t.Adaptive, t.ReturnsEarly, t.Concurrent, t.Rejects},
		}
		for _, p := range s.Params {
			param := listedParam{Name: p.Name, Doc: p.Doc, Min: p.Format(p.Min), Max: p.Format(p.Max)}
			if !p.Optional {
				param.Default = p.Format(p.Default)
			}
			l.Params = append(l.Params, param)
		}
		out = append(out, l)
	}
	return out
}
