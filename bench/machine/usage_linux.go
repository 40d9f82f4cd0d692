package machine

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// resetPeakRSS makes the kernel reset the peak (proc(5), clear_refs). If that is not
// permitted, peaks are since the process began: too large, never too small.
func resetPeakRSS() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// ReadProcess reads the figures of a process from proc(5).
func ReadProcess(pid int) (ProcessFigures, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return ProcessFigures{}, err
	}
	var p ProcessFigures
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
			p.Anonymous = n << 10
		case "Threads":
			p.Threads = n
		}
	}
	return p, nil
}

// Observe reads the usage of a process; the caller fills in At. The CPU time comes from the
// process's clock (clock_getcpuclockid(3)), in nanoseconds; proc(5) has ticks of 10 ms.
func Observe(pid int) (ProcessSample, error) {
	p, err := ReadProcess(pid)
	if err != nil {
		return ProcessSample{}, err
	}
	const schedulersClock = 2 // CPUCLOCK_SCHED of the kernel: user and system time
	var cpu unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulersClock), &cpu); err != nil {
		return ProcessSample{}, err
	}
	return ProcessSample{Threads: p.Threads, RSS: p.resident, CPU: time.Duration(cpu.Nano())}, nil
}
