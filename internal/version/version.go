// Package version says which build of fanbench this is. It imports nothing of fanbench.
package version

import "runtime/debug"

// Set by the linker where the Makefile builds the command.
var (
	version = ""
	commit  = ""
)

// String names this build: its version and the commit it was built from, as far as
// they are known.
func String() string {
	v, c := version, commit
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && c == "" {
				c = s.Value
			}
		}
	}
	if v == "" {
		v = "(devel)"
	}
	if c != "" {
		v += " " + c[:min(len(c), 12)]
	}
	return v
}
