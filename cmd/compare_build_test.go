package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/internal/needs"
)

// Two commits of a package are built and measured by turns, from a directory below the
// repository's root, and nothing is left behind.
func TestCompareBuilds(t *testing.T) {
	needs.Program(t, "git")
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	bench := func(body string) string {
		return "package queue\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc BenchmarkPush(b *testing.B) {\n\tfor b.Loop() {\n\t\t" + body + "\n\t}\n}\n\nfunc BenchmarkOther(b *testing.B) { time.Sleep(0) }\n"
	}
	git("init", "--quiet", "--initial-branch", "main")
	if err := os.MkdirAll(filepath.Join(dir, "below", "queue"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "below/go.mod", "module example.com/below\n\ngo 1.24\n")
	write(t, dir, "below/queue/queue_test.go", bench("time.Sleep(time.Microsecond)"))
	git("add", "-A")
	git("commit", "--quiet", "-m", "one")
	write(t, dir, "below/queue/queue_test.go", bench("time.Sleep(2 * time.Millisecond)"))
	below := filepath.Join(dir, "below")
	args := []string{"compare", "--build", "main", "--build", ".", "--package", "./queue", "--bench", "Push", "--benchtime", "1x", "--pairs", "6", "--warmup", "0"}
	r := call(t, below, args...)
	if r.status != exitGate || !strings.Contains(r.stdout, "Push") || strings.Contains(r.stdout, "Other") {
		t.Errorf("status %d, want a regression\n%s%s", r.status, r.stdout, r.stderr)
	}
	if trees := git("worktree", "list"); strings.Count(trees, "\n") != 1 {
		t.Errorf("left behind: %s", trees)
	}
	for want, args := range map[string][]string{
		"--build: nonsense is not a commit of this repository": {"compare", "--build", "nonsense", "--build", "."},
		"--build: give it twice":                               {"compare", "--build", "main"},
		"--package is for --build":                             {"compare", "--package", "./queue", "a", "b"},
	} {
		if r := call(t, below, args...); r.status != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: status %d, %s", args, r.status, r.stderr)
		}
	}
	if r := call(t, below, "compare", "--build", "main", "--build", ".", "--package", "./none"); r.status != exitFailed || !strings.Contains(r.stderr, "building ./none of main") {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
}
