package results

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/internal/seal"
	"github.com/fanbench/fanbench/strategies"
)

// Finding is a file of a run directory, or a line of one, that is not as the run wrote it.
type Finding struct {
	File string // relative to the run directory, with forward slashes
	Line int    // of the file, from 1; 0 for the whole file
	What string // "is missing", "was altered: ...": the rest of a sentence
}

// String returns the finding as a sentence without its full stop.
func (f Finding) String() string {
	if f.Line > 0 {
		return fmt.Sprintf("%s:%d %s", f.File, f.Line, f.What)
	}
	return f.File + " " + f.What
}

// ErrDamaged is the error for a file of a trial that is not as the run wrote it.
var ErrDamaged = errors.New("the file is not as the run wrote it")

// altered is the text of a finding about a wrong checksum.
const altered = "was altered: its checksum is not that of its contents"

// verify reads the measured files of the run's directory, fills in the trials, and returns
// everything that is not as the run wrote it: missing, altered or inconsistent. text is that
// of run.json. Trials whose lines were altered are left out.
//
// It checks the seals of run.json and of each line of trials.jsonl; the checksums of other
// files in run.json, and of records in their trial's line; that the trials are those of the
// plan, each once, in order; that makespans and audits follow from the records; that
// bench.txt has the same makespans. A run of a schema without checksums has only the last
// three.
func (r *Run) verify(text []byte) []Finding {
	v := &verifier{run: r, damaged: map[string]bool{}}
	_, intact := seal.Unseal(text)
	if r.hasChecksums(text) && !(intact && bytes.HasSuffix(text, []byte("}\n"))) {
		v.found(manifestFile, 0, altered)
	}
	bench := v.read(BenchFile) // before the trials: a run in progress has more trials than lines
	v.trials(v.read(trialsFile))
	v.records()
	v.benchText(bench)
	v.files()
	r.damaged = v.damaged
	return v.findings
}

// Damaged reports whether a file of the run is missing or was altered.
func (r *Run) Damaged(file string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.File == file })
}

// Unverified reports whether the run is from before runs had checksums. Then damage is found
// only if files contradict each other.
func (r *Run) Unverified() bool { return r.Schema < firstWithChecksums }

// firstWithChecksums is the first schema whose files have checksums.
const firstWithChecksums = 2

// hasChecksums reports whether an object of the run must be sealed. A sealed object of an
// old schema had its schema altered.
func (r *Run) hasChecksums(object []byte) bool { return !r.Unverified() || seal.Sealed(object) }

// closed reports whether the run ended, so that all its files are complete.
func (r *Run) closed() bool { return r.Status != RunRunning }

// verifier collects the findings of one run directory.
type verifier struct {
	run      *Run
	lines    []int // of trials.jsonl, by index of run.Trials
	leftOut  int   // lines that are no trial
	findings []Finding
	damaged  map[string]bool // files that are not to be read
}

func (v *verifier) found(file string, line int, format string, args ...any) {
	v.findings = append(v.findings, Finding{file, line, fmt.Sprintf(format, args...)})
}

// read reads a whole file of the run.
func (v *verifier) read(name string) []byte {
	text, err := plainfile.Read(filepath.Join(v.run.Dir, name), plainfile.MaxRun)
	if err != nil {
		v.unreadable(name, err)
	}
	return text
}

func (v *verifier) unreadable(name string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		v.found(name, 0, "is missing")
		return
	}
	v.found(name, 0, "cannot be read: %v", err)
}

// trials reads trials.jsonl.
func (v *verifier) trials(text []byte) {
	plan := newPlanIndex(v.run.Scenarios)
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if !bytes.HasSuffix(line, []byte("\n")) && !v.run.closed() {
			break // cut short as the run was killed: the trial did not happen
		}
		t, err := v.trial(line, len(v.lines)+v.leftOut, plan)
		if err != nil {
			v.leftOut++
			v.found(trialsFile, number, "%v; its trial is left out", err)
			continue
		}
		v.lines = append(v.lines, number)
		v.run.Trials = append(v.run.Trials, t)
	}
	if v.run.Parts != nil {
		v.countParts() // a strategy that died on one machine has trials on others
		return
	}
	missing := plan.missing(v.run.Scenarios)
	if n := len(missing) - v.leftOut; n > 0 && (v.run.Status == RunComplete || v.run.Status == RunInvalid) {
		v.found(trialsFile, 0, "was altered: %d trials that were held are missing, first %s", n, missing[0])
	}
}

