// Package needs finds the programs that fanbench's tests need, and skips a test whose program is
// missing. Only tests import it.
package needs

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// installed are the programs that .ci/run installs if they are missing.
var installed = []string{"cargo", "chromium", "make", "nginx", "node"}

// Program returns the path of the first of these names that is installed. If none is, it skips the
// test. In CI (CI=true) it fails the test if .ci/run installs the program, so that CI skips no
// such test unnoticed.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	what := strings.Join(names, " or ")
	if os.Getenv("CI") == "true" && slices.Contains(installed, names[0]) {
		t.Fatalf("%s is not installed, although .ci/run installs it", what)
	}
	t.Skipf("%s is not installed", what)
	return ""
}
