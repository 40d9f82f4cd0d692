package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/internal/seal"
	"github.com/fanbench/fanbench/internal/version"
	"github.com/fanbench/fanbench/strategies"
)

// RunState is the state of a run.
type RunState string

// The states of a run.
const (
	RunRunning  RunState = "running"  // in progress; or its coordinator was killed
	RunComplete RunState = "complete" // every trial was held
	RunPartial  RunState = "partial"  // interrupted, or ended by an error
	RunInvalid  RunState = "invalid"  // complete, but invalid
)

// Manifest is run.json: everything about a run except its trials.
type Manifest struct {
	Schema      int                 `json:"schema"`
	Fanbench    string              `json:"fanbench"` // version and commit
	Status      RunState            `json:"status"`
	Reasons     []string            `json:"reasons"`  // why it is partial or invalid
	Warnings    []string            `json:"warnings"` // what else a reader should know
	Command     []string            `json:"command"`
	Shard       Shard               `json:"shard"`
	Isolated    bool                `json:"isolated"`           // each strategy in a process of its own
	Protocol    int                 `json:"protocol,omitempty"` // between coordinator and workers; 0 in a run of schema 5 and before
	Started     time.Time           `json:"started"`
	Ended       time.Time           `json:"ended"` // zero while it runs
	Environment machine.Environment `json:"environment"`
	Parts       []Part              `json:"parts,omitempty"` // the shards of a merged run, by their index; Environment is then that of the first
	Scenarios   []Planned           `json:"scenarios"`

	// Checksums are the SHA-256, in hexadecimal digits, by file name, of the files of the
	// run directory that have no checksum in a line of trials.jsonl. Those of trials.jsonl
	// and bench.txt are set at the end of the run.
	Checksums map[string]string `json:"checksums,omitempty"`
}

// Planned is a scenario as resolved from defaults, file and flags, and its rounds.
type Planned struct {
	Scenario scenario.Scenario
	Plan     scenario.Plan
}

// NewPlanned plans the shard's rounds of a scenario of the run in that directory, and copies
// the recordings that the scenario draws from there.
func NewPlanned(s scenario.Scenario, dir string, shard Shard) (Planned, error) {
	var err error
	if s.Target, err = s.Target.Keep(dir); err == nil {
		s.Workload, err = s.Workload.Keep(dir)
	}
	return Planned{s, shard.plan(s)}, err
}

// MarshalJSON writes the scenario with the keys of its file, and the rounds beside it.
func (p Planned) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Scenario scenario.Scenario `json:"scenario"`
		Rounds   []scenario.Round  `json:"rounds"`
	}{p.Scenario, p.Plan.Rounds})
}

// readManifest reads run.json from the text of the named file. The recordings that a
// scenario draws from are beside that file.
func readManifest(file string, text []byte) (Manifest, error) {
	if err := checkSchema(text); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", file, err)
	}
	if seal.Sealed(text) {
		object, _ := seal.Unseal(text) // verify reports whether it is intact
		text = object
	}
	var read struct {
		Manifest
		Scenarios []struct {
			Scenario json.RawMessage  `json:"scenario"`
			Rounds   []scenario.Round `json:"rounds"`
		} `json:"scenarios"`
	}
	if err := unmarshal(text, &read); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", file, err)
	}
	m := read.Manifest
	for _, p := range read.Scenarios {
		line := 1 + bytes.Count(text[:max(bytes.Index(text, p.Scenario), 0)], []byte("\n"))
		s := scenario.DecodePart(file, line, p.Scenario, parseAny) // JSON is YAML
		if err := s.Placed(s.OutOfRange()); err != nil {
			return m, fmt.Errorf("%w\n(%s was written by fanbench %s, read by %s)", err, file, m.Fanbench, version.String())
		}
		m.Scenarios = append(m.Scenarios, Planned{s, scenario.Plan{Rounds: p.Rounds}})
	}
	if err := m.check(); err != nil {
		return m, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}