// trial reads a line of trials.jsonl, which should be the seq-th trial of the run.
func (v *verifier) trial(line []byte, seq int, plan *planIndex) (Trial, error) {
	object, intact := seal.Unseal(bytes.TrimRight(line, "\n"))
	if !intact && v.run.hasChecksums(line) {
		return Trial{}, errors.New(altered)
	}
	if !intact {
		object = line
	}
	var t Trial
	if err := unmarshal(object, &t); err != nil {
		return t, fmt.Errorf("is not a trial: %w", err)
	}
	if t.Seq != seq {
		return t, fmt.Errorf("is trial %d of the run, not %d: a line is missing, doubled or in another's place", t.Seq, seq)
	}
	return t, plan.add(t)
}

// unmarshal is json.Unmarshal, but refuses unknown keys and text after the value.
func unmarshal(text []byte, value any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(value); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is text behind its end")
	}
	return nil
}

// planIndex compares trials with the plan of the run.
type planIndex struct {
	rounds     map[string]map[int]bool // planned, by scenario
	strategies map[string][]string
	held       map[trialKey]Trial
}

type trialKey struct {
	scenario, strategy string
	round              int
}

func newPlanIndex(planned []Planned) *planIndex {
	x := &planIndex{rounds: map[string]map[int]bool{}, strategies: map[string][]string{}, held: map[trialKey]Trial{}}
	for _, p := range planned {
		rounds := map[int]bool{}
		for _, round := range p.Plan.Rounds {
			rounds[round.Number] = true
		}
		x.rounds[p.Scenario.Name] = rounds
		for _, c := range p.Scenario.Strategies {
			x.strategies[p.Scenario.Name] = append(x.strategies[p.Scenario.Name], c.String())
		}
	}
	return x
}

// add returns an error if fanbench cannot have written such a trial.
func (x *planIndex) add(t Trial) error {
	key := trialKey{t.Scenario, t.Strategy, t.Round}
	_, doubled := x.held[key]
	a := t.Audit
	switch {
	case x.rounds[t.Scenario] == nil:
		return fmt.Errorf("is of scenario %q, which the run does not have", t.Scenario)
	case !slices.Contains(x.strategies[t.Scenario], t.Strategy):
		return fmt.Errorf("is of strategy %q, which the scenario %s does not have", t.Strategy, t.Scenario)
	case !x.rounds[t.Scenario][t.Round]:
		return fmt.Errorf("is of round %d, which the plan of %s does not have", t.Round, t.Scenario)
	case doubled:
		return fmt.Errorf("is a second trial of %s in %s of %s", t.Strategy, RoundName(t.Round), t.Scenario)
	case !slices.Contains(trialStatuses, t.Status):
		return fmt.Errorf("has the unknown status %q", t.Status)
	case t.Makespan < 0 || t.At < 0 || t.Bound != nil && min(t.Bound.Lower, t.Bound.Greedy, t.Bound.Upper) < 0:
		return errors.New("has a negative time")
	case min(a.Done, a.Failed, a.Aborted, a.Lost, a.Unstarted, a.Running, a.Doubled, a.Starts, t.Extra) < 0:
		return errors.New("has a negative count of tasks")
	case t.Records != RecordsPath(t.Scenario, t.Strategy, t.Round):
		return fmt.Errorf("names %q as its records", t.Records)
	case t.Batches != "" && t.Batches != batchesPath(t):
		return fmt.Errorf("names %q as its batches", t.Batches)
	case (t.Phase == nil) != (t.Batches == ""):
		return errors.New("has a phase without batches, or batches without a phase")
	case t.UsageFile != "" && t.UsageFile != usagePath(t.Scenario, t.Strategy, t.Round):
		return fmt.Errorf("names %q as its recording", t.UsageFile)
	}
	x.held[key] = t
	return nil
}

