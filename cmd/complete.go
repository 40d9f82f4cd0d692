package cmd

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/compare"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// completions complete the values of flags in a shell, by the flag's name. Every flag that takes
// a text is here, unless its command completes it or the schema of scenarios lists its values,
// as for --client.
var completions = map[string]cobra.CompletionFunc{
	"strategies": completeStrategies,
	"func": func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return scenario.FuncNames(), noFiles
	},

	"latency": begins(latency.Names(), ":"),
	"sleep":   begins(latency.Names(), ":"),
	"cpu":     begins(latency.Names(), ":"),
	"size":    begins(latency.Names(), ":"),
	"promise": begins([]string{"p99", "median", "mean"}, "<="),

	"shard":     choices("auto"),
	"chart":     files("png", "svg"),
	"warmup":    choices("0", "1", "2", scenario.AutoWarmup),
	"theme":     choices(figure.Light.Name, figure.Dark.Name),
	"request":   choices("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
	"http":      choices("1.1", "2"),
	"engine":    choices(string(config.EngineLoop), string(config.EngineNetHTTP)),
	"undecided": choices("pass", "fail"),
	"metric":    completeMetrics,
	"build":     completeCommits,

	"password-env": completeVariables,
	"bearer-env":   completeVariables,

	"urls":    files(),
	"data":    files(),
	"rows":    files("csv"),
	"cacert":  files("pem", "crt"),
	"cert":    files("pem", "crt"),
	"key":     files("pem", "key"),
	"config":  files("yaml", "yml"),
	"out":     directories,
	"package": directories,

	// Numbers with a unit, and what only the user knows.
	"url": free, "command": free, "tcp": free, "send": free, "push": free, "header": free, "user": free, "expect-status": free, "expect-contains": free,
	"rate": free, "rate-limit": free, "stack": free, "alloc": free, "memory-limit": free,
	"without": free, "limit": free, "tasks": free,
	"until": free, "error-budget": free, "tolerance": free, "max-regress": free,
	"bench": free, "benchtime": free, "addr": free, "admin-addr": free, "benchstat": free,
}

const (
	noFiles = cobra.ShellCompDirectiveNoFileComp
	goesOn  = noFiles | cobra.ShellCompDirectiveNoSpace // the value is not complete
)

var (
	free        cobra.CompletionFunc = cobra.NoFileCompletions
	directories                      = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
)

// choices are all values of a flag.
func choices(values ...string) cobra.CompletionFunc { return cobra.FixedCompletions(values, noFiles) }

// begins completes how a value begins.
func begins(names []string, end string) cobra.CompletionFunc {
	var list []string
	for _, name := range names {
		list = append(list, name+end)
	}
	return cobra.FixedCompletions(list, goesOn)
}

// files completes the names of files with these extensions, or all.
func files(extensions ...string) cobra.CompletionFunc {
	if len(extensions) == 0 {
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	}
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

// completeFlags has every flag of every command completed. What is not in completions is completed
// by the schema if it is a text, and else, as a number, by nothing.
func completeFlags(root *cobra.Command) {
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if _, own := c.GetFlagCompletionFunc(f.Name); own {
				return
			}
			complete, known := completions[f.Name]
			switch {
			case known:
			case strings.HasPrefix(f.Value.Type(), "string"):
				complete = completeBySchema(f.Name)
			default:
				complete = free
			}
			completeFlag(c, f.Name, complete)
		})
	}
}

// completeBySchema completes a flag that is a key of a scenario with the values that the schema
// lists for it.
func completeBySchema(flag string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		for _, o := range slices.Concat(overrides, requestOverrides) {
			if o.flag == flag {
				return valuesOf(scenario.Schema(), o.key), noFiles
			}
		}
		return nil, noFiles
	}
}

// valuesOf are those that a JSON Schema lists for a key, such as workload.client; nil if it lists
// none.
func valuesOf(schema map[string]any, key string) (values []string) {
	for name := range strings.SplitSeq(key, ".") {
		properties, _ := schema["properties"].(map[string]any)
		schema, _ = properties[name].(map[string]any)
	}
	switch list := schema["enum"].(type) {
	case []string:
		return list
	case []any:
		for _, v := range list {
			if text, ok := v.(string); ok {
				values = append(values, text)
			}
		}
	}
	return values
}

func completeFlag(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag does not exist: a bug in this package
	}
}

// lastOf completes the last item of a list, separated by commas.
func lastOf(typed string, names []string) (list []string) {
	before := typed[:strings.LastIndex(typed, ",")+1]
	for _, name := range names {
		list = append(list, before+name)
	}
	return list
}

// completeNames completes names of strategies.
func completeNames(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
	for _, s := range strategies.All() {
		names = append(names, cobra.CompletionWithDesc(s.Name, s.Doc))
	}
	return names, noFiles
}

// completeStrategies completes the last item of a list of strategies, which may have parameters.
func completeStrategies(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, _ := completeNames(c, args, typed)
	return lastOf(typed, names), goesOn
}

// completeMetrics completes the last item of a list of metrics to compare.
func completeMetrics(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return lastOf(typed, compare.Metrics()), goesOn
}

// completeScenarios completes the last item of a list of scenarios: those of the runs that are
// named.
func completeScenarios(_ *cobra.Command, runs []string, typed string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, dir := range runs {
		run, err := results.Open(dir)
		if err != nil {
			continue // it may be a file of benchmarks
		}
		for _, p := range run.Scenarios {
			if !slices.Contains(names, p.Scenario.Name) {
				names = append(names, p.Scenario.Name)
			}
		}
	}
	return lastOf(typed, names), goesOn
}

// completeCommits completes branches and tags of the repository here.
func completeCommits(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	refs, err := output(c.Context(), "", "git", "for-each-ref", "--format=%(refname:short)")
	if err != nil {
		return nil, noFiles // this is no repository
	}
	return append([]string{workingTree}, strings.Fields(refs)...), noFiles
}

// completeVariables completes names of environment variables.
func completeVariables(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		names = append(names, name)
	}
	return names, noFiles
}
