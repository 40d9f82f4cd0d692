package cmd

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra/doc"
)

// WriteManual writes, below a directory, a manual page of each command (man/) and completions
// for bash, zsh, fish and PowerShell (completions/). What it writes depends on nothing but the
// program.
func WriteManual(dir string) error {
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	if err := errors.Join(os.MkdirAll(man, 0o755), os.MkdirAll(completions, 0o755)); err != nil {
		return err
	}
	root := newRoot()
	root.DisableAutoGenTag = true
	return errors.Join(
		doc.GenManTree(root, &doc.GenManHeader{Title: "FANBENCH", Section: "1", Source: "fanbench", Date: &time.Time{}}, man),
		root.GenBashCompletionFileV2(filepath.Join(completions, "fanbench.bash"), true),
		root.GenZshCompletionFile(filepath.Join(completions, "_fanbench")),
		root.GenFishCompletionFile(filepath.Join(completions, "fanbench.fish"), true),
		root.GenPowerShellCompletionFileWithDesc(filepath.Join(completions, "fanbench.ps1")),
	)
}
