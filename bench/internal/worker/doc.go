// Package worker runs trials, one at a time, in one process: it constructs the strategy,
// prepares the tasks and runs the batch, by itself or as the far end of the protocol
// (docs/protocol.md).
//
// It may import bench/scenario, bench/machine, bench/internal/child, mockserver/latency,
// strategies and internal packages. Begin with Local in local.go; worker.go speaks the
// protocol, tasks.go has the kinds of tasks.
package worker
