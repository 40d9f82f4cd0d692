package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/manifest"
)

// Shards go to a directory that machines share, and come back as one run; as on Kubernetes,
// whose pods learn from their environment which shard they are.
func TestShardsThroughABucket(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tiny.yaml", "target: {sleep: {latency: 1ms}}\nworkload: {tasks: 4}\nstrategies: [sequential, errgroup]\nmeasure: {rounds: 4, warmup: 0}\n")
	url := "file://" + filepath.ToSlash(filepath.Join(dir, "shared", "tiny"))
	shard := func(index string, more ...string) result {
		t.Setenv("JOB_COMPLETION_INDEX", index)
		t.Setenv("FANBENCH_SHARDS", "2")
		t.Setenv("NODE_NAME", "node-"+index)
		return call(t, dir, append([]string{"run", "tiny.yaml", "--shard", "auto", "--no-charts", "--out", url}, more...)...)
	}
	if r := shard("1"); !r.fine() || !strings.Contains(r.stderr, "shard 1 of 2 is complete in file://") {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	if r := shard("1"); r.status != exitOK || !strings.Contains(r.stderr, "shard 1 of 2 is complete already") || strings.Contains(r.stderr, "elapsed") {
		t.Errorf("a second pod: status %d\n%s", r.status, r.stderr)
	}
	if r := shard("1", "--seed", "9"); r.status != exitUsage || !strings.Contains(r.stderr, "a shard of another measurement") {
		t.Errorf("another seed: status %d\n%s", r.status, r.stderr)
	}
	if r := call(t, dir, "merge", url, "--no-charts"); r.status != exitFailed || !strings.Contains(r.stdout, "PARTIAL: missing of 2 shards: 0") {
		t.Errorf("half of the shards: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}

	// The upload fails: something else has the shard's name. The shard can be sent later.
	obstacle := filepath.Join(dir, "shared", "tiny", "shards", "0-of-2")
	write(t, filepath.Dir(obstacle), filepath.Base(obstacle), "in the way")
	r := shard("0")
	_, command, told := strings.Cut(r.stderr, "send it with: fanbench ")
	if r.status != exitFailed || !told {
		t.Fatalf("the upload cannot have worked: status %d\n%s", r.status, r.stderr)
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(command, "\n")
	if r := call(t, dir, shellWords(t, line)...); !r.fine() {
		t.Fatalf("%s: status %d\n%s", line, r.status, r.stderr)
	}
	if r := call(t, dir, "merge", filepath.Join("shared", "tiny"), "--out", "merged", "--no-charts"); !r.fine() || !strings.Contains(r.stdout, "4 rounds") {
		t.Fatalf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	run, err := results.Open(filepath.Join(dir, "merged"))
	if err != nil || run.Status != results.RunComplete || strings.Join(run.Machines(), " ") != "node-0 node-1" || run.MachineOf(2) != "node-1" {
		t.Errorf("%v, %+v", err, run)
	}
	if r := call(t, dir, "upload", "merged", url); r.status != exitUsage || !strings.Contains(r.stderr, "is no shard") {
		t.Errorf("uploading what is no shard: status %d\n%s", r.status, r.stderr)
	}
}

// The base for kustomize is what shard manifest prints.
func TestTheExampleOfAClusterIsPrinted(t *testing.T) {
	o := manifest.Options{
		Shards: 4, Image: "fanbench-cluster", Out: "s3://results/kitchen", ServiceAccount: "fanbench",
		Retries: 2, CPUs: 2, Memory: "2Gi", Wait: "2h0m0s",
	}
	text, err := printManifest(o, filepath.Join("..", "examples", "scenarios", "kitchen.yaml"), false)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != read(t, "..", "examples/cluster/kitchen.yaml") {
		t.Errorf("examples/cluster/kitchen.yaml is not what fanbench shard manifest prints:\n%s", text)
	}
	dir := t.TempDir()
	write(t, dir, "files.yaml", "target: {urls: {file: urls.txt}}\nstrategies: [sequential]\nmeasure: {rounds: 9}\n")
	write(t, dir, "urls.txt", "http://127.0.0.1/\n")
	if _, err := printManifest(o, filepath.Join(dir, "files.yaml"), false); err == nil || !strings.Contains(err.Error(), "names files beside it, which pods do not have") {
		t.Errorf("a scenario with a file: %v", err)
	}
	o.Out, o.Shards, o.Image = "s3:/x", 0, ""
	_, err = printManifest(o, filepath.Join(dir, "files.yaml"), false)
	for _, want := range []string{"--out: ", "--shards: say how many"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