// check returns an error for a run.json that fanbench cannot have written.
func (m Manifest) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !slices.Contains([]RunState{RunRunning, RunComplete, RunPartial, RunInvalid}, m.Status) {
		bad("unknown status %q: want running, complete, partial or invalid", m.Status)
	}
	if len(m.Scenarios) == 0 {
		bad("it has no scenarios")
	}
	if err := m.Shard.Check(); err != nil {
		bad("%w", err)
	}
	if err := m.checkParts(); err != nil {
		bad("%w", err)
	}
	for name := range m.Checksums {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			bad("checksums: %q is no file of the run", name)
		}
	}
	names := map[string]bool{}
	for _, p := range m.Scenarios {
		if names[p.Scenario.Name] {
			bad("two scenarios are called %q", p.Scenario.Name)
		}
		names[p.Scenario.Name] = true
		errs = append(errs, p.checkPlan())
	}
	return errors.Join(errs...)
}

// checkPlan returns an error for rounds that cannot be planned.
func (p Planned) checkPlan() error {
	var errs []error
	seen := map[int]bool{}
	for _, r := range p.Plan.Rounds {
		if r.Number == 0 || r.Number < -scenario.MaxRounds || r.Number > scenario.MaxRounds || seen[r.Number] {
			errs = append(errs, fmt.Errorf("%s: there is no round %d, or it is there twice", p.Scenario.Name, r.Number))
		}
		seen[r.Number] = true
		order := slices.Sorted(slices.Values(r.Order))
		for i, strategy := range order {
			if i != strategy || len(order) != len(p.Scenario.Strategies) {
				errs = append(errs, fmt.Errorf("%s: round %d has not each of the %d strategies once: %v", p.Scenario.Name, r.Number, len(p.Scenario.Strategies), r.Order))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// parseAny reads any strategy. If only another program has registered the strategy, only its
// name is known.
func parseAny(text string, also ...strategies.Spec) ([]strategies.Choice, error) {
	c, err := strategies.Parse(text, also...)
	if err != nil {
		c = strategies.Choice{Spec: strategies.Spec{Name: text}}
	}
	return []strategies.Choice{c}, nil
}

// Run is a run on disk.
type Run struct {
	Dir string
	Manifest
	Trials []Trial // in the order they were held

	// Findings are missing or altered files that Open found. They make the run invalid.
	Findings []Finding

	damaged map[string]bool // files that are not to be read, by their names
	index   index
}

// Names of the files of a run directory.
const (
	manifestFile = "run.json"
	trialsFile   = "trials.jsonl"
	BenchFile    = "bench.txt"

	// reserveFile reserves space for the manifest in case the disk fills up: without it a
	// run that ended for that reason could not record it. It exists during the run.
	reserveFile = "run.json.reserve"
)

// Open reads a run directory and verifies it. A partial or unfinished run is read as far as
// it goes. A run whose files are not as they were written is invalid, with its Findings as
// reasons. The error is for a directory whose run.json cannot be read or is not fanbench's.
func Open(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	file := filepath.Join(dir, manifestFile)
	text, err := plainfile.Read(file, plainfile.MaxRun)
	if err != nil {
		return nil, fmt.Errorf("%s is not a run directory: %w", dir, err)
	}
	if r.Manifest, err = readManifest(file, text); err != nil {
		return nil, err
	}
	r.Findings = r.verify(text)
	// fanbench writes these so; but a directory may come from elsewhere.
	for i := range r.Trials {
		r.Trials[i].printable()
	}
	for _, texts := range [][]string{r.Reasons, r.Warnings} {
		for i, text := range texts {
			texts[i] = quote.Lines(text)
		}
	}
	if len(r.Findings) > 0 {
		if r.Status == RunRunning {
			r.Reasons = append(r.Reasons, "the run is unfinished")
		}
		r.Status = RunInvalid
		for _, f := range r.Findings {
			r.Reasons = append(r.Reasons, f.String())
		}
	}
	r.index.extend(r.Trials)
	return r, nil
}

// Records reads the task records of a trial. It returns ErrDamaged if they were altered.
func (r *Run) Records(t Trial) ([]strategies.Record, error) {
	if r.damaged[t.Records] {
		return nil, fmt.Errorf("%s: %w", t.Records, ErrDamaged)
	}
	return recordfile.Read(filepath.Join(r.Dir, filepath.FromSlash(t.Records)))
}

// Writer writes a run directory, each trial synced to disk before the next begins.
type Writer struct {
	Run    *Run
	bench  *os.File
	trials *os.File

	queue    benchQueue
	unsynced bool // files are synced at the end only: what is written can be derived again
}

// MakeDir creates the directory of a run: dir or, if that is empty, one below DefaultRuns
// named after the run's start and scenarios. Runs that begin in the same second get
// different directories.
func MakeDir(dir string, began time.Time, scenarios []scenario.Scenario) (string, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", fmt.Errorf("making the run directory: %w", err)
		}
		return dir, nil
	}
	name := scenarios[0].Name
	if more := len(scenarios) - 1; more > 0 {
		name = fmt.Sprintf("%s-and-%d-more", name, more)
	}
	if err := os.MkdirAll(DefaultRuns, 0o755); err != nil {
		return "", fmt.Errorf("making the run directory: %w", err)
	}
	base := filepath.Join(DefaultRuns, began.UTC().Format("20060102T150405Z")+"-"+name)
	dir = base
	for i := 2; ; i++ {
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("making the run directory: %w", err)
		}
		dir = fmt.Sprintf("%s_%d", base, i)
	}
}

// Create writes what is known before the first trial into the directory.
func Create(dir string, m Manifest) (*Writer, error) {
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o755); err != nil {
		return nil, fmt.Errorf("making the run directory: %w", err)
	}
	w := &Writer{Run: &Run{Dir: dir, Manifest: m}}
	var err error
	if w.bench, err = os.Create(filepath.Join(dir, BenchFile)); err != nil {
		return nil, err
	}
	if w.trials, err = os.Create(filepath.Join(dir, trialsFile)); err != nil {
		return nil, errors.Join(err, w.bench.Close())
	}
	// run.json comes last: where it is, the others are.
	return w, errors.Join(w.append(w.bench, benchHeader(m)), w.WriteManifest(), w.writeReserve())
}

