package reports

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fanbench/fanbench/bench"
)

// benchstat has the command put a run's strategies side by side, and returns its
// table. benchstat exits 0 whatever happens, so its words on stderr count as a failure
// where it printed nothing.
func benchstat(command []string, dir string) (string, error) {
	args := append(command[1:len(command):len(command)], "-col", "/strategy", filepath.Join(dir, bench.BenchFile))
	cmd := exec.Command(command[0], args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("it printed nothing")
	}
	if err != nil {
		return "", fmt.Errorf("running %s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(said.String()))
	}
	return string(out), os.WriteFile(filepath.Join(dir, "benchstat.txt"), out, 0o644)
}
