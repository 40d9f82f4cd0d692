// Package child starts the processes of a run, waits for their end, and ends them together
// with all processes that they have started.
//
// It imports nothing of fanbench but internal packages. Begin with Process in process.go.
package child
