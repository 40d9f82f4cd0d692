//go:build !unix

package machine

import "time"

// processCPU returns zeros, which stand for not known.
func processCPU() (used time.Duration, switches int64) { return 0, 0 }
