package bench

import (
	"os"
	"strconv"
	"strings"
)

// resetPeakRSS has the kernel forget the peak so far (proc(5), clear_refs). Where it
// may not, peaks are those since the process began: too large, never too small.
func resetPeakRSS() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// processStatus returns the peak resident set in bytes and the number of threads.
func processStatus() (peakRSS, threads int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue
		}
		switch key {
		case "VmHWM":
			peakRSS = n << 10
		case "Threads":
			threads = n
		}
	}
	return peakRSS, threads
}
