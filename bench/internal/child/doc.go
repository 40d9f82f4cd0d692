// Package child starts the processes of a run, follows them to their end, and ends them
// with every process that they have started.
//
// It imports nothing of fanbench but internal packages. Begin with Process in process.go.
package child