// missing returns the trials that a run that ended must have had and has no longer. A
// strategy that died had none after that.
func (x *planIndex) missing(planned []Planned) (out []string) {
	for _, p := range planned {
		died := map[int]bool{}
		for _, round := range p.Plan.Rounds {
			for _, i := range round.Order {
				if died[i] {
					continue
				}
				strategy := p.Scenario.Strategies[i].String()
				t, ok := x.held[trialKey{p.Scenario.Name, strategy, round.Number}]
				if !ok {
					out = append(out, fmt.Sprintf("%s of %s in %s", RoundName(round.Number), strategy, p.Scenario.Name))
				}
				died[i] = t.Died()
			}
		}
	}
	return out
}

// records verifies the files that the trials name.
func (v *verifier) records() {
	of := map[string]string{} // the records with this checksum
	for _, t := range v.run.Trials {
		of[t.RecordsSum] = t.Records
	}
	for i, t := range v.run.Trials {
		before := len(v.findings)
		read, err := sumRecords(filepath.Join(v.run.Dir, filepath.FromSlash(t.Records)), t, int64(t.Audit.Tasks())*strategies.RecordSize)
		if err != nil {
			v.unreadable(t.Records, err)
		} else if what := read.differs(t, of); what != "" {
			v.found(t.Records, 0, "%s (%s:%d)", what, trialsFile, v.lines[i])
		}
		v.damaged[t.Records] = len(v.findings) > before
		if t.Batches != "" {
			v.phase(t, v.lines[i])
		}
		if t.UsageSum != "" {
			v.file(t.UsageFile, t.UsageSum)
		}
	}
}

// phase verifies the records of a phase's batches, and that the figures in the trial's line
// follow from them and from the tasks' records.
func (v *verifier) phase(t Trial, line int) {
	before := len(v.findings)
	read, err := sumRecords(filepath.Join(v.run.Dir, filepath.FromSlash(t.Batches)), t, plainfile.MaxRun)
	v.checked(t.Batches, read.sum, t.BatchesSum, err)
	if len(v.findings) > before || v.damaged[t.Records] {
		return
	}
	batches, err := recordfile.Read(filepath.Join(v.run.Dir, filepath.FromSlash(t.Batches)))
	tasks, err2 := recordfile.Read(filepath.Join(v.run.Dir, filepath.FromSlash(t.Records)))
	s := v.run.scenario(t.Scenario)
	if err := errors.Join(err, err2); err != nil || s.Workload.Arrivals == nil {
		return // told already
	}
	p := NewPhase(s, t.Round, batches, tasks)
	if v.run.Schema < 5 {
		p.Good = 0 // not known then
	}
	if !reflect.DeepEqual(p, t.Phase) || !t.Died() && p.Figure(s.Measure.Figure) != t.Makespan {
		v.found(t.Batches, 0, "does not give the figures of the phase in %s:%d", trialsFile, line)
	}
}

// recordsRead is a summary of a file of task records.
type recordsRead struct {
	account
	sum  string
	size int64 // bytes
	zero bool  // every byte is 0
}

