package reports

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
)

// benchstat has the command put a run's strategies side by side, a table a scenario, the
// baseline first. It writes the tables of all metrics into the run and returns those of
// the makespan. benchstat exits 0 whatever happens, so printing nothing counts as a
// failure.
func benchstat(command []string, run *results.Run) (string, error) {
	args := []string{"-table", ".config,/scenario", "-col", "/strategy@(" + strings.Join(quoted(run), " ") + ")"}
	file := filepath.Join(run.Dir, results.BenchFile)
	all, err := output(command, append(args, file)...)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(run.Dir, "benchstat.txt"), all, 0o644); err != nil {
		return "", fmt.Errorf("writing the report: %w", err)
	}
	makespan, err := output(command, append(args, "-filter", ".unit:ns/op", file)...)
	return string(makespan), err
}

// quoted are the strategies of a run in the order of its scenarios, each as benchstat
// takes a value.
func quoted(run *results.Run) []string {
	var names []string
	for _, p := range run.Scenarios {
		for _, c := range p.Scenario.Strategies {
			if name := strconv.Quote(c.String()); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func output(command []string, args ...string) ([]byte, error) {
	cmd := exec.Command(command[0], slices.Concat(command[1:], args)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err == nil && len(out) == 0 {
		err = errors.New("it printed nothing")
	}
	if err != nil {
		err = fmt.Errorf("running %s: %w", strings.Join(command, " "), err)
		if text := strings.TrimSpace(said.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, text)
		}
		return nil, err
	}
	return out, nil
}
