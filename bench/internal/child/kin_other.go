//go:build !linux

package child

func AdoptOrphans() (restore func()) { return func() {} }

// awaitEnd leaves waiting to the one who reaps.
func awaitEnd(int) {}

// kin cannot be found on this system.
func kin(int, string) []Relative { return nil }

func Below(int, []Relative) []Relative { return nil }

func (Relative) Kill() bool { return false }

// PreferForOOMKill does nothing: this system has no such thing.
func PreferForOOMKill(int) {}
