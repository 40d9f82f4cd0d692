package bench

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/mockserver"
)

// Check returns all mistakes that prevent the scenarios from being measured, including those
// that scenario.Read found in their files. Measure checks too.
func Check(scenarios []scenario.Scenario, o Options) error {
	var errs []error
	if len(scenarios) == 0 {
		errs = append(errs, errors.New("no scenario to run"))
	}
	names := map[string]bool{}
	for _, s := range scenarios {
		s = s.Filled()
		var found keyed.List
		if names[s.Name] {
			found.Add("name", "%s is the name of another scenario too; give one of them another", quote.Text(s.Name))
		}
		names[s.Name] = true
		errs = append(errs, check(s, o, found))
	}
	if o.Shard.Of != 0 {
		errs = append(errs, o.Shard.Check())
	}
	return errors.Join(append(withoutRepeats(errs), results.CheckDir(o.Dir))...)
}

// withoutRepeats removes repeated lines: a wrong flag is reported once, for any number of
// scenarios.
func withoutRepeats(errs []error) (once []error) {
	seen := map[string]bool{}
	for _, err := range errs {
		if err == nil {
			continue
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !seen[line] {
				once = append(once, errors.New(line))
			}
			seen[line] = true
		}
	}
	return once
}

// check returns all mistakes that prevent one scenario from being measured, together with
// those already found.
func check(s scenario.Scenario, o Options, found keyed.List) error {
	found = append(found, s.OutOfRange()...)
	found = append(found, s.UnknownNames()...)
	found = append(found, checkEngine(s)...)
	found = append(found, checkLimits(s, o)...)
	found = append(found, checkProcesses(s, o)...)
	found = append(found, checkPanics(s, o)...)
	found = append(found, checkShard(s, o.Shard)...)
	found = append(found, checkPrograms(s)...)
	found = append(found, checkCertificates(s)...)
	found = append(found, checkCall(s)...)
	if !o.AllowRemote {
		found.AddBelow("target", s.Target.RefuseRemote())
	}
	return s.Placed(found)
}

// checkEngine reports whether this system has the engine of the scenario's mock server.
func checkEngine(s scenario.Scenario) (errs keyed.List) {
	if s.Target.Mock == nil {
		return nil
	}
	if err := mockserver.Supported(*s.Target.Mock); err != nil {
		errs.Add("target.mock.engine", "%w", err)
	}
	return errs
}

// checkLimits reports whether the scenario's limits can be kept.
func checkLimits(s scenario.Scenario, o Options) (errs keyed.List) {
	for key, given := range map[string]bool{"measure.memory_limit": s.Measure.MemoryLimit != 0, "measure.thread_limit": s.Measure.ThreadLimit != 0} {
		if !given {
			continue
		}
		if o.Worker == nil {
			errs.Add(key, "needs each strategy in its own process")
		} else if _, err := machine.ReadProcess(os.Getpid()); err != nil {
			errs.Add(key, "cannot be kept here: %w", err)
		}
	}
	return errs
}

// checkProcesses reports whether this system can start new processes for every trial.
func checkProcesses(s scenario.Scenario, o Options) (errs keyed.List) {
	if s.Measure.Processes == scenario.ProcessesFresh && o.Worker == nil {
		errs.Add("measure.processes", "fresh needs each strategy in its own process")
	}
	return errs
}

// checkPanics reports whether tasks may panic here.
func checkPanics(s scenario.Scenario, o Options) (errs keyed.List) {
	if len(s.Workload.Panics) > 0 && o.Worker == nil {
		errs.Add("workload.panics", "needs each strategy in its own process, or a panic ends fanbench")
	}
	return errs
}

// checkShard reports what shards cannot do: the plan must be the same on all machines, before
// any of them has measured.
func checkShard(s scenario.Scenario, shard results.Shard) (errs keyed.List) {
	if shard.Of <= 1 {
		return nil
	}
	if s.Measure.Until > 0 {
		errs.Add("measure.until", "shards do not know each other's intervals, so none can tell when all are narrow; give a number of rounds, merge, and see")
	}
	if s.Measure.AutoWarmup {
		errs.Add("measure.warmup", "auto depends on what a machine measures, and all shards need the same plan; give a number of rounds")
	}
	if n := s.Measure.Rounds; n < shard.Of {
		errs.Add("measure.rounds", "%d rounds are too few for %d shards: each needs at least one", n, shard.Of)
	}
	return errs
}

// checkCertificates reports files of certificates that cannot be used.
func checkCertificates(s scenario.Scenario) (errs keyed.List) {
	var of *worker.FileError
	if _, err := worker.TLS(s.Target.Request); errors.As(err, &of) {
		errs.Add(keyed.Join("target.request", of.Key), "%w", of.Err)
	}
	return errs
}

// checkCall reports whether this program can make the scenario's calls.
func checkCall(s scenario.Scenario) (errs keyed.List) {
	if s.Target.Call == nil || len(s.Target.Call.Validate()) > 0 {
		return nil
	}
	if key, err := worker.CheckCall(s.Target.Call); err != nil {
		errs.Add(keyed.Join("target", key), "%w", err)
	}
	return errs
}

// checkPrograms reports programs that cannot be started, or cannot do the scenario's tasks.
func checkPrograms(s scenario.Scenario) (errs keyed.List) {
	w, fetches := s.Workload, s.Target.HTTP()
	burdened := w.Stack > 0 || w.Alloc > 0 || len(w.Panics) > 0 || w.Nested > 0
	seen := map[string]bool{}
	for _, c := range s.Strategies {
		p := s.Program(c)
		if p == nil || seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		key := keyed.Join("programs", p.Name)
		if err := find(*p); err != nil {
			errs.Add(key, "%w", err)
		}
		if !s.Target.GETs() {
			errs.AddFrom(key, []string{"target"}, "a program only GETs URLs: it knows no target.request, and no methods, headers and bodies in lists")
		}
		if !fetches || burdened {
			errs.AddFrom(key, []string{"target", "workload"}, "a program only fetches URLs: use the target mock, url or urls, and none of stack, alloc, panics and nested")
		}
	}
	return errs
}

// find looks up the program's file as starting it does.
func find(p scenario.Program) error {
	_, err := exec.LookPath(p.Executable())
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w (has it been built?)", err)
	}
	return err
}
