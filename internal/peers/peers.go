// Package peers installs the programs of others beside which fanbench measures itself.
package peers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Install returns the binary of a Go command, which is given as path@version. The go
// command builds it once; it is kept in the user's cache directory.
func Install(ctx context.Context, name, module string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path, version, _ := strings.Cut(module, "@")
	dir := filepath.Join(cache, "fanbench", "peers", name+"-"+version)
	if binary := find(dir, path); binary != "" {
		return binary, nil
	}
	c := exec.CommandContext(ctx, "go", "install", module)
	c.Env = append(os.Environ(), "GOBIN="+dir)
	if text, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w: %s", module, err, bytes.TrimSpace(text))
	}
	if binary := find(dir, path); binary != "" {
		return binary, nil
	}
	return "", fmt.Errorf("go install %s: no binary in %s", module, dir)
}

// find returns the binary of a package in a directory, "" if it is not there. It has the
// name of the package's last element, or of the one before if that is a major version.
func find(dir, path string) string {
	for _, p := range []string{path, filepath.Dir(path)} {
		binary := filepath.Join(dir, filepath.Base(p))
		if info, err := os.Stat(binary); err == nil && info.Mode().IsRegular() {
			return binary
		}
	}
	return ""
}
