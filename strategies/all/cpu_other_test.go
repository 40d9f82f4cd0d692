//go:build !unix

package all

import "time"

// processCPU is not known here.
func processCPU() time.Duration { return 0 }
