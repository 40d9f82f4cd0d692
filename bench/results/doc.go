// Package results has the measured data: trials, their audit and soundness, task records,
// the run directory, its checksums and the validity of a run. It writes run directories and
// reads them. Reports read this package and no other part of bench that measures.
//
// It may import bench/scenario, bench/machine, bench/stat, strategies and internal packages.
// Begin with Run in rundir.go and Trial in trial.go.
package results
