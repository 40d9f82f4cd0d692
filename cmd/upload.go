package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/bucket"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/version"
)

func newUploadCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "upload RUN URL",
		Short: "Send a shard to a bucket after its own upload has failed",
		Long: `Send a shard to a bucket: what fanbench run --out URL does once it has measured, for a
shard whose upload has failed. If another attempt at the shard is there already, that one
counts.

Exit status: 0 ok; 1 the upload failed; 2 RUN is no complete shard, or URL no bucket.`,
		Example: "  fanbench upload reports/runs/20261123T081500Z-kitchen s3://results/kitchen",
		Args:    exactly("the run directory of a shard, and the URL of a bucket", 2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := bucket.Check(args[1]); err != nil {
				return usageError{err}
			}
			run, err := results.Open(args[0])
			switch {
			case err != nil:
				return usageError{err}
			case len(run.Findings) > 0:
				return usageError{fmt.Errorf("%s is damaged: %v", args[0], run.Findings[0])}
			case run.Shard.Attempt == "":
				return usageError{fmt.Errorf("%s is no shard: it was not measured with --shard, and not with --out URL", args[0])}
			case !run.Held():
				return usageError{fmt.Errorf("%s is %s: only a complete shard counts, so measure it again", args[0], run.Status)}
			}
			b, err := bucket.Open(c.Context(), args[1])
			if err != nil {
				return usageError{err}
			}
			return errors.Join(send(c.Context(), c.ErrOrStderr(), b, run), b.Close())
		},
	}
}

// send uploads a shard. That another attempt was first is no error.
func send(ctx context.Context, stderr io.Writer, b *bucket.Bucket, run *results.Run) error {
	told := int64(-1)
	err := b.Upload(ctx, run, func(sent, all int64) {
		if tenth := 10 * sent / max(1, all); tenth > told {
			told = tenth
			fmt.Fprintf(stderr, "uploading to %s: %s of %s\n", b.Name(), quantity.Bytes(float64(sent)), quantity.Bytes(float64(all)))
		}
	})
	var complete *bucket.CompleteError
	if errors.As(err, &complete) {
		fmt.Fprintf(stderr, "%v; this one counts for nothing\n", complete)
		return nil
	}
	if err != nil {
		return fmt.Errorf("uploading failed: %w\nthe shard is kept in %s; send it with: fanbench upload %s '%s'", err, run.Dir, run.Dir, b.Name())
	}
	fmt.Fprintf(stderr, "shard %v is complete in %s\n", run.Shard, b.Name())
	return nil
}

// toBucket is run with a bucket to send the shard to. It does not measure a shard that is
// complete already, as one that Kubernetes started twice may be.
func (f *runFlags) toBucket(c *cobra.Command, scenarios []scenario.Scenario, o bench.Options) error {
	if o.Shard.Attempt == "" {
		o.Shard.Attempt = bench.NewAttempt(os.Getenv)
	}
	ctx := c.Context()
	b, err := bucket.Open(ctx, f.out)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.Reach(ctx); err != nil {
		return fmt.Errorf("nothing was measured: %w", err)
	}
	switch there, err := b.Complete(ctx, o.Shard); {
	case err != nil: // a shard may be allowed to write only
		fmt.Fprintf(c.ErrOrStderr(), "warning: cannot tell whether the shard is complete already: %v\n", err)
	case there == nil:
	case there.Measurement != results.Measurement(version.String(), scenarios):
		return usageError{bucket.OtherMeasurementError(b.Name(), there.Measurement, results.Measurement(version.String(), scenarios))}
	default:
		fmt.Fprintf(c.ErrOrStderr(), "%v: nothing to measure\n", &bucket.CompleteError{Shard: there.Shard})
		return nil
	}
	return f.run(c, scenarios, o, b)
}
