package cgroup

import (
	"math"
	"os"
	"runtime"
)

// SetGOMAXPROCS lowers GOMAXPROCS to what the quota allows, by the rule that Go itself has
// since 1.25: the quota rounded up, but at least 2. Go goes by the process's own group only;
// a tighter quota of a group above is seen here. A GOMAXPROCS in the environment is left as
// it is.
func SetGOMAXPROCS() {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	now := runtime.GOMAXPROCS(0)
	if n := procs(Find(os.DirFS("/")).CPUs(), now); n < now {
		runtime.GOMAXPROCS(n)
	}
}

// procs is the GOMAXPROCS that fits a quota, no more than it is now.
func procs(quota float64, now int) int {
	if quota <= 0 {
		return now
	}
	return min(now, max(2, int(math.Ceil(quota))))
}
