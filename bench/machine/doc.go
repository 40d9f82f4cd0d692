// Package machine asks the operating system: what machine this is, what a process uses,
// and what happened to clocks, CPUs and quotas while a run went on. Where a system does
// not tell, figures are zero; Linux tells most.
//
// It may import internal packages only. Begin with Environment in environment.go.
package machine
