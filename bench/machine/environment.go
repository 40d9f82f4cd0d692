package machine

import (
	"cmp"
	"os"
	"runtime"

	"github.com/fanbench/fanbench/internal/cgroup"
)

// Environment describes the machine of a run. Unknown fields are empty.
type Environment struct {
	Host       string  `json:"host"`
	Node       string  `json:"node,omitempty"`     // of the cluster
	Instance   string  `json:"instance,omitempty"` // type of the virtual machine, or model of the machine
	OS         string  `json:"os"`
	Arch       string  `json:"arch"`
	Kernel     string  `json:"kernel"`
	CPU        string  `json:"cpu"`
	CPUs       int     `json:"cpus"`
	GOMAXPROCS int     `json:"gomaxprocs"`   // of the coordinator and, unless told otherwise, of the workers
	Governor   string  `json:"governor"`     // CPU frequency governor
	Memory     int64   `json:"memory_bytes"` // available as the run began, to the machine or to the control group, whichever has less
	Go         string  `json:"go"`
	LoadBefore float64 `json:"load_before"` // 1-minute load average as the run began
	LoadAfter  float64 `json:"load_after"`  // and as it ended
	Steal      float64 `json:"steal"`       // fraction of the run's CPU time that the hypervisor gave to others

	MHzBefore     float64 `json:"mhz_before,omitempty"` // mean clock frequency of the CPUs as the run began
	MHzAfter      float64 `json:"mhz_after,omitempty"`  // and as it ended
	GovernorAfter string  `json:"governor_after,omitempty"`

	// The control group's: the tightest limits of it and of those above it (Linux).
	CPUQuota         float64 `json:"cpu_quota,omitempty"`          // CPUs that it may use on average; 0 is no quota
	MemoryLimit      int64   `json:"memory_limit_bytes,omitempty"` // 0 is no limit
	QuotaPeriods     int64   `json:"quota_periods,omitempty"`      // of the quota, in which the run used any CPU
	ThrottledPeriods int64   `json:"throttled_periods,omitempty"`  // of those, in which it was stopped for having used up its quota
	Throttled        float64 `json:"throttled,omitempty"`          // for how long it was stopped, summed over CPUs, as a fraction of the run's time; 1 at most
}

// ReadEnvironment describes this machine now. The fields for the end of a run are zero.
func ReadEnvironment() Environment {
	host, _ := os.Hostname()
	e := Environment{
		Host:       host,
		Node:       cmp.Or(os.Getenv("NODE_NAME"), os.Getenv("SLURMD_NODENAME")),
		Instance:   cmp.Or(os.Getenv("INSTANCE_TYPE"), model()),
		OS:         runtime.GOOS,
		Arch:       runtime.GOARCH,
		CPUs:       runtime.NumCPU(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		Go:         runtime.Version(),
	}
	e.readSystem()
	e.readGroups()
	return e
}

// Machine names the machine: the node of a cluster where that is known, because containers on
// one node may have different host names, and those on different nodes the same.
func (e Environment) Machine() string { return cmp.Or(e.Node, e.Host, "unknown") }

// groups returns the control groups of this process.
func groups() cgroup.Groups { return cgroup.Find(os.DirFS("/")) }

// readGroups sets the limits of the control group.
func (e *Environment) readGroups() {
	g := groups()
	e.CPUQuota = g.CPUs()
	limit, available := g.Memory()
	e.MemoryLimit = limit
	if limit > 0 && (e.Memory == 0 || available < e.Memory) {
		e.Memory = available
	}
}

// UsableCPUs returns the number of CPUs that a process of this program can use on average:
// the number of threads that Go runs, or the quota, whichever is less.
func (e Environment) UsableCPUs() float64 {
	cpus := float64(max(1, e.GOMAXPROCS))
	if e.CPUQuota > 0 {
		cpus = min(cpus, e.CPUQuota)
	}
	return cpus
}
