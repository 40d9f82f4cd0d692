package results

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// DefaultRuns is the directory of run directories, and DefaultLatest the link to the newest,
// relative to the working directory.
const (
	DefaultRuns   = "reports/runs"
	DefaultLatest = "reports/latest"
)

// CheckDir reports whether a run directory can be made.
func CheckDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("run directory: %w", err)
	case !info.IsDir():
		return fmt.Errorf("run directory: %s is a file; name a directory that does not exist yet", dir)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return fmt.Errorf("run directory: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("run directory: %s is not empty; name a directory that does not exist yet", dir)
	}
	return nil
}

// PointLatest makes DefaultLatest a link to the run, unless there is something else.
func PointLatest(dir string) error {
	target, err := filepath.Rel(filepath.Dir(DefaultLatest), dir)
	if err != nil {
		return err
	}
	if info, err := os.Lstat(DefaultLatest); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s does not point at this run: it is not a link but a file or directory of yours, which is left alone; move it away", DefaultLatest)
	}
	next := DefaultLatest + ".tmp"
	_ = os.Remove(next)
	err = os.Symlink(target, next)
	if err == nil {
		if err = os.Rename(next, DefaultLatest); err != nil {
			err = errors.Join(err, os.Remove(next))
		}
	}
	if err != nil {
		return fmt.Errorf("%s does not point at this run: %w", DefaultLatest, err)
	}
	return nil
}
