package bench

import (
	"fmt"
	"os"

	"github.com/fanbench/fanbench/bench/internal/worker"
)

// workerArgument is the argument with which a program starts its own worker processes.
const workerArgument = "fanbench-worker"

// SelfWorker returns the Options.Worker of a program that calls ServeIfWorker at the start
// of main: the program itself, executed anew for each strategy.
func SelfWorker() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the program to start workers with: %w", err)
	}
	return []string{self, workerArgument}, nil
}

// ServeIfWorker returns at once unless this process is a worker that a coordinator has
// started by the command of SelfWorker. In a worker it runs its trials and ends the process.
// Register strategies and functions before.
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