// WriteManifest replaces run.json atomically.
func (w *Writer) WriteManifest() error {
	if err := w.takeChecksums(); err != nil {
		return fmt.Errorf("writing the run: %w", err)
	}
	text, err := json.MarshalIndent(w.Run.Manifest, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(w.Run.Dir, manifestFile)
	if err := os.WriteFile(path+".tmp", append(seal.Seal(text), '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the run: %w", errors.Join(err, os.Remove(path+".tmp")))
	}
	return os.Rename(path+".tmp", path)
}

// takeChecksums sets the checksums of the files that no longer change.
func (w *Writer) takeChecksums() error {
	var files []string
	for _, pattern := range []string{"*.urls.txt", "recordings/*"} {
		found, err := filepath.Glob(filepath.Join(w.Run.Dir, pattern))
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	if !w.Run.Ended.IsZero() {
		files = append(files, w.trials.Name(), w.bench.Name())
	}
	w.Run.Checksums = map[string]string{}
	for _, file := range files {
		name, err := filepath.Rel(w.Run.Dir, file)
		if err != nil {
			return err
		}
		if w.Run.Checksums[filepath.ToSlash(name)], err = seal.SumFile(file); err != nil {
			return err
		}
	}
	return nil
}

// AddTrial appends the trial to trials.jsonl and, if it is measured and comparable, to
// bench.txt, and syncs both.
func (w *Writer) AddTrial(t Trial, records []strategies.Record) error {
	sojourns := make([]float64, 0, len(records))
	for i := range records {
		if records[i].Started() > 0 {
			sojourns = append(sojourns, float64(records[i].Sojourn()))
		}
	}
	return w.addTrial(t, sojourns)
}

// addTrial is AddTrial for the sojourns of the tasks that were started, in nanoseconds. It
// sorts them.
func (w *Writer) addTrial(t Trial, sojourns []float64) error {
	line, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := w.append(w.trials, append(seal.Seal(line), '\n')); err != nil {
		return err
	}
	w.Run.Trials = append(w.Run.Trials, t)
	if !t.InBenchText() {
		return nil
	}
	return w.addBenchLine(t, benchLine(w.Run.scenario(t.Scenario), t, sojourns, w.Run.environment(t).GOMAXPROCS))
}

// addBenchLine writes a line of bench.txt, or keeps it for later: see benchQueue.
func (w *Writer) addBenchLine(t Trial, line []byte) error {
	baseline := slices.ContainsFunc(w.Run.Scenarios, func(p Planned) bool {
		return p.Scenario.Name == t.Scenario && p.Scenario.Strategies[0].String() == t.Strategy
	})
	return w.writeBench(w.queue.add(t, baseline, line))
}

// writeBench appends to bench.txt.
func (w *Writer) writeBench(lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	return w.append(w.bench, lines)
}

func (w *Writer) append(f *os.File, text []byte) error {
	if n, err := f.Write(text); err != nil {
		// Half a line is none, and its space is wanted to say so.
		if at, e := f.Seek(int64(-n), io.SeekCurrent); e == nil {
			_ = f.Truncate(at)
		}
		return fmt.Errorf("writing the run: %w", err)
	}
	if w.unsynced {
		return nil
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing the run: %w", err)
	}
	return nil
}

// writeReserve takes twice the space of the manifest as it is, and some for reasons and
// warnings. The bytes are written, not left as a hole.
func (w *Writer) writeReserve() error {
	info, err := os.Stat(filepath.Join(w.Run.Dir, manifestFile))
	if err != nil {
		return fmt.Errorf("writing the run: %w", err)
	}
	if err := os.WriteFile(filepath.Join(w.Run.Dir, reserveFile), make([]byte, 2*info.Size()+64<<10), 0o644); err != nil {
		return fmt.Errorf("writing the run: %w", err)
	}
	return nil
}

// Pack compresses the records of all trials. Call it when all have been held and judged.
func (w *Writer) Pack() error {
	var errs []error
	for _, t := range w.Run.Trials {
		for _, file := range []string{t.Records, t.Batches} {
			if file != "" {
				errs = append(errs, recordfile.Pack(filepath.Join(w.Run.Dir, filepath.FromSlash(file))))
			}
		}
	}
	return errors.Join(errs...)
}

func (w *Writer) Close() error {
	return errors.Join(os.Remove(filepath.Join(w.Run.Dir, reserveFile)), w.writeBench(w.queue.rest()), w.WriteManifest(), w.bench.Close(), w.trials.Close())
}

// RecordsPath returns the path of the records of a trial, relative to the run directory and
// with forward slashes.
func RecordsPath(inScenario, strategy string, round int) string {
	return trialPath("tasks", inScenario, strategy, round) + ".rec"
}

// usagePath returns the path of its recording, in the same form.
func usagePath(inScenario, strategy string, round int) string {
	return trialPath("usage", inScenario, strategy, round) + ".csv"
}

func trialPath(folder, inScenario, strategy string, round int) string {
	name := fmt.Sprintf("round-%04d", round)
	if round < 0 {
		name = fmt.Sprintf("warmup-%04d", -round)
	}
	return folder + "/" + inScenario + "/" + scenario.FileName(strategy) + "/" + name
}
