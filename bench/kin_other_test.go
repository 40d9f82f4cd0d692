//go:build !linux

package bench

// beCoordinator has no test here that would need one.
func beCoordinator() {}
