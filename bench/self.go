package bench

import (
	"fmt"
	"os"

	"github.com/fanbench/fanbench/bench/internal/worker"
)

// workerArgument is what a program's own worker processes are started with.
const workerArgument = "fanbench-worker"

// SelfWorker is the Options.Worker of a program that calls ServeIfWorker first thing in
// main: the program itself, executed anew for each strategy.
func SelfWorker() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the program to start workers with: %w", err)
	}
	return []string{self, workerArgument}, nil
}

// ServeIfWorker does nothing, unless this process is a worker that a coordinator has
// started by the command of SelfWorker: then it carries out its trials and ends the
// process. Strategies and functions must be registered by then.
func ServeIfWorker() {
	if len(os.Args) != 2 || os.Args[1] != workerArgument {
		return
	}
	if err := worker.Serve(os.Stdin, os.Stdout, func() { os.Exit(1) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
