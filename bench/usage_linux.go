package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// resetPeakRSS has the kernel forget the peak so far (proc(5), clear_refs). Where it
// may not, peaks are those since the process began: too large, never too small.
func resetPeakRSS() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// readProcess reads the figures of a process from proc(5).
func readProcess(pid int) (processFigures, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return processFigures{}, err
	}
	var p processFigures
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			continue
		}
		switch key {
		case "VmHWM":
			p.peakRSS = n << 10
		case "RssAnon":
			p.anonymous = n << 10
		case "Threads":
			p.threads = n
		}
	}
	return p, nil
}
