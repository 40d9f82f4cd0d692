package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/suggest"
)

// formats are the forms in which a command prints T, by the names that --format takes.
type formats[T any] map[string]func(w io.Writer, v T) error

// flag adds --format to a command, text unless it is given.
func (f formats[T]) flag(c *cobra.Command, to *string) {
	names := slices.Sorted(maps.Keys(f))
	c.Flags().StringVar(to, "format", "text", "of the output: "+strings.Join(names, ", "))
	completeFlag(c, "format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// named is the form of that name.
func (f formats[T]) named(name string) (func(w io.Writer, v T) error, error) {
	if write, ok := f[name]; ok {
		return write, nil
	}
	return nil, fmt.Errorf("--format: %w", suggest.Unknown("format", name, slices.Sorted(maps.Keys(f))))
}

// writeJSON is the form of all that is printed as JSON.
func writeJSON[T any](w io.Writer, v T) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
