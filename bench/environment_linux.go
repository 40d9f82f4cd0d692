package bench

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func (e *Environment) readSystem() {
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		e.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpuinfo)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			e.CPU = strings.TrimSpace(value)
			break
		}
	}
	governor, _ := os.ReadFile("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	e.Governor = strings.TrimSpace(string(governor))
	e.LoadBefore = loadAverage()
}

// loadAverage is the number of runnable tasks, averaged over a minute.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// cpuTicks returns the CPU time of the whole machine since it booted, and how much of
// it was stolen, in the kernel's ticks (proc(5), stat).
func cpuTicks() (total, stolen float64) {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(strings.TrimPrefix(line, "cpu")) {
		v, _ := strconv.ParseFloat(field, 64)
		switch {
		case i < 7: // user nice system idle iowait irq softirq
			total += v
		case i == 7: // steal; guest times after it are counted in user already
			total += v
			stolen = v
		}
	}
	return total, stolen
}
