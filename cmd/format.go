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

// formats are a command's output formats for T, keyed by the value of --format.
type formats[T any] map[string]func(w io.Writer, v T) error

// flag adds --format to a command, text unless it is given.
func (f formats[T]) flag(c *cobra.Command, to *string) {
	names := slices.Sorted(maps.Keys(f))
	c.Flags().StringVar(to, "format", "text", "output format: "+strings.Join(names, ", "))
	completeFlag(c, "format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// named returns the format of that name, or an error that lists the known ones.
func (f formats[T]) named(name string) (func(w io.Writer, v T) error, error) {
	if write, ok := f[name]; ok {
		return write, nil
	}
	return nil, fmt.Errorf("--format: %w", suggest.Unknown("format", name, slices.Sorted(maps.Keys(f))))
}

// writeJSON is the JSON format of every command.
func writeJSON[T any](w io.Writer, v T) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
