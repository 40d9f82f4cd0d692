// Package machine reads from the operating system: what machine this is, what a process
// uses, and what happened to clocks, CPUs and quotas during a run. Unknown figures are zero;
// Linux knows most.
//
// It may import internal packages only. Begin with Environment in environment.go.
package machine
