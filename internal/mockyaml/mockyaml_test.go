package mockyaml

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

func decode(text string) (config.Config, error) {
	d := strictyaml.New("f")
	var c config.Config
	if root := d.Root([]byte(text)); root != nil {
		c = DecodeConfig(d, root)
	}
	var wrong keyed.List
	errors.As(c.Validate(), &wrong)
	return c, d.ErrWith(wrong)
}

const everything = `
addr: 127.0.0.1:8080
admin_addr: localhost:8081
allow_remote: true
engine: nethttp
tls: true
seed: 18446744073709551615
latency: {dist: lognormal, p50: 20ms, p99: 200ms, rho: 0.9}
size: 64KiB
slots: 4
queue: 0
discipline: ps
faults:
  - {kind: status, status: 503, retry_after: 2s, probability: 0.1, tasks: [3, 7-9], after: 1s, for: 2s}
  - {kind: rate-limit, rate: 0.5, burst: 3}
  - {kind: truncate, at: 0.25}
  - {kind: slow-body, bytes_per_second: 1000}
  - {kind: refuse, probability: 0.5}
routes:
  - {path: /a, latency: "constant:2s", slots: 1, full: wait}
  - path: /b*
    latency: {dist: mixture, "constant:2ms": 0.9, "lognormal:p50=20ms,p99=200ms": 0.1}
    size: {dist: uniform, min: 1, max: 1KiB}
    faults: [{kind: hang}]
limits: {header_bytes: 8KiB, body_bytes: 1MiB, connections: 10, header_timeout: 1s, idle_timeout: 2s, write_timeout: 3s}
`

func TestConfigRoundTrip(t *testing.T) {
	c, err := decode(everything)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	full := config.Config{Addr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Engine: config.EngineNetHTTP, Limits: config.DefaultLimits}
	for _, c := range []config.Config{c, {}, full} {
		text, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(string(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		second, err := yaml.Marshal(again)
		if err != nil || string(second) != string(text) {
			t.Errorf("written\n%s\nread and written again (%v)\n%s", text, err, second)
		}
	}
	if f := c.Faults[0]; f.Status != 503 || f.RetryAfter != 2*time.Second || !reflect.DeepEqual(f.Tasks, []latency.TaskRange{{First: 3, Last: 3}, {First: 7, Last: 9}}) || f.After != time.Second {
		t.Errorf("fault: %+v", f)
	}
	if c.Full != config.FullReject || c.Queue != 0 || c.Latency.String() != "lognormal:p50=20ms,p99=200ms,rho=0.9" || c.Size.String() != "constant:64KiB" {
		t.Errorf("got %+v", c)
	}
}

func TestLatencyIsReadEitherWay(t *testing.T) {
	for _, text := range []string{
		"latency: {dist: constant, value: 2s}", `latency: "constant:2s"`, "latency: constant:2s", "latency: 2s",
	} {
		c, err := decode(text)
		if err != nil || c.Latency.String() != "constant:2s" {
			t.Errorf("%s: got %v, %v", text, c.Latency, err)
		}
	}
}

func TestConfigErrorsComeAllAtOnceWithPositions(t *testing.T) {
	_, err := decode(`lateny: 2s
latency:
  dist: lognormal
  p50: 20
  p99: 200ms
size: 3 apples
slots: 0
queue: 3
engine: epol
admin_addr: 10.0.0.1:1
faults:
  - {kind: stats, status: 503}
  - {kind: status, status: 99, burst: 3}
  - {kind: reset, tasks: [7-3]}
routes:
  - {path: slow, latency: constant}
  - {path: /a, faults: [{kind: refuse}]}
  - {path: /a}
  - {latency: 1s}
limits: {body_bytes: 0}
`)
	want := strings.Split(`f:1:1: unknown key "lateny"; did you mean "latency"?
f:4:8: lognormal: p50: 20 has no unit; write 20s, 20ms or 20us
f:6:7: "3 apples" is not a whole number of bytes
f:8:8: queue: has no effect without slots
f:9:9: engine: unknown value "epol"
f:10:13: admin_addr: 10.0.0.1:1 is not a loopback address
f:12:12: faults[0].kind: unknown value "stats"; did you mean "status"?
f:13:28: faults[1].status: 99: want 200 to 599
f:13:39: faults[1].burst: has no effect on kind status
f:14:27: "7-3" is not a task
f:16:12: routes[0].path: "slow": want a path such as /slow
f:16:27: constant: give its value
f:17:25: routes[1].faults[0]: refuse strikes connections
f:18:12: routes[2].path: "/a" has a route before
f:19:5: routes[3].path: missing
f:20:22: body_bytes: want more than zero`, "\n")
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	for _, w := range want {
		found := false
		for _, g := range got {
			found = found || strings.HasPrefix(g, w)
		}
		if !found {
			t.Errorf("missing: %s", w)
		}
	}
	if t.Failed() || len(got) != len(want) {
		t.Errorf("got\n%v", err)
	}
}

func TestExamplesAreGood(t *testing.T) {
	files, err := filepath.Glob("../../examples/mockserver/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := decode(string(text))
		if err == nil {
			err = c.Validate()
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func FuzzDecodeConfig(f *testing.F) {
	f.Add(everything)
	f.Add("latency: {dist: mixture, \"constant:2ms\": 1}")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "empirical") {
			t.Skip("reads files")
		}
		c, err := decode(text)
		if err != nil {
			return
		}
		written, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(string(written)); err != nil {
			t.Errorf("what was written cannot be read: %v\n%s", err, written)
		}
	})
}

func TestTheDocumentationIsGood(t *testing.T) {
	text, err := os.ReadFile("../../docs/mockserver.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	block, _, _ := strings.Cut(rest, "```")
	c, err := decode(block)
	if !ok || err != nil || c.Validate() != nil {
		t.Fatalf("its configuration: %v, %v", err, c.Validate())
	}
	if c.Limits != config.DefaultLimits {
		t.Errorf("its limits are %+v, the defaults %+v", c.Limits, config.DefaultLimits)
	}
}
