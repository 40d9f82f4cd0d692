package bench

import (
	"os"
	"runtime"
	"runtime/debug"
)

// Environment is where a run was measured. What a system does not tell is left empty.
type Environment struct {
	Host       string  `json:"host"`
	OS         string  `json:"os"`
	Arch       string  `json:"arch"`
	Kernel     string  `json:"kernel"`
	CPU        string  `json:"cpu"`
	CPUs       int     `json:"cpus"`
	GOMAXPROCS int     `json:"gomaxprocs"`   // of the conductor and, unless told otherwise, of the workers
	Governor   string  `json:"governor"`     // CPU frequency governor
	Memory     int64   `json:"memory_bytes"` // available as the run began
	Go         string  `json:"go"`
	LoadBefore float64 `json:"load_before"` // 1-minute load average as the run began
	LoadAfter  float64 `json:"load_after"`  // and as it ended
	Steal      float64 `json:"steal"`       // fraction of the run's CPU time that the hypervisor gave to others

	MHzBefore     float64 `json:"mhz_before,omitempty"` // mean clock frequency of the CPUs as the run began
	MHzAfter      float64 `json:"mhz_after,omitempty"`  // and as it ended
	GovernorAfter string  `json:"governor_after,omitempty"`
	Throttled     float64 `json:"throttled,omitempty"` // fraction of the run's time in which the control group's quota held this process back
}

// ReadEnvironment describes this machine as it is now; what belongs to the end of a run is zero.
func ReadEnvironment() Environment {
	host, _ := os.Hostname()
	e := Environment{
		Host:       host,
		OS:         runtime.GOOS,
		Arch:       runtime.GOARCH,
		CPUs:       runtime.NumCPU(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		Go:         runtime.Version(),
	}
	e.readSystem()
	return e
}

// Set by the linker where the Makefile builds the command.
var (
	version = ""
	commit  = ""
)

// Version names this build: its version and the commit it was built from, as far as
// they are known.
func Version() string {
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
