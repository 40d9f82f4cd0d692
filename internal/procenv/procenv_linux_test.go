package procenv

import (
	"os/exec"
	"testing"
)

func TestHasComparesWholeVariables(t *testing.T) {
	cmd := exec.Command("cat")
	cmd.Env = []string{"FIRST=a", "MARK=12"}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stdin.Close() // cat ends
		_ = cmd.Wait()
	}()
	for variable, want := range map[string]bool{"FIRST=a": true, "MARK=12": true, "MARK=1": false, "ARK=12": false, "MARK": false} {
		if got := Has(cmd.Process.Pid, variable); got != want {
			t.Errorf("Has(%q) = %v, want %v", variable, got, want)
		}
	}
}
