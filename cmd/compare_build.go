package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// workingTree is the name, in --build, of the files as they are, committed or not.
const workingTree = "."

// builder builds the benchmarks of two versions of a package.
type builder struct {
	dir      string // temporary
	packages string // as for go test
	added    []string
}

// newBuilder makes the directory for the builds; close removes it.
func newBuilder(packages string) (*builder, error) {
	dir, err := os.MkdirTemp("", "fanbench-build-")
	return &builder{dir: dir, packages: packages}, err
}

// close removes what was checked out and built. It also works when the command was interrupted.
func (b *builder) close() error {
	var errs []error
	for _, tree := range b.added {
		_, err := output(context.Background(), "", "git", "worktree", "remove", "--force", tree)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}

// build returns the executable of the benchmarks of a commit, or of the working tree. name tells
// the two builds apart.
func (b *builder) build(ctx context.Context, name, ref string) (string, error) {
	below := ""
	if ref != workingTree {
		commit, err := output(ctx, "", "git", "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
		if err != nil {
			return "", usageError{fmt.Errorf("--build: %s is not a commit of this repository", ref)}
		}
		prefix, err := output(ctx, "", "git", "rev-parse", "--show-prefix") // where in the repository this is
		if err != nil {
			return "", err
		}
		tree := filepath.Join(b.dir, name)
		if _, err := output(ctx, "", "git", "worktree", "add", "--quiet", "--detach", tree, commit); err != nil {
			return "", err
		}
		b.added = append(b.added, tree)
		below = filepath.Join(tree, filepath.FromSlash(prefix))
	}
	program := filepath.Join(b.dir, name+".test")
	if _, err := output(ctx, below, "go", "test", "-c", "-o", program, b.packages); err != nil {
		return "", fmt.Errorf("building %s of %s: %w", b.packages, ref, err)
	}
	if _, err := os.Stat(program); err != nil {
		return "", fmt.Errorf("building %s of %s: it has no tests, so no benchmarks", b.packages, ref)
	}
	return program, nil
}

// output runs a program in a directory, "" for this one, and returns what it prints to stdout.
// Its error has what it printed to stderr.
func output(ctx context.Context, dir, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("%s %s: %w\n%s", program, args[0], err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
