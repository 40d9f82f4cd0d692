package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// files gives fanbench scenario files that are wrong.
var files = series{
	name:    "files",
	promise: "If a scenario file is wrong, huge or not a file, fanbench ends at once with exit status 2. It reports every mistake as file:line:col, does not panic, prints no control character, and uses bounded time and memory.",
	how:     "Handwritten wrong files, and a correct file with seeded mutations: keys, values and bytes replaced, repeated, cut and moved. Each is run with a wrong flag, so a file that is still correct is not measured.",
	run:     runFiles,
}

const goodFile = `name: good
target:
  mock:
    latency: {dist: lognormal, p50: 2ms, p99: 9ms}
    slots: 4
    queue: 8
    faults: [{kind: status, status: 503, probability: 0.1, tasks: [3, 7-9]}]
    routes: [{path: /a*, latency: 1ms, size: 1KiB}]
workload: {tasks: 20, timeout: 5s, stack: 4KiB, panics: [3]}
programs: {other: {command: [true], params: {workers: 4}}}
strategies: [sequential, "fixed-pool:workers=2..8", errgroup]
measure: {rounds: 6, warmup: 1, seed: 3, until: 5%, max_rounds: 20, margin: 1%}
assert: ["lost == 0", "p99(errgroup) < 1s", errgroup faster than sequential]
`

// head begins a file, up to its strategies or target.
const (
	headTarget     = "target: {sleep: {latency: 1ms}}\nworkload: {tasks: 4}\n"
	headStrategies = "strategies: [sequential, errgroup]\nworkload: {tasks: 4}\n"
)

// badFiles are handwritten files with mistakes.
func badFiles() []string {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		bomb += fmt.Sprintf("%c: &%c [*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s,*%s]\n", c, c, p, p, p, p, p, p, p, p, p)
	}
	var keys strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&keys, "key%d: %d\n", i, i)
	}
	return []string{
		"", "\n\n", "# nothing\n", "- a\n- b\n", "text\n", "{", "[[[[", "a: b: c\n", "\t\ta: 1\n", "a: \"unclosed\n", "&a *a\n", "a: &a [*a]\n",
		"--- \n---\n", "\x00\x00\x00", "\xff\xfe", "name: \"\\e[31mred\"\n" + headTarget + "strategies: [sequential]\n", bomb, keys.String(),
		strings.Repeat("[", 5000), strings.Repeat("a: {", 3000), "strategies: [" + strings.Repeat("x,", 100_000) + "x]\n",
		"strategies: [" + strings.Repeat("s", 20_000) + "]\n", headTarget, headStrategies,
		headTarget + "strategies: []\n", headTarget + "strategies: [sequential, sequential]\n", headTarget + "strategies: [nothing]\n",
		headTarget + "strategies: [errgroup:limit=1..1000000+1]\n", headTarget + "strategies: [errgroup:limit=NaN]\n",
		headTarget + "strategies: {a: b}\n", headTarget + "strategies: [[sequential]]\n", headTarget + "strategies: [null]\n",
		headTarget + "strategies: [\"sequential\\u202e\"]\n", headTarget + "strategies: [sequential]\nstrategies: [errgroup]\n",
		"target: {}\n" + headStrategies, "target: {mock: {latency: 1ms}, url: \"http://127.0.0.1/\"}\n" + headStrategies,
		"target: {url: \"ftp://a\"}\n" + headStrategies, "target: {url: \"http://\"}\n" + headStrategies, "target: {url: \"http://127.0.0.1:99999/\"}\n" + headStrategies,
		"target: {url: \"http://example.com/\"}\n" + headStrategies, "target: {func: nothing}\n" + headStrategies,
		"target: {urls: {}}\n" + headStrategies, "target: {urls: {file: no-such-file}}\n" + headStrategies, "target: {urls: {file: /dev/zero}}\n" + headStrategies,
		"target: {urls: {file: fifo}}\n" + headStrategies, "target: {urls: {list: []}}\n" + headStrategies, "target: {urls: {list: [\"http://example.com/\"]}}\nstrategies: [sequential]\n",
		"target: {sleep: {latency: -1ms}}\n" + headStrategies, "target: {sleep: {latency: 1e400s}}\n" + headStrategies, "target: {sleep: {}}\n" + headStrategies,
		"target: {sleep: {latency: \"empirical:fifo,column=a\"}}\n" + headStrategies, "target: {sleep: {latency: \"empirical:/dev/zero,column=a\"}}\n" + headStrategies,
		"target: {mock: {latency: 1ms, slots: 99999999999}}\n" + headStrategies, "target: {mock: {latency: 1ms, addr: \"0.0.0.0:80\"}}\n" + headStrategies,
		"target: {mock: {latency: 1ms, routes: [{path: x}]}}\n" + headStrategies, "target: {mock: {latency: 1ms, tls: true}}\n" + headStrategies,
		"workload: {tasks: -1}\ntarget: {sleep: {latency: 1ms}}\nstrategies: [sequential]\n", "workload: {tasks: 1e99}\ntarget: {sleep: {latency: 1ms}}\nstrategies: [sequential]\n",
		headTarget + "strategies: [sequential]\nmeasure: {rounds: 0}\n", headTarget + "strategies: [sequential]\nmeasure: {margin: NaN}\n",
		headTarget + "strategies: [sequential]\nmeasure: {memory_limit: 1B, thread_limit: 1}\n", headTarget + "strategies: [sequential]\nmeasure: {seed: 99999999999999999999}\n",
		headTarget + "strategies: [sequential]\nassert: [p99 < 1]\n", headTarget + "strategies: [sequential]\nassert: [\"p99(errgroup) < 1s\"]\n",
		headTarget + "strategies: [gone]\nprograms: {gone: [./gone]}\n", headTarget + "strategies: [sequential]\nprograms: {sequential: [x]}\n",
		headTarget + "strategies: [sequential]\nname: a-4\n", headTarget + "strategies: [sequential]\nname: " + strings.Repeat("n", 300) + "\n", headTarget + "strategies: [sequential]\nname: ../../etc\n",
	}
}

