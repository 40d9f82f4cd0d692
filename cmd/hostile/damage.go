package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// damage alters run directories.
var damage = series{
	name:    "damage",
	promise: "`report` and `compare` detect altered and missing measured files of a run directory. They name the file and exit 4, or 2 if run.json cannot be read. Nothing panics.",
	how:     "A run of two strategies is copied many times, and each copy gets one kind of damage: a file truncated, doubled, zeroed, overwritten at random, exchanged or deleted, a bit flipped, a digit or a line changed, a key added.",
	run:     runDamage,
}

// damages is the number of damaged copies, about equally many for each kind of harm.
const damages = 260

// harm is one way of altering a run. It returns the altered files, relative to the run
// directory, or none if it found nothing to alter.
type harm struct {
	name string
	do   func(r *rand.Rand, dir string, files []string) ([]string, error)
}

var harms = []harm{
	{"truncated", contents(func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] })},
	{"doubled", contents(func(_ *rand.Rand, b []byte) []byte { return append(b, b...) })},
	{"zeroed", contents(func(_ *rand.Rand, b []byte) []byte { return make([]byte, len(b)) })},
	{"overwritten at random", contents(func(r *rand.Rand, b []byte) []byte {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	})},
	{"a part overwritten at random", contents(func(r *rand.Rand, b []byte) []byte {
		at := r.IntN(len(b))
		for i := at; i < min(at+16, len(b)); i++ {
			b[i] = byte(r.Uint32())
		}
		return b
	})},
	{"a bit flipped", contents(func(r *rand.Rand, b []byte) []byte {
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		return b
	})},
	{"deleted", func(r *rand.Rand, dir string, files []string) ([]string, error) {
		name := pick(r, files)
		return []string{name}, os.Remove(filepath.Join(dir, name))
	}},
	{"two files exchanged", func(r *rand.Rand, dir string, files []string) ([]string, error) {
		records := only(files, "tasks/")
		return exchange(dir, pick(r, records), pick(r, records))
	}},
	{"two strategies' records exchanged", func(_ *rand.Rand, dir string, files []string) ([]string, error) {
		records := only(files, "tasks/")
		a, b := filepath.Dir(records[0]), filepath.Dir(records[len(records)-1])
		if _, err := exchange(dir, a, b); err != nil {
			return nil, err
		}
		return records, nil
	}},
	{"a digit changed", in([]string{"run.json", "trials.jsonl", "bench.txt"}, func(r *rand.Rand, b []byte) []byte {
		for {
			if at := r.IntN(len(b)); unicode.IsDigit(rune(b[at])) {
				b[at] = '0' + (b[at]-'0'+byte(1+r.IntN(9)))%10
				return b
			}
		}
	})},
	{"a key added", in([]string{"run.json", "trials.jsonl"}, func(r *rand.Rand, b []byte) []byte {
		objects := bytes.Count(b, []byte("{\""))
		if objects == 0 { // indented
			return bytes.Replace(b, []byte("{"), []byte(`{"hue": 1,`), 1)
		}
		parts := bytes.SplitN(b, []byte("{\""), 2+r.IntN(objects))
		last := len(parts) - 1
		return append(bytes.Join(parts[:last], []byte("{\"")), append([]byte(`{"hue":1,"`), parts[last]...)...)
	})},
	{"a line deleted", in([]string{"trials.jsonl", "bench.txt"}, func(r *rand.Rand, b []byte) []byte {
		lines := slices.Collect(bytes.Lines(b))
		return bytes.Join(slices.Delete(lines, 0, 1+r.IntN(len(lines))), nil)
	})},
	{"a line doubled", in([]string{"trials.jsonl", "bench.txt"}, func(r *rand.Rand, b []byte) []byte {
		lines := slices.Collect(bytes.Lines(b))
		at := r.IntN(len(lines))
		return bytes.Join(slices.Insert(lines, at, lines[at]), nil)
	})},
	{"lines exchanged", in([]string{"trials.jsonl", "bench.txt"}, func(r *rand.Rand, b []byte) []byte {
		lines := slices.Collect(bytes.Lines(b))
		at := r.IntN(len(lines) - 1)
		lines[at], lines[at+1] = lines[at+1], lines[at]
		return bytes.Join(lines, nil)
	})},
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func only(files []string, prefix string) (out []string) {
	for _, f := range files {
		if strings.HasPrefix(filepath.ToSlash(f), prefix) {
			out = append(out, f)
		}
	}
	return out
}

