//go:build !unix

package machine

import "time"

// processCPU returns 0, which stands for not known.
func processCPU() time.Duration { return 0 }