// mutations is the number of files made by damaging the good one.
const mutations = 130

// mutate damages the good file in one to three places.
func (t *tries) mutate() string {
	garbage := []string{"-1", "NaN", "1e400", "", "\"", "]", "}", "{", "[", ":", "*a", "&a ", "!!int", "\t", "\x00", "\x1b[2J", "\xff", "99999999999999999999", "null", "~", "yes", "2ms", "5%", "../..", "{{}}", "\n", "\r", "\u202e", strings.Repeat("9", 9000)}
	text := goodFile
	words := regexp.MustCompile(`[A-Za-z0-9./%*-]+`)
	for range 1 + t.random.IntN(3) {
		found := words.FindAllStringIndex(text, -1)
		if len(found) == 0 {
			return text
		}
		at := found[t.random.IntN(len(found))]
		word, to := text[at[0]:at[1]], garbage[t.random.IntN(len(garbage))]
		switch t.random.IntN(6) {
		case 0:
			to = word + to
		case 1:
			to = word[:len(word)-1]
		case 2:
			to = word + word
		case 3:
			text = text[:at[0]] // cut off the rest
			continue
		case 4: // two words are exchanged
			other := found[t.random.IntN(len(found))]
			to = text[other[0]:other[1]]
		}
		text = text[:at[0]] + to + text[at[1]:]
	}
	return text
}

var (
	placed  = regexp.MustCompile(`(?m)^fanbench: s\.yaml:[0-9]+:[0-9]+: `)
	control = regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f]`)
)

func runFiles(ctx context.Context, t *tries) error {
	if err := syscall.Mkfifo(filepath.Join(t.dir, "fifo"), 0o600); err != nil {
		return err
	}
	byHand := badFiles()
	for i := range t.times(ctx, len(byHand)+mutations) {
		text := ""
		if i < len(byHand) {
			text = byHand[i]
		} else {
			text = t.mutate()
		}
		if err := os.WriteFile(filepath.Join(t.dir, "s.yaml"), []byte(text), 0o644); err != nil {
			return err
		}
		o, err := t.refused(ctx, "s.yaml", short(text))
		if err != nil {
			return err
		}
		if i < len(byHand) {
			t.expect("a mistake is reported as file:line:col", placed.MatchString(o.stderr), "%s: %s", short(text), short(o.stderr))
		}
		astray := ""
		for line := range strings.Lines(o.stderr) {
			if !placed.MatchString(line) && !strings.HasPrefix(line, "fanbench: --timeout: ") {
				astray = line
			}
		}
		t.expect("every message has a place", astray == "", "%s: %s", short(text), short(astray))
	}
	if err := os.WriteFile(filepath.Join(t.dir, "huge"), make([]byte, 50<<20), 0o644); err != nil {
		return err
	}
	for _, name := range []string{"fifo", ".", "/dev/zero", "huge", "no-such-file", "s.yaml/x"} {
		o, err := t.refused(ctx, name, name)
		if err != nil {
			return err
		}
		t.expect("anything but a regular file of at most 1 MiB is refused by name", strings.Contains(o.stderr, "reading the scenario: "), "%s: %s", name, short(o.stderr))
	}
	return ctx.Err()
}

// refused runs a scenario and checks that it is refused.
func (t *tries) refused(ctx context.Context, scenario, what string) (outcome, error) {
	o, err := t.fanbench(ctx, t.dir, "run", scenario, "--timeout", "0s")
	if err != nil {
		return o, err
	}
	t.expect("exit status 2", o.status == 2, "%s: %s", what, o)
	t.expect("no panic", !strings.Contains(o.stderr, "goroutine "), "%s: %s", what, o)
	t.expect("no control character, no line over 2,100 bytes", !control.MatchString(o.stderr) && longestLine(o.stderr) <= 2100, "%s: %d bytes", what, longestLine(o.stderr))
	t.expect("within 20 s and 256 MiB", o.took < 20*time.Second && o.peak < 256<<20, "%s: %.1f s, %d MiB", what, o.took.Seconds(), o.peak>>20)
	return o, nil
}

func longestLine(text string) (longest int) {
	for line := range strings.Lines(text) {
		longest = max(longest, len(line))
	}
	return longest
}
