//go:build !linux

package bench

func adoptOrphans() (restore func()) { return func() {} }

// awaitEnd leaves waiting to the one who reaps.
func awaitEnd(int) {}

// kin are not to be found on this system.
func kin(int, string) []relative { return nil }

func below(int, []relative) []relative { return nil }

func (relative) kill() bool { return false }

// offerToKernel does nothing: this system has no such thing.
func offerToKernel(int) {}
