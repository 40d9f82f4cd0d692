// Command manual writes the manual pages and the shell completions of fanbench, for packages.
//
//	go run ./cmd/manual DIR
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra/doc"

	"github.com/fanbench/fanbench/cmd"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// write writes, below a directory, a manual page of each command (man/) and completions for
// bash, zsh, fish and PowerShell (completions/). What it writes depends on nothing but the
// program.
func write(dir string) error {
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	if err := errors.Join(os.MkdirAll(man, 0o755), os.MkdirAll(completions, 0o755)); err != nil {
		return err
	}
	root := cmd.Root()
	root.DisableAutoGenTag = true
	return errors.Join(
		doc.GenManTree(root, &doc.GenManHeader{Title: "FANBENCH", Section: "1", Source: "fanbench", Date: &time.Time{}}, man),
		root.GenBashCompletionFileV2(filepath.Join(completions, "fanbench.bash"), true),
		root.GenZshCompletionFile(filepath.Join(completions, "_fanbench")),
		root.GenFishCompletionFile(filepath.Join(completions, "fanbench.fish"), true),
		root.GenPowerShellCompletionFileWithDesc(filepath.Join(completions, "fanbench.ps1")),
	)
}
