package doctor

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func readLimits() Limits {
	var l Limits
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) == nil {
		l.Files = int(min(files.Cur, 1<<30))
	}
	read := func(file string) string {
		text, _ := os.ReadFile(file) // a missing file means unknown
		return string(text)
	}
	l.Ports = freePorts(read("/proc/sys/net/ipv4/ip_local_port_range"), read("/proc/net/tcp")+read("/proc/net/tcp6"))
	return l
}

// freePorts is the size of the range minus the ports held by connections, including those in
// TIME_WAIT (proc(5): the local address is the second field, and ends with the port in
// hexadecimal).
func freePorts(portRange, connections string) int {
	var first, last int
	if n, _ := fmt.Sscan(portRange, &first, &last); n != 2 {
		return 0
	}
	used := map[int]bool{}
	for line := range strings.Lines(connections) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		var port int
		_, digits, _ := strings.Cut(fields[1], ":")
		if n, _ := fmt.Sscanf(digits, "%X", &port); n == 1 && port >= first && port <= last {
			used[port] = true
		}
	}
	return max(0, last-first+1-len(used))
}

func clockSource() string {
	text, _ := os.ReadFile("/sys/devices/system/clocksource/clocksource0/current_clocksource")
	return strings.TrimSpace(string(text))
}
