package latency

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Whoever only draws latencies, or describes a server, has no server in the program.
func TestNoServerIsImported(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", ".", "../config").Output()
	if err != nil {
		t.Skip(err) // where there is no go command
	}
	deps := strings.Fields(string(list))
	for _, server := range []string{"net/http", "os/exec"} {
		if slices.Contains(deps, server) {
			t.Errorf("it imports %s", server)
		}
	}
}

func TestTheDocumentationNamesEveryDistribution(t *testing.T) {
	text, err := os.ReadFile("../../docs/mockserver.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range kinds {
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("it says nothing of the distribution %s", name)
		}
	}
}

func TestErrorsNameTheirParameters(t *testing.T) {
	_, err := New("lognormal", map[string]string{"p50": "20", "p99": "1s", "q": "1"})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %v", err)
	}
	var names []string
	for _, err := range joined.Unwrap() {
		var p *ParameterError
		if !errors.As(err, &p) {
			t.Fatalf("got %v", err)
		}
		names = append(names, p.Parameter)
	}
	if want := []string{"p50", "q"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestNoFileIsRead(t *testing.T) {
	no := errors.New("no files here")
	for _, short := range []string{"empirical:took.csv,column=took", "mixture:(empirical:took.csv,column=took)=1"} {
		if _, err := NoFiles(no).ParseLatency(short); err == nil || !strings.Contains(err.Error(), "file: "+no.Error()) {
			t.Errorf("%s: got %v", short, err)
		}
	}
	if s, err := NoFiles(no).NewSize("constant", map[string]string{"value": "3B"}); err != nil || s.At(1, 0, 0) != 3 {
		t.Errorf("got %v, %v", s, err)
	}
}
