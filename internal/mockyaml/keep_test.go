package mockyaml

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// decodeIn decodes a configuration as if it were in dir.
func decodeIn(dir, text string) (config.Config, error) {
	d := strictyaml.New(filepath.Join(dir, "server.yaml"))
	var c config.Config
	if root := d.Root([]byte(text)); root != nil {
		c = DecodeConfig(d, root)
	}
	return c, d.Err()
}

const recorded = `
latency: {dist: mixture, "empirical:file=took.csv,column=took,unit=ms,rho=0": 3, "constant:1s": 1, rho: 0.5}
size: {dist: empirical, file: took.csv, column: size}
routes: [{path: /slow, latency: "empirical:took.csv,column=took,unit=ms,rho=0.25"}]
`

// A kept configuration needs only its own directory, even after that moves, and draws the same
// values to the nanosecond.
func TestWhatIsKeptOutlivesItsRecordings(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "run")
	file := filepath.Join(from, "took.csv")
	if err := os.WriteFile(file, []byte("user,took,size\nann,0.7,1KiB\nbob,1.1,20B\nann,0.7,3B\ncat,13.37,7B\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := decodeIn(from, recorded)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := c.Keep(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	moved := to + "-moved"
	if err := os.Rename(to, moved); err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	again, err := decodeIn(moved, string(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	full, err := again.Absolute()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := latency.Parse(full.Latency.String()) // in the working directory
	if err != nil {
		t.Fatal(err)
	}
	for task := range 200 {
		want := c.Latency.At(7, 1, task)
		if got := []time.Duration{kept.Latency.At(7, 1, task), again.Latency.At(7, 1, task), parsed.At(7, 1, task)}; got[0] != want || got[1] != want || got[2] != want {
			t.Fatalf("task %d: %v, want %v", task, got, want)
		}
		if got, want := again.Size.At(7, 1, task), c.Size.At(7, 1, task); got != want {
			t.Fatalf("task %d: %d bytes, want %d", task, got, want)
		}
		if got, want := again.Routes[0].Latency.At(7, 1, task), c.Routes[0].Latency.At(7, 1, task); got != want {
			t.Fatalf("task %d on a route: %v, want %v", task, got, want)
		}
	}
	if !again.Latency.Equal(kept.Latency) || !strings.Contains(kept.Latency.String(), "file=recordings/took-") {
		t.Errorf("it is written as %s", kept.Latency)
	}
	if strings.Contains(kept.Latency.String()+string(text), from) {
		t.Errorf("it names the original recording: %s", text)
	}
	entries, err := os.ReadDir(filepath.Join(moved, "recordings"))
	if err != nil || len(entries) != 2 { // one for latencies, one for sizes
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		if text, err := os.ReadFile(filepath.Join(moved, "recordings", e.Name())); err != nil || strings.Contains(string(text), "ann") {
			t.Errorf("%s has more than the drawn values:\n%s, %v", e.Name(), text, err)
		}
	}
}

func TestAMissingRecordingIsReportedWhereItIsNamed(t *testing.T) {
	_, err := decodeIn("some/where", recorded)
	for _, want := range []string{
		"some/where/server.yaml:2:79: mixture: empirical:file=took.csv,column=took,unit=ms,rho=0: empirical: file: open some/where/took.csv",
		"some/where/server.yaml:3:31: empirical: file: open some/where/took.csv: no such file",
		"some/where/server.yaml:4:33: empirical: file: open some/where/took.csv",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}
