package scenario

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/mockserver/latency"
)

func TestTargetsThatCannotBe(t *testing.T) {
	for target, want := range map[string]string{
		"command: {shell: ls}, tcp: {address: 'x:1', send: x}":                   "t.yaml:1:37: target.tcp: command is given too",
		"sql: {driver: pgx, dsn: x, query: x, pool: -1}, url: http://127.0.0.1/": "target.sql.pool: -1 is out of range",
		"command: {shell: ls, argv: [ls]}, request: {method: POST}":              "only url and urls have a request",
		"sleep: {}":                          "t.yaml:1:17: sleep: latency is missing, such as sleep: {latency: 2ms}",
		"cpu: {work: much}":                  "unknown distribution",
		"cpu: {latency: 1ms}":                `unknown key "latency"`,
		"cpu: {work: 1ms}, func: test-notes": "name exactly one of mock, url, urls, sleep, cpu, func, command, grpc, sql and tcp",
	} {
		s, _ := Decode("t.yaml", []byte("target: {"+target+"}\nworkload: {tasks: 2}\nstrategies: [sequential]\n"))
		err := s.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", target, err)
		}
	}
	s := parseScenario(t, "target: {func: test-note}")
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), `unknown function "test-note"; did you mean "test-notes"?`) {
		t.Errorf("got %v", err)
	}
}

func TestEveryTargetIsWrittenBack(t *testing.T) {
	for _, target := range []string{
		"mock: {latency: constant:1ms, seed: 0, size: 'constant:0B'}", "url: http://127.0.0.1/", "sleep: {latency: constant:2ms}",
		"cpu: {work: 'uniform:min=1ms,max=2ms'}", "func: test-notes",
		"command: {argv: [convert, '{task}.png'], stdin: x}", "tcp: {address: '127.0.0.1:7', send: x, read: line}",
		"sql: {driver: pgx, dsn: 'postgres://127.0.0.1/shop', query: SELECT 1, pool: 4, expect_rows: 1}",
		"grpc: {address: '127.0.0.1:1', method: a.B/C, channels: 2, expect: {contains: ok}}",
	} {
		s := parseScenario(t, "target: {"+target+"}")
		s.Workload.Stack, s.Workload.Alloc, s.Workload.Panics = 64<<10, 1<<20, []latency.TaskRange{{First: 3, Last: 3}, {First: 5, Last: 9}}
		s.Measure.MemoryLimit, s.Measure.ThreadLimit = 1<<30, 50
		text, err := yaml.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode("again.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		if again.Target.String() != s.Target.String() || !reflect.DeepEqual(again.Workload, s.Workload) || again.Measure != s.Measure {
			t.Errorf("%s was written as\n%s", target, text)
		}
	}
}

func init() {
	RegisterFunc("test-notes", func(context.Context, int, int) error { return nil })
}

// parseScenario is a scenario of 20 tasks and two strategies with the given target.
func parseScenario(t *testing.T, target string) Scenario {
	t.Helper()
	s, err := Decode("t.yaml", []byte(target+"\nworkload: {tasks: 20}\nstrategies: [goroutine-per-task, errgroup]\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAURLIsShownAsItWasWritten(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:8091/{task}":       "http://127.0.0.1:8091/{task}",
		"http://me:secret@127.0.0.1/{round}": "http://me:xxxxx@127.0.0.1/%7Bround%7D",
	} {
		if got := Redacted(text); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}