// sumRecords reads a file of task records. It holds a part of it at a time.
//
// It stops at the first block after the most bytes that there should be.
func sumRecords(path string, t Trial, most int64) (recordsRead, error) {
	f, err := recordfile.Open(path)
	if err != nil {
		return recordsRead{}, err
	}
	defer f.Close()
	r := recordsRead{zero: true}
	hash := sha256.New()
	block := make([]strategies.Record, 1<<12)
	raw := recordfile.Bytes(block)
	for {
		n, err := io.ReadFull(f, raw)
		_, _ = hash.Write(raw[:n]) // never fails
		r.size += int64(n)
		r.zero = r.zero && len(bytes.TrimLeft(raw[:n], "\x00")) == 0
		for i := range block[:n/strategies.RecordSize] {
			r.add(&block[i], t.Returned)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || r.size > most {
			break
		}
		if err != nil {
			return r, err
		}
	}
	r.sum = hex.EncodeToString(hash.Sum(nil))
	return r, nil
}

// differs returns how the records differ from those of the trial, "" if they do not. of has
// the trials' records by their checksums.
func (r recordsRead) differs(t Trial, of map[string]string) string {
	size := int64(t.Audit.Tasks()) * strategies.RecordSize
	other, known := of[r.sum]
	switch {
	case r.size != size:
		return fmt.Sprintf("was altered: it has %d bytes, not %d", r.size, size)
	case t.RecordsSum == "" && !t.Audit.Complete():
		return "" // its tasks may have ended after the trial was judged
	case r.sum == t.RecordsSum, t.RecordsSum == "":
		return r.contradicts(t)
	case known:
		return "was altered: it holds the records of " + other
	case r.zero:
		return "was altered: it holds zeros only"
	}
	return altered
}

// contradicts returns what in the trial's line does not follow from the records.
func (r recordsRead) contradicts(t Trial) string {
	switch {
	case r.makespan() != t.Makespan && t.Phase == nil:
		return fmt.Sprintf("has a makespan of %v, and the trial's line %v", r.makespan(), t.Makespan)
	case r.audit != t.Audit && t.RecordsSum != "": // the first fanbench did not count aborted tasks
		return fmt.Sprintf("has an audit of %+v, and the trial's line %+v", r.audit, t.Audit)
	}
	return ""
}

// benchText compares the makespans of bench.txt with those of the trials. If lines of
// trials.jsonl were left out, bench.txt has more; that is no further finding.
func (v *verifier) benchText(text []byte) {
	if v.leftOut > 0 {
		return
	}
	next := map[string][]int{} // trials, by benchmark
	for i, t := range v.run.Trials {
		if t.InBenchText() {
			name := "Benchmark" + BenchName(v.run.scenario(t.Scenario), t.Strategy)
			next[name] = append(next[name], i)
		}
	}
	number, off := 0, 0
	var first Finding
	note := func(line int, format string, args ...any) {
		if off == 0 {
			first = Finding{BenchFile, line, fmt.Sprintf(format, args...)}
		}
		off++
	}
	for line := range strings.Lines(string(text)) {
		number++
		words := strings.Fields(line)
		if !strings.HasPrefix(line, "Benchmark") || !strings.HasSuffix(line, "\n") && !v.run.closed() {
			continue
		}
		name := words[0]
		if at := strings.LastIndexByte(name, '-'); at > 0 { // of GOMAXPROCS
			name = name[:at]
		}
		if len(next[name]) == 0 {
			note(number, "is not of a trial")
			continue
		}
		i := next[name][0]
		next[name] = next[name][1:]
		want := strconv.FormatFloat(float64(v.run.Trials[i].Makespan), 'f', -1, 64)
		if at := slices.Index(words, "ns/op"); at < 1 || words[at-1] != want {
			note(number, "does not have the makespan of %s:%d, %s ns/op", trialsFile, v.lines[i], want)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if n := len(next[name]); n > 0 && v.run.closed() {
			note(0, "was altered: it lacks %d trials of %s", n, name)
		}
	}
	if off > 1 {
		first.What += fmt.Sprintf(" (and %d more such lines)", off-1)
	}
	if off > 0 {
		v.findings = append(v.findings, first)
	}
}

// files verifies the files whose checksums are in run.json. A file that is known to be
// altered is not reported again.
func (v *verifier) files() {
	for _, name := range slices.Sorted(maps.Keys(v.run.Checksums)) {
		if !slices.ContainsFunc(v.findings, func(f Finding) bool { return f.File == name }) {
			v.file(name, v.run.Checksums[name])
		}
	}
}

func (v *verifier) file(name, want string) {
	got, err := seal.SumFile(filepath.Join(v.run.Dir, filepath.FromSlash(name)))
	v.checked(name, got, want, err)
}

// checked notes a file whose checksum is not that which is wanted.
func (v *verifier) checked(name, got, want string, err error) {
	switch {
	case err != nil:
		v.unreadable(name, err)
	case got != want:
		v.found(name, 0, altered)
	}
	v.damaged[name] = err != nil || got != want
}
