// Package version identifies the build of fanbench. It imports nothing of fanbench.
package version

import "runtime/debug"

// Set by the linker when the Makefile builds the command.
var (
	version = ""
	commit  = ""
)

// String describes this build: its version and its commit, as far as known.
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
