package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/bucket"
)

func newMergeCmd() *cobra.Command {
	var o reportFlags
	var out string
	var without []string
	var wait time.Duration
	var shards int
	c := &cobra.Command{
		Use:   "merge SHARD...",
		Short: "Make one run of the shards that machines have measured",
		Long: `Make one run of the shards that machines have measured with fanbench run --shard, and
report on it. SHARD is a run directory, or a directory or the URL of a bucket in which
fanbench has put shards, such as s3://bucket/prefix.

The run has the rounds of all shards, with their records, and every command reads it like
any other. Of a shard that was measured twice, the first complete one counts. Without a
shard the run is partial. Shards of another scenario, seed, fanbench or Go are refused;
machines may differ. Shards are verified first, and nothing in them is executed.

Exit status: 0 ok; 1 a shard is missing, or a strategy failed; 2 these shards cannot be
merged; 3 an assertion failed; 4 a shard is invalid, or an assertion is inconclusive.`,
		Example: `  fanbench merge shard-0 shard-1 shard-2
  fanbench merge file:///shared/kitchen --out reports/runs/fleet
  fanbench merge s3://results/kitchen`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the shards to merge: their run directories, or the bucket that has them")
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.Check(); err != nil {
				return usageError{err}
			}
			if wait > 0 && shards == 0 {
				return usageError{errors.New("--wait: say with --shards for how many")}
			}
			sources, notes, done, err := collect(c.Context(), args, func(b *bucket.Bucket) error {
				return await(c, b, shards, wait)
			})
			defer done()
			if err != nil {
				return usageError{err}
			}
			command := append([]string{c.Root().Name()}, withoutSecrets(os.Args[1:])...)
			run, err := results.Merge(results.MergeOptions{Dir: out, Command: command, Warnings: notes}, sources)
			if err != nil {
				return usageError{err}
			}
			if err := run.Without(without...); err != nil {
				return usageError{fmt.Errorf("--without: %w", err)}
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
	c.Flags().StringSliceVar(&without, "without", nil, "machines to leave out of the report, separated by commas; the run keeps them")
	c.Flags().DurationVar(&wait, "wait", 0, "wait this long for shards that a bucket does not have yet")
	c.Flags().IntVar(&shards, "shards", 0, "with --wait, the number of shards")
	addReportFlags(c, &o)
	reportFormats.flag(c, &o.format)
	completeFlag(c, "out", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
	return c
}

// collect returns the shards of the arguments. Those of buckets are copied to this machine, until
// done is called.
func collect(ctx context.Context, args []string, await func(*bucket.Bucket) error) (sources []results.Source, notes []string, done func(), err error) {
	temp := ""
	done = func() {
		if temp != "" {
			_ = os.RemoveAll(temp)
		}
	}
	var errs []error
	for i, arg := range args {
		b, err := bucketOf(ctx, arg)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if b == nil {
			sources = append(sources, results.Source{Dir: arg, Name: filepath.ToSlash(arg)})
			continue
		}
		if temp == "" {
			if temp, err = os.MkdirTemp("", "fanbench-merge-"); err != nil {
				return nil, nil, done, err
			}
		}
		into := filepath.Join(temp, strconv.Itoa(i))
		err = errors.Join(os.Mkdir(into, 0o755), await(b))
		if err == nil {
			var found bucket.Found
			found, err = b.Download(ctx, into)
			sources, notes = append(sources, found.Sources...), append(notes, found.Notes...)
		}
		errs = append(errs, err, b.Close())
	}
	return sources, notes, done, errors.Join(errs...)
}

// await waits for the shards of a bucket, and tells how many are there.
func await(c *cobra.Command, b *bucket.Bucket, shards int, patience time.Duration) error {
	if patience == 0 {
		return nil
	}
	return b.Await(c.Context(), shards, patience, awaitPause, func(complete int) {
		fmt.Fprintf(c.ErrOrStderr(), "%d of %d shards are complete\n", complete, shards)
	})
}

// awaitPause is the time between two looks at a bucket.
const awaitPause = 10 * time.Second

// bucketOf opens the bucket that an argument names, nil if it is a run directory.
func bucketOf(ctx context.Context, arg string) (*bucket.Bucket, error) {
	if bucket.IsURL(arg) {
		return bucket.Open(ctx, arg)
	}
	if info, err := os.Stat(filepath.Join(arg, "shards")); err == nil && info.IsDir() {
		return bucket.OpenDir(arg)
	}
	return nil, nil
}
