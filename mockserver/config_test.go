package mockserver

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
)

func decode(text string) (Config, error) {
	d := strictyaml.New("f")
	var c Config
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
	for _, c := range []Config{c, {}, Config{}.withDefaults()} {
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
	if f := c.Faults[0]; f.Status != 503 || f.RetryAfter != 2*time.Second || !reflect.DeepEqual(f.Tasks, []TaskRange{{3, 3}, {7, 9}}) || f.After != time.Second {
		t.Errorf("fault: %+v", f)
	}
	if c.Full != FullReject || c.Queue != 0 || c.Latency.String() != "lognormal:p50=20ms,p99=200ms,rho=0.9" || c.Size.String() != "constant:64KiB" {
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

func TestValidate(t *testing.T) {
	c := Config{
		Addr: "10.1.2.3:80", AdminAddr: "nonsense", Engine: EngineLoop, TLS: true,
		Behavior: Behavior{Faults: []Fault{{Kind: FaultTruncate, At: 1}}},
		Routes:   []Route{{Path: "x"}, {Path: "/y", Behavior: Behavior{Faults: []Fault{{Kind: FaultRefuse}}}}, {Path: "/y"}},
		Limits:   Limits{Connections: -1},
	}
	err := c.Validate()
	for _, want := range []string{
		"addr: 10.1.2.3:80 is not a loopback address; allow_remote accepts it", `admin_addr: "nonsense" is not host:port`,
		"engine: loop does not speak TLS", "faults[0].at: 1: want a fraction", `routes[0].path: "x"`, "routes[1].faults[0]: refuse", `routes[2].path: "/y" has a route before`, "limits: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in\n%v", want, err)
		}
	}
	for kind, f := range map[string]Fault{
		"probability": {Kind: FaultReset, Probability: 2}, "after": {Kind: FaultReset, After: -1}, "for": {Kind: FaultReset, For: -1},
		"retry_after": {Kind: FaultStatus, Status: 429, RetryAfter: time.Millisecond}, "rate": {Kind: FaultRateLimit, Burst: 1},
		"burst": {Kind: FaultRateLimit, Rate: 1}, "bytes_per_second": {Kind: FaultSlowBody},
	} {
		if err := f.validate().OrNil(); err == nil || !strings.HasPrefix(err.Error(), kind+": ") {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}

func TestExamplesAreGood(t *testing.T) {
	files, err := filepath.Glob("../examples/mockserver/*.yaml")
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
	text, err := os.ReadFile("../docs/mockserver.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	block, _, _ := strings.Cut(rest, "```")
	c, err := decode(block)
	if !ok || err != nil || c.Validate() != nil {
		t.Fatalf("its configuration: %v, %v", err, c.Validate())
	}
	if c.Limits != DefaultLimits {
		t.Errorf("its limits are %+v, the defaults %+v", c.Limits, DefaultLimits)
	}
	for name := range kinds {
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("it says nothing of the distribution %s", name)
		}
	}
	for _, kind := range faultKinds {
		if !strings.Contains(string(text), "| `"+string(kind)+"` |") {
			t.Errorf("it says nothing of the fault %s", kind)
		}
	}
}

// TestRanksAreAsDocumented follows docs/mockserver.md, not the code.
func TestRanksAreAsDocumented(t *testing.T) {
	mix := func(x uint64) uint64 {
		x += 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	const seed, round, task = 42, -3, 17
	round64 := int64(round)
	h := mix(mix(mix(seed^mix(1))^uint64(round64)) ^ task)
	if got, want := uniform(latencyStream, seed, round, task), (float64(h>>12)+0.5)/(1<<52); got != want {
		t.Errorf("the rank is %v, documented is %v", got, want)
	}
}
