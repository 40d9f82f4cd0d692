package bench

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/mockserver/config"
)

// shellServer is the command of a mock server that is a line of shell.
func shellServer(t *testing.T, line string) []string {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a shell: ", err)
	}
	return []string{sh, "-c", line, "server"}
}

const listens = "echo listening on http://127.0.0.1:1; echo admin on http://127.0.0.1:1; echo admin token secret; "

func TestAServerThatDoesNotComeUpSaysWhy(t *testing.T) {
	log := filepath.Join(t.TempDir(), "server")
	_, err := startMock(shellServer(t, "echo hello; echo no ports left >&2; exit 3"), config.Config{}, log)
	if err == nil || !strings.Contains(err.Error(), "starting the mock server: it ended without saying where it listens: no ports left") {
		t.Errorf("got %v", err)
	}
	_, err = startMock([]string{filepath.Join(t.TempDir(), "missing")}, config.Config{}, log)
	if err == nil || !strings.Contains(err.Error(), "starting the mock server: ") || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAServerEndsWithItsStdin(t *testing.T) {
	m, err := startMock(shellServer(t, listens+"cat"), config.Config{}, filepath.Join(t.TempDir(), "server"))
	if err != nil {
		t.Fatal(err)
	}
	if m.url() != "http://127.0.0.1:1" {
		t.Errorf("it listens on %s", m.url())
	}
	if err := m.close(); err != nil {
		t.Error(err)
	}
}

func TestAServerThatDiesIsTheErrorOfTheRun(t *testing.T) {
	m, err := startMock(shellServer(t, listens+"exit 3"), config.Config{}, filepath.Join(t.TempDir(), "server"))
	if err != nil {
		t.Fatal(err)
	}
	_, received := m.account()
	for what, err := range map[string]error{"received": received, "close": m.close()} {
		var died *serverDied
		if !errors.As(err, &died) || !strings.Contains(err.Error(), "the mock server ended (exit status 3); its log is ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
