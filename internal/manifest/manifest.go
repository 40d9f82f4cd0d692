// Package manifest writes what runs the shards of a scenario on a cluster: a Job of Kubernetes, as
// YAML for kubectl apply -f -, or a script that submits an array to Slurm. It links no client of
// either. It may import internal packages.
//
// Both measure one shard on a node at a time, with CPUs of its own; both try a shard again that
// was killed, and not one that has come to a result; and both merge when the shards are done.
package manifest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Options describe the shards.
type Options struct {
	Name     string // of the Job, and of all that goes with it
	Shards   int
	Out      string   // URL of the bucket
	Retries  int      // of a shard that was killed
	Flags    []string // further ones of fanbench run
	Scenario string   // the file's text, for Kubernetes, or its path, for Slurm

	// Of Kubernetes.
	File           string // name of the scenario's file in pods, from which a scenario without a name takes its own
	Image          string
	CPUs           int
	Memory         string
	ServiceAccount string // "" for the namespace's own
	Secret         string // whose keys become environment variables; "" for none
	Claim          string // a PersistentVolumeClaim that has the directory of a file:// URL
	NodeSelector   map[string]string
	Wait           string // how long the merge waits for shards: a duration

	// Of Slurm.
	Fanbench string // the program, on every node
}

// Names are those of labels in DNS, as Kubernetes wants them: RFC 1123. A pod's name has its Job's,
// its index and five characters more.
var (
	nameForm   = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)
	memoryForm = regexp.MustCompile(`^[1-9][0-9]*(Ki|Mi|Gi|Ti|k|M|G|T)$`)
)

const longestName = 45

// Name makes a name of any text.
func Name(text string) string {
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(text), "-"), "-")
	if name == "" || name[0] < 'a' {
		name = strings.Trim("fan-"+name, "-")
	}
	return strings.TrimRight(name[:min(len(name), longestName)], "-")
}

// Check returns the mistakes in the options of Kubernetes.
func (o Options) Check() error {
	var errs []error
	bad := func(flag, format string, args ...any) {
		errs = append(errs, fmt.Errorf("--"+flag+": "+format, args...))
	}
	for _, n := range []struct{ flag, name string }{{"name", o.Name}, {"service-account", o.ServiceAccount}, {"secret", o.Secret}, {"claim", o.Claim}} {
		if n.name != "" && (!nameForm.MatchString(n.name) || len(n.name) > longestName) {
			bad(n.flag, "%q: use up to %d small letters, digits and '-', the first a letter", n.name, longestName)
		}
	}
	if o.Image == "" || strings.ContainsAny(o.Image, " \t\n") {
		bad("image", "name the container image that has fanbench, such as registry.example/fanbench-cluster:v1")
	}
	if o.CPUs < 1 {
		bad("cpus", "%d: a shard needs at least one whole CPU", o.CPUs)
	}
	if !memoryForm.MatchString(o.Memory) {
		bad("memory", "%q: write it as Kubernetes does, such as 2Gi", o.Memory)
	}
	file := strings.HasPrefix(o.Out, "file://")
	if file && o.Claim == "" {
		bad("claim", "name the PersistentVolumeClaim that has the directory of %s", o.Out)
	}
	if !file && o.Claim != "" {
		bad("claim", "is for a file:// URL")
	}
	return errors.Join(errs...)
}
