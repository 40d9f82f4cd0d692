// Package needs finds the programs that tests try fanbench against, and skips a test whose
// program is missing. Tests alone import it.
package needs

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// installed are the programs that .ci/run installs where they are missing.
var installed = []string{"cargo", "chromium", "make", "nginx", "node"}

// Program returns the path of the first of these names that is installed. Without any it
// skips the test; in CI, which says so by CI=true, it fails the test if .ci/run installs
// the program, so that no test is skipped there unnoticed.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	what := strings.Join(names, " or ")
	if os.Getenv("CI") == "true" && slices.Contains(installed, names[0]) {
		t.Fatalf("%s is not installed, though .ci/run installs it", what)
	}
	t.Skipf("%s is not installed", what)
	return ""
}
