package cmd

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// compiledSchema is the schema that is checked in, after checking that it is the one that
// fanbench prints.
func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	printed := call(t, t.TempDir(), "schema")
	if printed.stdout != read(t, filepath.Join("..", "docs"), "scenario.schema.json") {
		t.Fatal("docs/scenario.schema.json is not what the code says: go run ./cmd/fanbench schema > docs/scenario.schema.json")
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(printed.stdout))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fits returns what the schema says about a text in YAML.
func fits(s *jsonschema.Schema, text string) error {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	asJSON, err := json.Marshal(v)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return s.Validate(instance)
}

// Every scenario among the examples, every one that the docs show, and the one that init writes
// fit the schema.
func TestScenariosFitTheSchema(t *testing.T) {
	s := compiledSchema(t)
	seen := 0
	err := filepath.WalkDir(filepath.Join("..", "examples"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text := read(t, filepath.Dir(path), filepath.Base(path))
		if !strings.Contains(text, "\nstrategies:") {
			return nil // of a server, or of a CI system
		}
		seen++
		if err := fits(s, text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil || seen < 15 {
		t.Errorf("only %d examples were found, %v", seen, err)
	}
	docs, err := filepath.Glob(filepath.Join("..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	snippets := 0
	for _, file := range append(docs, filepath.Join("..", "README.md")) {
		for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllStringSubmatch(read(t, filepath.Dir(file), filepath.Base(file)), -1) {
			if !regexp.MustCompile(`(?m)^(target|workload|measure|strategies|programs):`).MatchString(block[1]) {
				continue
			}
			snippets++
			if err := fits(s, block[1]); err != nil {
				t.Errorf("%s: %v\nin\n%s", file, err, block[1])
			}
		}
	}
	if snippets < 3 {
		t.Errorf("only %d snippets were found: are they still marked yaml?", snippets)
	}
	if err := fits(s, initialScenario); err != nil {
		t.Errorf("init: %v", err)
	}
}

func TestTheSchemaRefusesMistakes(t *testing.T) {
	s := compiledSchema(t)
	for text, where := range map[string]string{
		"tarhet: {url: http://h/}":                             "tarhet",
		"workload: {tasks: many}":                              "/workload/tasks",
		"workload: {timeout: 5}":                               "/workload/timeout",
		"workload: {connections: hot}":                         "/workload/connections",
		"measure: {preflight: 3}":                              "/measure/preflight",
		"measure: {margin: wide}":                              "/measure/margin",
		"strategies: sequential":                               "/strategies",
		"target: {mock: {faults: [{kind: reset, rat: 3}]}}":    "rat",
		"target: {url: x, request: {expect: {body: x}}}":       "body",
		"workload: {arrivals: {process: [poisson]}}":           "/workload/arrivals/process",
		"programs: {mine: {command: [./x], protocol: 9}}":      "protocol",
		"workload: {tenants: [{name: a, rate: 1/s, dead: 1}]}": "dead",
	} {
		if err := fits(s, text); err == nil || !strings.Contains(err.Error(), where) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestInit(t *testing.T) {
	dir := t.TempDir()
	if r := call(t, dir, "init"); r.status != exitOK || !strings.Contains(r.stdout, "fanbench run scenario.yaml") {
		t.Errorf("status %d, %s%s", r.status, r.stdout, r.stderr)
	}
	if r := call(t, dir, "run", "scenario.yaml", "-n", "4", "--rounds", "2", "--latency", "constant:1ms", "--no-charts"); !r.fine() {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
	if r := call(t, dir, "init"); r.status != exitUsage || !strings.Contains(r.stderr, "exists already") {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "scenario.yaml")); err != nil || string(text) != call(t, dir, "init", "-").stdout {
		t.Errorf("the file and stdout differ, %v", err)
	}
	// The keys that comments show are right too.
	s := compiledSchema(t)
	text := regexp.MustCompile(`(?m)^( *)# ((name|arrivals|deadline|until|assert|url|urls|request|method|headers|body|expect|sleep|cpu):| +(method|headers|body|expect):|  - )`).ReplaceAllString(initialScenario, "$1$2")
	if err := fits(s, text); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
	for _, args := range [][]string{{"--version"}, {"-V"}, {"version"}} {
		if r := call(t, dir, args...); r.status != exitOK || !strings.HasPrefix(r.stdout, "fanbench ") {
			t.Errorf("%v: status %d, %s", args, r.status, r.stdout)
		}
	}
}
