package strictyaml

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// read decodes a small object with every type, like a caller.
func read(text string) (tasks int, timeout time.Duration, on bool, err error) {
	d := New("s.yaml")
	if root := d.Root([]byte(text)); root != nil {
		d.Object(root, "scenario", Fields{
			"tasks":   func(n *yaml.Node) { tasks = d.Int(n, "tasks", 1, 100) },
			"timeout": func(n *yaml.Node) { timeout = d.Duration(n, "timeout", 0, time.Minute) },
			"on":      func(n *yaml.Node) { on = d.Bool(n, "on") },
			"rate":    func(n *yaml.Node) { d.Float(n, "rate", 0, 1) },
			"names": func(n *yaml.Node) {
				for _, item := range d.List(n, "names") {
					d.String(item, "name")
				}
			},
		})
	}
	return tasks, timeout, on, d.Err()
}

func TestGood(t *testing.T) {
	tasks, timeout, on, err := read("tasks: 7\ntimeout: 150ms\non: true\nrate: 0.5\nnames: [a, b]\n")
	if err != nil || tasks != 7 || timeout != 150*time.Millisecond || !on {
		t.Fatalf("got %d %v %v %v", tasks, timeout, on, err)
	}
}

func TestErrorsComeAllAtOnceWithPositions(t *testing.T) {
	_, _, _, err := read("tasks: 0\ntimout: 1s\ntimeout: 5\non: maybe\nrate: 2\nnames: [a, {}]\ntasks: 3\n")
	want := strings.Join([]string{
		`s.yaml:1:8: tasks: 0 is out of range: want 1 to 100`,
		`s.yaml:2:1: unknown key "timout"; did you mean "timeout"? (known: names, on, rate, tasks, timeout)`,
		`s.yaml:3:10: timeout: 5 has no unit; write 5s, 5ms or 5us`,
		`s.yaml:4:5: on: want true or false, not "maybe"`,
		`s.yaml:5:7: rate: 2 is out of range: want 0 to 1`,
		`s.yaml:6:12: name: want text, not key: value pairs`,
		`s.yaml:7:1: scenario: "tasks" is given twice`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestNotYAML(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "s.yaml:1:1: the file is empty",
		"# only a comment": "s.yaml:1:1: the file is empty",
		"- a\n- b":         "s.yaml:1:1: scenario: want key: value pairs, not a list",
		"a: [1,\nb: {":     "s.yaml:", // the position depends on the parser
		"a: 1\n---\nb: 2":  "a second document",
		"\x00":             "s.yaml:1:1: not YAML: control characters are not allowed",
	} {
		if _, _, _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func FuzzObject(f *testing.F) {
	f.Add("tasks: 7\ntimeout: 1s\n")
	f.Add("a: &x [1]\nb: *x\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _, _, err := read(text)
		if err != nil && !strings.Contains(err.Error(), "s.yaml:") {
			t.Errorf("got an error without a position: %v", err)
		}
	})
}

// Input is bounded, even if aliases multiply it.
func TestBounds(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 9) + "]\n"
	}
	for text, want := range map[string]string{
		bomb:         "more than 200000 keys and values",
		"a: &a [*a]": "b.yaml:1:8: the alias *a refers to a value that contains it",
		"[" + strings.Repeat("1,", 300_000) + "1]":    "more than 200000 keys and values",
		"a: " + strings.Repeat("x", longestValue+1):   "b.yaml:1:4: a text of 8193 bytes; the maximum is 8192: \"xxx",
		"a: &a [1, 2]\nb: [*a, *a, *a]\nc: {d: *a}\n": "",
	} {
		d := New("b.yaml")
		d.Root([]byte(text))
		err := d.Err()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
	d := New("b.yaml")
	root := d.Root([]byte(strings.Repeat("- x\n", 1000)))
	for _, item := range root.Content {
		d.Errorf(item, "wrong")
	}
	if lines := strings.Split(d.Err().Error(), "\n"); len(lines) != mostMistakes+1 || lines[mostMistakes] != "b.yaml:201:3: and 800 mistakes more from here on" {
		t.Errorf("%d lines, the last %s", len(lines), lines[len(lines)-1])
	}
}
