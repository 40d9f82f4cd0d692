package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
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
		case "VmRSS":
			p.resident = n << 10
		case "RssAnon":
			p.anonymous = n << 10
		case "Threads":
			p.threads = n
		}
	}
	return p, nil
}

// observe reads what a process is using; At is the caller's to fill in. The CPU time is
// that of the process's clock (clock_getcpuclockid(3)), in nanoseconds: proc(5) has it in
// ticks of 10 ms.
func observe(pid int) (Outside, error) {
	p, err := readProcess(pid)
	if err != nil {
		return Outside{}, err
	}
	const schedulersClock = 2 // CPUCLOCK_SCHED of the kernel: user and system time
	var cpu unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulersClock), &cpu); err != nil {
		return Outside{}, err
	}
	return Outside{Threads: p.threads, RSS: p.resident, CPU: time.Duration(cpu.Nano())}, nil
}
