package needs

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// outcome is a test that records how it ends.
type outcome struct {
	testing.TB
	text string
}

func (o *outcome) Helper() {}

func (o *outcome) Skipf(format string, args ...any) {
	o.text = "skipped: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (o *outcome) Fatalf(format string, args ...any) {
	o.text = "failed: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestAProgramThatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, c := range []struct{ ci, name, want string }{
		{"", "node", "skipped: node or nodejs is not installed"},
		{"true", "node", "failed: node or nodejs is not installed, although .ci/run installs it"},
		{"true", "wrk", "skipped: wrk or nodejs is not installed"},
	} {
		t.Setenv("CI", c.ci)
		o := &outcome{TB: t}
		done := make(chan bool)
		go func() {
			defer close(done)
			o.text = "found " + Program(o, c.name, "nodejs")
		}()
		<-done
		if o.text != c.want {
			t.Errorf("CI=%q, %s: %s; want %s", c.ci, c.name, o.text, c.want)
		}
	}
}

func TestAProgramThatIsThere(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if path := Program(t, "no-such-program", self); path != self {
		t.Errorf("got %q, want %q", path, self)
	}
}

// CI installs the programs that are listed as installed.
func TestInstalledIsWhatCIInstalls(t *testing.T) {
	script, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range installed {
		if !strings.Contains(string(script), "command -v "+name+" >/dev/null || need+=(") {
			t.Errorf(".ci/run does not install %s", name)
		}
	}
}
