package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/bucket"
	"github.com/fanbench/fanbench/internal/manifest"
	"github.com/fanbench/fanbench/internal/plainfile"
)

func newShardCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "shard",
		Short: "Print what measures a scenario on several machines: Kubernetes, Slurm",
		Long: `Print what measures a scenario on several machines of a cluster, each its shard of the
rounds. fanbench has no scheduler of its own: a Job of Kubernetes or an array of Slurm
places the shards, and tries those again that were killed (docs/cluster.md).`,
		Example: `  fanbench shard manifest --help`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q for %q: want manifest", args[0], c.CommandPath())}
			}
			return c.Help()
		},
	}
	c.AddCommand(newManifestCmd())
	return c
}

func newManifestCmd() *cobra.Command {
	var o manifest.Options
	var slurm bool
	var wait time.Duration
	c := &cobra.Command{
		Use:   "manifest SCENARIO.yaml",
		Short: "Print a Kubernetes Job or a Slurm script",
		Long: `Print the Kubernetes Jobs that measure a scenario in shards, one to a node, and merge
them: YAML for kubectl apply -f -. With --slurm, a script that submits an array of jobs
on exclusive nodes, and a job that merges it.

Credentials of the bucket are named, never printed: a service account, or a secret whose
keys become environment variables.`,
		Example: `  fanbench shard manifest kitchen.yaml --shards 8 --image registry.example/fanbench-cluster:v1 --out s3://results/kitchen | kubectl apply -f -
  fanbench shard manifest kitchen.yaml --shards 8 --out file:///shared/kitchen --slurm | bash`,
		Args: exactly("one scenario file", 1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Wait = wait.String()
			text, err := printManifest(o, args[0], slurm)
			if err != nil {
				return usageError{err}
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
	c.Flags().IntVar(&o.Shards, "shards", 0, "number of shards, and so of nodes")
	c.Flags().StringVar(&o.Out, "out", "", "URL of the bucket for the shards; each measurement needs its own prefix")
	c.Flags().StringVar(&o.Name, "name", "", "name of the Jobs (default: that of the scenario)")
	c.Flags().IntVar(&o.Retries, "retries", 2, "how often a shard that was killed is tried again")
	c.Flags().StringArrayVar(&o.Flags, "flag", nil, "a further flag of fanbench run, such as --flag=--allow-remote; may be repeated")
	c.Flags().StringVar(&o.Image, "image", "", "container image that has fanbench as its entry point")
	c.Flags().IntVar(&o.CPUs, "cpus", 2, "CPUs of a shard, its own")
	c.Flags().StringVar(&o.Memory, "memory", "2Gi", "memory of a shard")
	c.Flags().StringVar(&o.ServiceAccount, "service-account", "", "service account of the pods, which may give access to the bucket")
	c.Flags().StringVar(&o.Secret, "secret", "", "secret whose keys become environment variables of the pods")
	c.Flags().StringVar(&o.Claim, "claim", "", "PersistentVolumeClaim with the directory of a file:// URL")
	c.Flags().StringToStringVar(&o.NodeSelector, "node-selector", nil, "labels of the nodes to measure on, such as node.kubernetes.io/instance-type=m7i.xlarge")
	c.Flags().DurationVar(&wait, "wait", 2*time.Hour, "how long the merge waits for the shards")
	c.Flags().BoolVar(&slurm, "slurm", false, "print a script for Slurm")
	c.Flags().StringVar(&o.Fanbench, "fanbench", "fanbench", "with --slurm, the program on the nodes")
	return c
}

// printManifest returns the manifest of a scenario's file. Its error has all mistakes.
func printManifest(o manifest.Options, file string, slurm bool) ([]byte, error) {
	text, err := plainfile.Read(file, plainfile.MaxConfig)
	if err != nil {
		return nil, err
	}
	s, _ := scenario.Read(file) // Check reports the error
	errs := []error{bench.Check([]scenario.Scenario{s}, bench.Options{Worker: []string{"fanbench"}, AllowRemote: true, Shard: results.Shard{Of: max(1, o.Shards)}})}
	if o.Shards < 1 {
		errs = append(errs, errors.New("--shards: say how many"))
	}
	if err := bucket.CheckForm(o.Out); err != nil {
		errs = append(errs, fmt.Errorf("--out: %w", err))
	}
	if o.Name == "" {
		o.Name = manifest.Name(s.Name)
	}
	if slurm {
		if o.Scenario, err = filepath.Abs(file); err != nil {
			return nil, err
		}
		if err := errors.Join(errs...); err != nil {
			return nil, err
		}
		return manifest.Slurm(o)
	}
	o.Scenario, o.File = string(text), s.Name+".yaml"
	if alone, _ := scenario.Decode(filepath.Join("nowhere", filepath.Base(file)), text); errors.Join(errs...) == nil && alone.Placed(alone.OutOfRange()) != nil {
		errs = append(errs, fmt.Errorf("%s names files beside it, which pods do not have: write their contents into it, or put them into the image and name them there", file))
	}
	if err := errors.Join(append(errs, o.Check())...); err != nil {
		return nil, err
	}
	return manifest.Kubernetes(o)
}
