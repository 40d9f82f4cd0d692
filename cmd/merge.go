package cmd

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench/results"
)

func newMergeCmd() *cobra.Command {
	var o reportFlags
	var out string
	c := &cobra.Command{
		Use:   "merge SHARD...",
		Short: "Make one run of the shards that machines have measured",
		Long: `Make one run of the shards that machines have measured with fanbench run --shard, and
report on it. SHARD is a run directory.

The run has the rounds of all shards, with their records, and every command reads it like
any other. Of a shard that was measured twice, the first complete one counts. Without a
shard the run is partial. Shards of another scenario, seed, fanbench or Go are refused;
machines may differ. Shards are verified first, and nothing in them is executed.

Exit status: 0 ok; 1 a shard is missing, or a strategy failed; 2 these shards cannot be
merged; 3 an assertion failed; 4 a shard is invalid, or an assertion is inconclusive.`,
		Example: `  fanbench merge shard-0 shard-1 shard-2
  fanbench merge --out reports/runs/fleet shards/*`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the shards to merge: their run directories")
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.Check(); err != nil {
				return usageError{err}
			}
			var sources []results.Source
			for _, arg := range args {
				sources = append(sources, results.Source{Dir: arg, Name: filepath.ToSlash(arg)})
			}
			command := append([]string{c.Root().Name()}, withoutSecrets(os.Args[1:])...)
			run, err := results.Merge(out, sources, command)
			if err != nil {
				return usageError{err}
			}
			if out == "" {
				if err := results.PointLatest(run.Dir); err != nil {
					run.Warnings = append(run.Warnings, err.Error())
				}
			}
			return render(c, run, o, true)
		},
	}
	c.Flags().StringVar(&out, "out", "", "run directory to create (default "+results.DefaultRuns+"/<UTC time>-<scenario>)")
	addReportFlags(c, &o)
	reportFormats.flag(c, &o.format)
	completeFlag(c, "out", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
	return c
}
