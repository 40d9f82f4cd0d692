package cmd

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/internal/needs"
)

// TestEveryCommandInTheDocsWorks runs the commands in the fenced sh blocks of README.md and
// docs/. fanbench's commands really run, shortened. Targets of make and commands of Go take
// minutes, so it checks only that they exist.
func TestEveryCommandInTheDocsWorks(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	files = append([]string{filepath.Join(root, "README.md")}, files...)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(root, "examples"), filepath.Join(dir, "examples")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tiny.yaml", "target: {mock: {latency: 1ms}}\nworkload: {tasks: 4}\nstrategies: [errgroup]\n")
	write(t, dir, "urls.txt", server.URL+"/a\n"+server.URL+"/b\n")
	if r := call(t, dir, append([]string{"run", "--no-charts"}, short...)...); !r.fine() { // for reports/latest
		t.Fatal(r.stderr)
	}
	if r := call(t, dir, "run", "--no-charts", "--rounds", "3", "-n", "16", "--latency", "constant:10ms", "--out", "predictable"); !r.fine() {
		t.Fatal(r.stderr)
	}
	// Two runs to compare.
	latest, err := filepath.EvalSymlinks(filepath.Join(dir, "reports", "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "reports", "runs", "before"), os.DirFS(latest)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"before.txt", "after.txt"} {
		write(t, dir, name, strings.ReplaceAll(goBench(100), "ns/op", "ns/op 5 p99-ns"))
	}

	commands, seen := 0, map[string]bool{}
	for _, file := range files {
		for _, line := range shellLines(t, file) {
			if seen[line] {
				continue
			}
			seen[line] = true
			commands++
			t.Run(line, func(t *testing.T) {
				if !strings.Contains(line, "reports/latest") && !strings.Contains(line, "shard") {
					t.Parallel() // once those that need what others have written are through
				}
				words := shellWords(t, line)
				switch {
				case strings.HasPrefix(line, "git clone https://github.com/fanbench/fanbench "): // there is no network here
				case words[0] == "fanbench" && words[1] == "serve":
					tryServe(t, dir, words[1:])
				case words[0] == "fanbench":
					r := call(t, dir, received(shorten(words[1:], server.URL), server.URL)...)
					// Two rounds decide nothing, and on a busy machine batches arrive late.
					excused := r.status == exitInvalid && (words[1] == "compare" || arrives(words)) ||
						words[1] == "predict" && strings.Contains(r.stdout, "on a quieter machine")
					if r.status == exitInvalid && words[1] == "report" { // formats for programs do not say why
						r = call(t, dir, "report", "--no-charts", words[len(words)-1])
					}
					if !r.fine() && !excused || strings.Contains(r.stderr, "not all sent") {
						t.Errorf("%s: status %d\n%s", filepath.Base(file), r.status, r.stderr)
					}
				case words[0] == "make":
					tryTool(t, root, "make", append([]string{"-n"}, words[1:]...)...)
				case strings.HasPrefix(line, "go test "):
					tryTool(t, root, "go", append([]string{"vet"}, packages(words)...)...)
				case strings.HasPrefix(line, "go tool benchstat "):
					args := strings.Split(strings.ReplaceAll(line, "reports/latest", filepath.Join(dir, "reports", "latest")), " ")
					tryTool(t, root, "go", args[1:]...)
				default:
					t.Errorf("%s: no test can run this kind of command", filepath.Base(file))
				}
			})
		}
	}
	if commands < 10 {
		t.Errorf("only %d commands found: are the blocks still marked sh?", commands)
	}
}

// shellWords splits a command as a shell does.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	if !strings.ContainsAny(line, `'"`) {
		return strings.Fields(line)
	}
	out, err := exec.Command("sh", "-c", `set -f; printf '%s\n' `+line).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// TestTheReadmesGoIsThatOfTheExample checks that the Go code in README.md is that of a
