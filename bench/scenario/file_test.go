package scenario

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/quote"
)

const goodScenario = `
name: kitchen
target: {mock: {latency: {dist: constant, value: 2s}}}
workload: {tasks: 10, timeout: 5s}
strategies: [sequential, "fixed-pool:workers=4"]
measure: {rounds: 7, warmup: 2, seed: 3, error_budget: 5%, margin: 1%, trial_timeout: 1m, preflight: false, processes: kept}
`

func TestGoodScenario(t *testing.T) {
	s, err := Decode("x.yaml", []byte(goodScenario))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	want := Measurement{Rounds: 7, Warmup: 2, Seed: 3, ErrorBudget: 0.05, Margin: 0.01, MaxRounds: 200, TrialTimeout: time.Minute, NoPreflight: true, Processes: ProcessesKept}
	if s.Name != "kitchen" || s.Measure != want || !reflect.DeepEqual(s.Workload, Workload{Tasks: 10, Timeout: 5 * time.Second, Connections: ConnectionsWarm}) {
		t.Errorf("got %+v", s)
	}
	text, err := yaml.Marshal(s)
	if again, err2 := Decode("x.yaml", text); err != nil || err2 != nil || again.Measure != want {
		t.Errorf("written back: %v, %v\n%s", err, err2, text)
	}
	if got := s.Latencies(1); len(got) != 10 || got[9] != 2*time.Second {
		t.Errorf("latencies %v", got)
	}
	if got := s.Strategies[1].String(); got != "fixed-pool:workers=4" {
		t.Errorf("strategy %q", got)
	}
}

// What is written back is the same scenario: run.json can be read again.
func TestScenarioIsWrittenBack(t *testing.T) {
	files, err := filepath.Glob("../../examples/scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		s, err := Read(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		text, err := yaml.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode("again.yaml", text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if text2, _ := yaml.Marshal(again); string(text) != string(text2) {
			t.Errorf("%s: written\n%s\nand then\n%s", file, text, text2)
		}
		for round := -1; round < 3; round++ {
			if !reflect.DeepEqual(s.Latencies(round), again.Latencies(round)) {
				t.Errorf("%s: round %d has other latencies", file, round)
			}
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	s, _ := Decode("bad.yaml", []byte(`name: a-4
target: {mock: {latency: {dist: constnt, value: 2s}}, url: "ftp://x"}
workload: {tasks: -1, timeot: 3s}
strategies: [errgruop, "fixed-pool:workers=0"]
measure: {rounds: many, warmup: -2, seed: -1, error_budget: 120%, trial_timeout: 5, margin: wide}
assrt: []
`))
	err := s.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		`bad.yaml:1:7: name: "a-4" ends in -<digits>, which benchstat reads as GOMAXPROCS; write "a_4"`,
		`bad.yaml:2:26: unknown distribution "constnt"; did you mean "constant"?`,
		`bad.yaml:2:60: target.url: mock is given too; name exactly one of mock, url, urls, sleep, cpu, func, command, grpc, sql and tcp`,
		`bad.yaml:2:60: target.url: "ftp://x" is not a URL with http:// or https:// in front`,
		`bad.yaml:3:19: workload.tasks: -1 is out of range: want 1 to 10000000`,
		`bad.yaml:3:23: unknown key "timeot"; did you mean "timeout"? (known: alloc, arrivals, client, connections, deadline, nested, panics, stack, tasks, tenants, timeout)`,
		`bad.yaml:4:14: unknown strategy "errgruop"; did you mean "errgroup"?`,
		`bad.yaml:4:24: fixed-pool: workers=0: out of range; workers takes 1..1000000`,
		`bad.yaml:5:19: measure.rounds: want a whole number, not "many"`,
		`bad.yaml:5:33: measure.warmup: -2 is out of range: want 0 to 100000`,
		`bad.yaml:5:43: measure.seed: want a whole number from 0 to 18446744073709551615, not "-1"`,
		`bad.yaml:5:61: measure.error_budget: 120% is out of range: want 0% to 100%`,
		`bad.yaml:5:82: measure.trial_timeout: 5 has no unit; write 5s, 5ms or 5us`,
		`bad.yaml:5:93: measure.margin: "wide" is not a fraction`,
		`bad.yaml:6:1: unknown key "assrt"; did you mean "assert"?`,
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("line %d\nwant %s\nin\n%s", i, want, err)
			return
		}
	}
}

