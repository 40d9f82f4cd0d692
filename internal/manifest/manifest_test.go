package manifest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/needs"
)

func options() Options {
	return Options{
		Name: "kitchen", Shards: 8, Out: "s3://results/kitchen", Retries: 2, Scenario: "name: \"kitchen\"\n# 'quoted': {{ }} $HOME\n", File: "kitchen.yaml",
		Image: "registry.example/fanbench:v1", CPUs: 2, Memory: "2Gi", Secret: "bucket", Wait: "1h0m0s", Fanbench: "fanbench",
	}
}

// documents are the manifests as Kubernetes reads them.
func documents(t *testing.T, o Options) (out []map[string]any) {
	t.Helper()
	text, err := Kubernetes(o)
	if err != nil {
		t.Fatal(err)
	}
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document map[string]any
		if err := d.Decode(&document); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, document)
	}
}

// at returns the value at a path such as spec.template.spec.containers.0.image.
func at(t *testing.T, value any, path string) any {
	t.Helper()
	for key := range strings.SplitSeq(path, "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			value = v[int(key[0]-'0')]
		default:
			t.Fatalf("%s: nothing at %s", path, key)
		}
	}
	return value
}

func TestKubernetes(t *testing.T) {
	o := options()
	d := documents(t, o)
	if len(d) != 3 || d[0]["kind"] != "ConfigMap" || d[1]["kind"] != "Job" || d[2]["kind"] != "Job" {
		t.Fatalf("%v", d)
	}
	if got := at(t, d[0], "data/kitchen.yaml"); got != o.Scenario {
		t.Errorf("the scenario is %q", got)
	}
	const pod = "spec/template/spec"
	for path, want := range map[string]any{
		"spec/completionMode":                                    "Indexed",
		"spec/completions":                                       8,
		"spec/parallelism":                                       8,
		"spec/backoffLimitPerIndex":                              2,
		"spec/podReplacementPolicy":                              "Failed",
		"spec/podFailurePolicy/rules/0/onExitCodes/values/0":     2,
		pod + "/restartPolicy":                                   "Never",
		pod + "/securityContext/runAsNonRoot":                    true,
		pod + "/containers/0/image":                              o.Image,
		pod + "/containers/0/args/1":                             "/scenario/kitchen.yaml",
		pod + "/containers/0/env/0/value":                        "8",
		pod + "/containers/0/env/2/valueFrom/fieldRef/fieldPath": "spec.nodeName",
		pod + "/containers/0/envFrom/0/secretRef/name":           "bucket",
		pod + "/containers/0/resources/limits/cpu":               "2",
		pod + "/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/topologyKey": "kubernetes.io/hostname",
	} {
		if got := at(t, d[1], path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	// Guaranteed: requests are the limits.
	requests, limits := at(t, d[1], pod+"/containers/0/resources/requests"), at(t, d[1], pod+"/containers/0/resources/limits")
	if !reflect.DeepEqual(requests, limits) {
		t.Errorf("requests are %v, limits %v", requests, limits)
	}
	// Shards keep away from each other, also those of another measurement.
	other := o
	other.Name = "another"
	theirs := at(t, documents(t, other)[1], "spec/template/metadata/labels").(map[string]any)
	away := at(t, d[1], pod+"/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/labelSelector/matchLabels").(map[string]any)
	if len(away) == 0 {
		t.Error("shards may share a node")
	}
	for key, value := range away {
		if theirs[key] != value {
			t.Errorf("shards keep away from %s %v, and another measurement's have %v", key, value, theirs[key])
		}
	}
	// Nor does a drained node fail the merge.
	if rules := at(t, d[2], "spec/podFailurePolicy/rules").([]any); !reflect.DeepEqual(rules[0], at(t, d[1], "spec/podFailurePolicy/rules/1")) {
		t.Errorf("the merge has the rules %v", rules)
	}
	if args, _ := yaml.Marshal(at(t, d[2], pod+"/containers/0/args")); !strings.Contains(string(args), "- --wait\n- 1h0m0s\n- --shards\n- \"8\"") {
		t.Errorf("the merge is called with\n%s", args)
	}
	// Of credentials there are names only.
	o.Out, o.Secret, o.Claim, o.ServiceAccount = "file:///shared/kitchen", "", "results", "someone"
	d = documents(t, o)
	if got := at(t, d[1], pod+"/containers/0/volumeMounts/2/mountPath"); got != "/shared/kitchen" || at(t, d[1], pod+"/serviceAccountName") != "someone" {
		t.Errorf("the claim is mounted at %v", got)
	}
}

func TestWhatKubernetesWouldRefuse(t *testing.T) {
	if err := options().Check(); err != nil {
		t.Error(err)
	}
	bad := options()
	bad.Name, bad.Image, bad.CPUs, bad.Memory, bad.Secret, bad.Claim = "Kitchen_1", "", 0, "2 GB", "a b", "x"
	err := bad.Check()
	for _, flag := range []string{"--name", "--image", "--cpus", "--memory", "--secret", "--claim"} {
		if err == nil || !strings.Contains(err.Error(), flag+": ") {
			t.Errorf("nothing about %s: %v", flag, err)
		}
	}
	for text, want := range map[string]string{"kitchen": "kitchen", "Heavy_Tail.v2": "heavy-tail-v2", "7-up": "fan-7-up", "___": "fan", strings.Repeat("a-", 40): strings.TrimRight(strings.Repeat("a-", 40)[:longestName], "-")} {
		if got := Name(text); got != want || !nameForm.MatchString(got) || len(got) > longestName {
			t.Errorf("%q gives the name %q, want %q", text, got, want)
		}
	}
}

// The script is run by bash, with an sbatch that keeps what it is given.
func TestSlurm(t *testing.T) {
	bash := needs.Program(t, "bash")
	dir := t.TempDir()
	sbatch := "#!/bin/sh\nn=$(ls " + dir + " | grep -c job)\ncat >" + dir + "/job$n\necho \"$@\" >" + dir + "/args$n\necho 7$n\n"
	if err := os.WriteFile(filepath.Join(dir, "sbatch"), []byte(sbatch), 0o755); err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Scenario, o.Out, o.Flags = "/shared/it's $HOME.yaml", "file:///shared/a b", []string{"--allow-remote"}
	text, err := Slurm(o)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bash)
	c.Stdin, c.Env = bytes.NewReader(text), []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "shards: job 70\nmerge: job 71") {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	for _, want := range []string{"#SBATCH --array=0-7\n", "#SBATCH --exclusive\n", "#SBATCH --requeue\n", "export FANBENCH_SHARDS=8 ", `fanbench run '/shared/it'\''s $HOME.yaml' --shard auto --no-charts --out 'file:///shared/a b' --allow-remote`} {
		if !strings.Contains(read("job0"), want) {
			t.Errorf("the array lacks %q:\n%s", want, read("job0"))
		}
	}
	if got := read("args1"); !strings.Contains(got, "--dependency=afterany:70") || !strings.Contains(read("job1"), "fanbench merge 'file:///shared/a b'") {
		t.Errorf("the merge: %s\n%s", got, read("job1"))
	}
}
