package machine

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
	e.Governor, e.MHzBefore = cpuGovernor(), cpuMHz()
	e.Memory = kernelCount("/proc/meminfo", "MemAvailable:") << 10
	e.LoadBefore = loadAverage()
}

// model returns the model of the machine, by its firmware. Clouds put the type of an instance
// there.
func model() string {
	text, _ := os.ReadFile("/sys/class/dmi/id/product_name")
	return strings.TrimSpace(string(text))
}

// OOMKills returns the number of processes that the kernel has killed since boot because
// memory ran out.
func OOMKills() int64 { return kernelCount("/proc/vmstat", "oom_kill") }

// kernelCount returns the number after a key in one of the kernel's tables, 0 if it is
// missing.
func kernelCount(file, key string) int64 {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == key {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}

// loadAverage returns the number of runnable tasks, averaged over a minute.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// CPUTicks returns the CPU time of the whole machine since it booted, and how much of
// it was stolen, in the kernel's ticks (proc(5), stat).
func CPUTicks() (total, stolen float64) {
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

// cpuGovernor returns the frequency governor of the first CPU, "" if there is none.
func cpuGovernor() string {
	text, _ := os.ReadFile("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	return strings.TrimSpace(string(text))
}

// cpuMHz returns the current mean clock frequency of the CPUs, 0 if unknown.
func cpuMHz() float64 {
	text, _ := os.ReadFile("/proc/cpuinfo")
	sum, n := 0.0, 0.0
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "cpu MHz" {
			if mhz, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
				sum, n = sum+mhz, n+1
			}
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}