func TestMissingParts(t *testing.T) {
	s, err := Decode("dir/empty.yaml", []byte("name: x\n"))
	if err != nil {
		t.Error(err)
	}
	err = s.Validate()
	for _, want := range []string{"dir/empty.yaml:1:1: target: missing", "dir/empty.yaml:1:1: strategies: none is named", "dir/empty.yaml:1:1: workload.tasks: 0; say how many"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestURLLists(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("good.txt", "# a comment\n\nhttp://127.0.0.1:1/a\n  http://localhost/b  \n")
	scenario := write("s.yaml", "target: {urls: {file: good.txt}}\nstrategies: [sequential]\n")
	s, err := Read(scenario)
	if err != nil {
		t.Fatal(err)
	}
	if s.Workload.Tasks != 2 || s.Name != "s" || s.Target.URLs[1] != "http://localhost/b" {
		t.Errorf("got %+v", s)
	}
	if hosts := s.Target.Remote(); len(hosts) != 0 {
		t.Errorf("loopback hosts called remote: %v", hosts)
	}

	bad := write("bad.txt", "http://a.example/\nftp://x\nhttp://\nhttp://h:99999/\nhttp://%zz/\n")
	_, err = URLsTarget(bad)
	want := bad + `:2:1: "ftp://x" is not a URL with http:// or https:// in front
` + bad + `:3:1: "http://" names no host
` + bad + `:4:1: "http://h:99999/": port 99999 is not a number from 1 to 65535
` + bad + `:5:1: "http://%zz/" is not a URL: invalid URL escape "%zz"`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if _, err := URLsTarget(write("none.txt", "# nothing\n")); err == nil || !strings.Contains(err.Error(), "no URL in the file") {
		t.Errorf("got %v", err)
	}
	if _, err := URLsTarget(filepath.Join(dir, "missing.txt")); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestSplitStrategies(t *testing.T) {
	got := SplitStrategies("sequential, pool:workers=4,queue=8,errgroup")
	if want := []string{"sequential", "pool:workers=4,queue=8", "errgroup"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever the text, every mistake has its place, and reading it ends.
func FuzzDecodeScenario(f *testing.F) {
	f.Add(goodScenario)
	f.Add("target: {urls: {list: []}}\nstrategies: []\nworkload: {}\n")
	f.Add("a: &a [*a]\n")
	f.Add("a: &a [x, x]\nb: &b [*a, *a]\nstrategies: [*b, *b]\n")
	f.Add("name: \"\\e[31m\"\ntarget: {mock: {latency: 1ms, slots: -1, routes: [{path: x}]}}\n")
	f.Add("target: {cpu: {work: 1ms}}\nworkload: {tasks: 4, panics: [1, 7]}\nstrategies: [errgroup:limit=1..4]\nassert: [\"p99(errgroup) < 1s\"]\n")
	f.Add("programs: {a: {command: [x], params: {workers: 0}}, b: 1}\nmeasure: {until: 2%, max_rounds: 1}\n")
	files, _ := filepath.Glob("../../examples/scenarios/*.yaml")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(string(text))
		}
	}
	placed := regexp.MustCompile(`^f\.yaml:[1-9][0-9]*:[1-9][0-9]*: `)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "file") || strings.Contains(text, "empirical") {
			t.Skip("reads files")
		}
		s, _ := Decode("f.yaml", []byte(text))
		err := s.Validate()
		if err == nil {
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !placed.MatchString(line) || quote.Printable(line) != line {
				t.Errorf("no place, or control characters: %q", line)
			}
		}
	})
}

func FuzzDecodeURLs(f *testing.F) {
	f.Add("http://127.0.0.1/\n# a comment\n\nhttps://example.com:8443/a?b#c\n")
	f.Add("\ufeffhttp://[::1]:80/\r\nftp://x\nhttp://\nhttp://h:99999/\nhttp://%zz/")
	f.Add("POST http://127.0.0.1/\nX: y\n@body.json\n\n{\"method\": \"PUT\", \"url\": \"http://h/\", \"header\": {\"A\": [\"b\"]}, \"body\": \"eA==\"}")
	f.Add("{\"log\": {\"entries\": [{\"request\": {\"method\": \"GET\", \"url\": \"http://h/\"}}]}}")
	f.Add("\x00\n\x1b[31m\n")
	placed := regexp.MustCompile(`^u\.txt:[1-9][0-9]*:[1-9][0-9]*: `)
	f.Fuzz(func(t *testing.T, text string) {
		items, err := request.DecodeList("u.txt", text, MaxTasks)
		if err == nil && len(items) == 0 {
			t.Error("no URL and no error")
		}
		for _, i := range items {
			if request.CheckURL(i.URL) != nil || i.Line < 1 {
				t.Errorf("accepted %+v", i)
			}
		}
		if err == nil {
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !placed.MatchString(line) {
				t.Errorf("no place: %q", line)
			}
		}
	})
}
