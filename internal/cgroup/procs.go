package cgroup

import (
	"math"
	"os"
	"runtime"
)

// SetGOMAXPROCS lowers GOMAXPROCS to the quota, by the rule that Go has since 1.25: the quota
// rounded up, but at least 2. Go considers only the process's own group; this also considers
// tighter quotas of groups above. It does not change a GOMAXPROCS set in the environment.
func SetGOMAXPROCS() {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	now := runtime.GOMAXPROCS(0)
	if n := procs(Find(os.DirFS("/")).CPUs(), now); n < now {
		runtime.GOMAXPROCS(n)
	}
}

// procs is the GOMAXPROCS for a quota, at most now.
func procs(quota float64, now int) int {
	if quota <= 0 {
		return now
	}
	return min(now, max(2, int(math.Ceil(quota))))
}
