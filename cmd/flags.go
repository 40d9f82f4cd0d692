package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanbench/fanbench/internal/suggest"
)

// wanted describes the value of each type of flag.
var wanted = map[string]string{
	"int":         "a whole number",
	"uint64":      "a whole number of at least 0",
	"duration":    "a duration such as 2s, 150ms or 1300us",
	"bool":        "true or false",
	"stringSlice": "a list, separated by commas",
	"string":      "a text",
}

// plainFlagError rewords the command-line mistakes that the flag library finds: the library
// prints the texts of strconv.
func plainFlagError(c *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &value):
		f := value.GetFlag()
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("--%s: %s is out of range", f.Name, value.GetValue())
		}
		return fmt.Errorf("--%s: %q is not %s", f.Name, value.GetValue(), wanted[f.Value.Type()])
	case errors.As(err, &missing):
		f := missing.GetFlag()
		return fmt.Errorf("--%s: a value is missing, %s", f.Name, wanted[f.Value.Type()])
	case errors.As(err, &unknown):
		if short := unknown.GetSpecifiedShortnames(); short != "" {
			return fmt.Errorf("unknown flag: -%s", unknown.GetSpecifiedName())
		}
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				known = append(known, f.Name)
			}
		})
		guess := ""
		if near := suggest.Nearest(unknown.GetSpecifiedName(), known); near != "" {
			guess = fmt.Sprintf("; did you mean --%s?", near)
		}
		return fmt.Errorf("unknown flag: --%s%s", unknown.GetSpecifiedName(), guess)
	}
	return err
}

// exclusive allows at most one of the flags.
func exclusive(c *cobra.Command, names ...string) {
	c.MarkFlagsMutuallyExclusive(names...) // for completion; the check below comes first, with a plainer error
	before := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		var given []string
		for _, name := range names {
			if c.Flags().Changed(name) {
				given = append(given, "--"+name)
			}
		}
		if len(given) > 1 {
			return fmt.Errorf("%s: give one of them only", strings.Join(given, ", "))
		}
		if before == nil {
			return nil
		}
		return before(c, args)
	}
}

// noArguments rejects arguments.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, only flags; %q is one too many", c.CommandPath(), args[0])
	}
	return nil
}

// exactly requires n arguments; what describes them in the error.
func exactly(what string, n int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("name %s, not %d", what, len(args))
		}
		return nil
	}
}
