package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
)

// Shards may come from anywhere, so what they may have is limited, in bytes. trials.jsonl is
// held in memory.
const (
	maxManifest  = 16 << 20
	maxTrialText = 256 << 20 // of all shards of a merge together
	maxFiles     = 4 << 20
)

// openShard opens the run directory of a shard as one that somebody else may have written. A
// file that the run did not write so is an error. budget is how many bytes of trials.jsonl may
// still be read.
func openShard(dir string, budget *int64) (*Run, error) {
	real, err := filepath.EvalSymlinks(dir) // the directory itself may be a link, such as reports/latest
	if err != nil {
		return nil, fmt.Errorf("it is not a run directory: %w", err)
	}
	if err := plainTree(real, budget); err != nil {
		return nil, err
	}
	text, err := plainfile.Read(filepath.Join(real, manifestFile), maxManifest)
	if err != nil {
		return nil, fmt.Errorf("it is not a run directory: %w", err)
	}
	if err := ownFilesOnly(text); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	run, err := Open(real)
	if err != nil {
		return nil, err
	}
	switch {
	case len(run.Parts) > 0:
		return nil, errors.New("it is merged already: name the shards, not their run")
	case run.Schema != SchemaVersion:
		return nil, fmt.Errorf("it has schema %d, and this fanbench merges runs of schema %d only", run.Schema, SchemaVersion)
	case len(run.Findings) > 0:
		return nil, damage(run.Findings)
	}
	return run, run.checkShardPlan()
}

// damage is the error for a shard that is not as its run wrote it.
func damage(findings []Finding) error {
	var list []string
	for _, f := range findings[:min(len(findings), maxNamed)] {
		list = append(list, f.String())
	}
	more := ""
	if n := len(findings) - len(list); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("it is damaged, leave it out or measure it again: %s%s", strings.Join(list, "; "), more)
}

// plainTree returns an error for a directory with anything but directories and regular files:
// a link could name any file of this machine. It takes the size of trials.jsonl from budget.
func plainTree(dir string, budget *int64) error {
	files := 0
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path) // path is below dir
		if files++; files > maxFiles {
			return fmt.Errorf("it has more than %d files", maxFiles)
		}
		if d.IsDir() {
			return nil
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is a link or a special file, which no run has", quote.Plain(name))
		}
		if name != trialsFile {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if *budget -= info.Size(); *budget < 0 {
			return fmt.Errorf("%s: with it, all shards have more than %d MiB of trials", trialsFile, maxTrialText>>20)
		}
		return nil
	})
}

// fileArgument is the name of a file in the short form of a distribution.
var fileArgument = regexp.MustCompile(`(?:^|[^A-Za-z_])file=([^,)\s]*)`)

// ownFilesOnly returns an error if scenarios in the text of a run.json draw from files that
// are not the run's own: they are copied into the merged run.
func ownFilesOnly(text []byte) error {
	var m struct {
		Scenarios any `json:"scenarios"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	var errs []error
	var look func(key string, v any)
	look = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				look(k, v[k])
			}
		case []any:
			for _, item := range v {
				look(key, item)
			}
		case string:
			names := []string{}
			if key == "file" || key == "trace" {
				names = append(names, v)
			}
			for _, found := range fileArgument.FindAllStringSubmatch(v, -1) {
				names = append(names, found[1])
			}
			for _, name := range names {
				if local := filepath.FromSlash(name); !filepath.IsLocal(local) || !strings.HasPrefix(filepath.ToSlash(filepath.Clean(local)), "recordings/") {
					errs = append(errs, fmt.Errorf("%s is not a file of the run", quote.Text(name)))
				}
			}
		}
	}
	look("", m.Scenarios)
	return errors.Join(errs[:min(len(errs), maxNamed)]...)
}

// checkShardPlan returns an error unless the plan of the run is that of its shard. It follows
// from the scenario, so a plan that differs is from another fanbench, or was made up.
func (r *Run) checkShardPlan() error {
	for _, p := range r.Scenarios {
		if m := p.Scenario.Measure; m.Until > 0 || m.AutoWarmup {
			if r.Shard.Of > 1 {
				return fmt.Errorf("%s cannot be measured in shards: its number of rounds is not known beforehand", p.Scenario.Name)
			}
			continue
		}
		w, n := p.Scenario.Measure.Planned()
		if w < 0 || n < 0 || w > scenario.MaxRounds || n > scenario.MaxRounds {
			return fmt.Errorf("%s: impossible numbers of rounds: %d and %d", p.Scenario.Name, w, n)
		}
		want := r.Shard.plan(p.Scenario)
		if !slices.EqualFunc(p.Plan.Rounds, want.Rounds, func(a, b scenario.Round) bool {
			return a.Number == b.Number && slices.Equal(a.Order, b.Order)
		}) {
			return fmt.Errorf("the rounds of %s are not those of shard %v of its scenario", p.Scenario.Name, r.Shard)
		}
	}
	return nil
}

// differences returns what makes two runs shards of different measurements, none if they are of
// one.
func differences(a, b *Run) (out []string) {
	differ := func(what string, x, y any) {
		if x != y {
			out = append(out, fmt.Sprintf("%s is %v, not %v", what, y, x))
		}
	}
	differ("the number of shards", a.Shard.Of, b.Shard.Of)
	differ("fanbench", a.Fanbench, b.Fanbench)
	differ("Go", a.Environment.Go, b.Environment.Go)
	differ("the protocol of workers", a.Protocol, b.Protocol)
	differ("isolation of strategies", a.Isolated, b.Isolated)
	differ("the number of scenarios", len(a.Scenarios), len(b.Scenarios))
	for i := range min(len(a.Scenarios), len(b.Scenarios)) {
		x, y := plainJSON(a.Scenarios[i].Scenario), plainJSON(b.Scenarios[i].Scenario)
		out = append(out, unequal(a.Scenarios[i].Scenario.Name, x, y)...)
	}
	own := func(r *Run) map[string]string {
		m := maps.Clone(r.Checksums)
		delete(m, trialsFile)
		delete(m, BenchFile)
		return m
	}
	if x, y := own(a), own(b); !maps.Equal(x, y) {
		out = append(out, "its recordings or lists of URLs differ")
	}
	if n := len(out) - maxNamed; n > 0 {
		out = append(out[:maxNamed], fmt.Sprintf("and %d more differences", n))
	}
	return out
}

// plainJSON returns a value as JSON has it.
func plainJSON(v any) (out any) {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a seed has more digits than a float64
	_ = d.Decode(&out)
	return out
}

// unequal returns the keys at which two values differ, with what each has.
func unequal(key string, a, b any) (out []string) {
	x, ok1 := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if ok1 && ok2 {
		keys := maps.Clone(x)
		maps.Copy(keys, y)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			out = append(out, unequal(key+"."+k, x[k], y[k])...)
		}
		return out
	}
	if p, q := short(a), short(b); p != q || !bytes.Equal(compact(a), compact(b)) {
		out = append(out, fmt.Sprintf("%s is %s, not %s", key, q, p))
	}
	return out
}

func compact(v any) []byte {
	text, _ := json.Marshal(v) // it comes from JSON
	return text
}

func short(v any) string {
	if v == nil {
		return "missing"
	}
	return quote.Plain(string(compact(v)))
}