// program that is compiled and run.
func TestTheReadmesGoIsThatOfTheExample(t *testing.T) {
	example := read(t, "..", "examples/ownstrategy/main.go") + read(t, "..", "examples/ownstrategy/staggered.go")
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```").FindAllStringSubmatch(read(t, "..", "README.md"), -1)
	if len(blocks) == 0 {
		t.Error("README.md has no Go code")
	}
	for _, b := range blocks {
		if !strings.Contains(example, b[1]) {
			t.Errorf("not in examples/ownstrategy:\n%s", b[1])
		}
	}
}

var fence = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// shellLines returns the commands of a file's sh blocks, without comments.
func shellLines(t *testing.T, file string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// shorten makes a run take a moment: one round, a millisecond per task, and a URL that is
// served.
func shorten(args []string, url string) []string {
	switch args[0] {
	case "run":
	case "predict": // the latest run is too short to predict from
		out := slices.Clone(args)
		for i, a := range out {
			if a == "reports/latest" {
				out[i] = "predictable"
			}
		}
		return out
	case "report", "merge": // other tests draw charts
		return append(slices.Clone(args), "--no-charts")
	case "advise":
		if slices.Contains(args, "reports/latest") {
			return args
		}
		out := append(shortenTarget(args, url), "--quick", "--time", "1s")
		if arrives(args) {
			out = append(out, "--for", "1s", "--ramp-up", "0s")
		}
		return out
	case "semantics":
		return append(slices.Clone(args), "--quick", "--strategies", "static-chunks")
	case "doctor":
		out := slices.Clone(args)
		if i := slices.Index(out, "--scenario"); i >= 0 {
			out[i+1] = "tiny.yaml"
		}
		return out
	default:
		return args
	}
	out := append(shortenTarget(args, url), "--warmup", "0")
	if arrives(args) {
		out = append(out, "--for", "1s", "--ramp-up", "0s", "--figure", "median")
	}
	if slices.Contains(args, "--shard") {
		return append(out, "--rounds", "2") // one for each
	}
	if !slices.Contains(args, "--quick") {
		out = append(out, "--rounds", "1")
	}
	return out
}

// received makes a command send its metrics to a server that takes them.
func received(args []string, url string) []string {
	out := slices.Clone(args)
	for i := range args {
		if i > 0 && (args[i-1] == "--push" || args[i-1] == "--otlp") {
			out[i] = url
		}
	}
	return out
}

// arrives reports whether the command is a phase of load.
func arrives(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return a == "--rate" || strings.Contains(a, "load.yaml") })
}

// shortenTarget replaces the target of a command by one that takes a moment.
func shortenTarget(args []string, url string) []string {
	out := append(slices.Clone(args), "--no-charts")
	for i, a := range out {
		if strings.HasPrefix(a, "http://127.0.0.1:8080") {
			out[i] = url
		}
		if i > 0 && out[i-1] == "--promise" {
			out[i] = "median<=250ms" // a p99 takes 430 batches
		}
		if i > 0 && out[i-1] == "--rate" { // enough batches for a second
			out[i] = "60/s"
			if strings.Contains(a, ",") {
				out[i] = "60/s,61/s"
			}
		}
	}
	targets := []string{"--url", "--urls", "--sleep", "--cpu", "--func", "--command"}
	if !slices.ContainsFunc(args, func(a string) bool { return slices.Contains(targets, a) }) {
		out = append(out, "--latency", "constant:1ms")
	}
	return out
}

// packages returns the package arguments of a go command.
func packages(words []string) (list []string) {
	for _, w := range words {
		if strings.HasPrefix(w, "./") {
			list = append(list, w)
		}
	}
	return list
}

func tryTool(t *testing.T, dir, tool string, args ...string) {
	t.Helper()
	c := exec.Command(needs.Program(t, tool), args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// tryServe starts a server as the documentation does, but on a free port, and stops it once
// it listens.
func tryServe(t *testing.T, dir string, args []string) {
	t.Helper()
	c := fanbench(t, dir, append(args, "--addr", "127.0.0.1:0")...)
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = c.Process.Kill() })
	defer timer.Stop()
	line := make([]byte, 64)
	n, _ := io.ReadAtLeast(stdout, line, len("listening on "))
	_ = c.Process.Signal(os.Interrupt)
	err = c.Wait()
	if err != nil || !strings.HasPrefix(string(line[:n]), "listening on ") {
		t.Errorf("%q: %v, it printed %q\n%s", args, err, line[:n], stderr.String())
	}
}