// contents changes the contents of a random file.
func contents(change func(r *rand.Rand, b []byte) []byte) func(*rand.Rand, string, []string) ([]string, error) {
	return func(r *rand.Rand, dir string, files []string) ([]string, error) {
		return in(files, change)(r, dir, files)
	}
}

// in changes the contents of one of the named files.
func in(these []string, change func(r *rand.Rand, b []byte) []byte) func(*rand.Rand, string, []string) ([]string, error) {
	return func(r *rand.Rand, dir string, _ []string) ([]string, error) {
		name := pick(r, these)
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		after := change(r, bytes.Clone(text))
		if bytes.Equal(after, text) {
			return nil, nil
		}
		return []string{name}, os.WriteFile(path, after, 0o644)
	}
}

// exchange exchanges two files or folders.
func exchange(dir, a, b string) ([]string, error) {
	if a == b {
		return nil, nil
	}
	hold := filepath.Join(dir, "exchanged")
	for _, move := range [][2]string{{filepath.Join(dir, a), hold}, {filepath.Join(dir, b), filepath.Join(dir, a)}, {hold, filepath.Join(dir, b)}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			return nil, err
		}
	}
	return []string{a, b}, nil
}

func runDamage(ctx context.Context, t *tries) error {
	o, err := t.fanbench(ctx, t.dir, "run", "-n", "20", "--latency", "uniform:min=1ms,max=3ms", "--strategies", "sequential,errgroup", "--rounds", "4", "--out", "whole", "--no-charts")
	if err != nil {
		return err
	}
	if o.status != 0 {
		return fmt.Errorf("measuring the run to damage: %s", o)
	}
	whole := filepath.Join(t.dir, "whole")
	if err := os.RemoveAll(filepath.Join(whole, "logs")); err != nil {
		return err
	}
	files, err := measuredFiles(whole)
	if err != nil {
		return err
	}
	for i := range t.times(ctx, damages) {
		h := harms[i%len(harms)]
		dir := filepath.Join(t.dir, fmt.Sprintf("damaged-%03d", i))
		if err := copyFiles(whole, dir, files); err != nil {
			return err
		}
		altered, err := h.do(t.random, dir, files)
		if err != nil {
			return fmt.Errorf("damaging a run: %w", err)
		}
		if len(altered) > 0 {
			if err := t.damaged(ctx, dir, h.name, altered); err != nil {
				return err
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// damaged checks the output for a run whose files were altered.
func (t *tries) damaged(ctx context.Context, dir, how string, altered []string) error {
	report, err := t.fanbench(ctx, t.dir, "report", "--no-charts", dir)
	if err != nil {
		return err
	}
	compare, err := t.fanbench(ctx, t.dir, "compare", "whole", dir)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%s, %s", altered[0], how)
	t.expect(how+": detected by report", report.status == 4 || report.status == 2, "%s: %s", what, report)
	t.expect("compare exits with the same status", compare.status == report.status, "%s: %s", what, compare)
	said := withoutSpaces(report.stdout + report.stderr)
	t.expect("an altered file is named", slices.ContainsFunc(altered, func(f string) bool {
		return strings.Contains(said, withoutSpaces(filepath.ToSlash(f)))
	}), "%s: %s", what, report)
	panics := strings.Contains(report.stderr+compare.stderr, "goroutine ") || report.hung || compare.hung
	t.expect("nothing panics or hangs", !panics, "%s: %s; %s", what, report, compare)
	return nil
}

// withoutSpaces undoes line wrapping.
func withoutSpaces(text string) string { return strings.Join(strings.Fields(text), "") }

// measuredFiles returns the measured files of a run directory, relative to it.
func measuredFiles(dir string) (files []string, err error) {
	for _, root := range []string{"run.json", "trials.jsonl", "bench.txt", "tasks", "usage"} {
		err := filepath.WalkDir(filepath.Join(dir, root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(dir, path)
			files = append(files, name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func copyFiles(from, to string, files []string) error {
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
