package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/internal/procenv"
)

// survivors returns the living processes of this series: those with its mark in their
// environment. This includes everything that fanbench and its strategies have started.
func (t *tries) survivors() (pids []int, names []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // fails only for a malformed pattern
	for _, file := range files {
		pid, _ := strconv.Atoi(strings.Split(file, "/")[2]) // the pattern guarantees a number
		if !procenv.Has(pid, actAs+"="+t.mark()) {
			continue
		}
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		pids, names = append(pids, pid), append(names, strings.TrimSpace(string(name)))
	}
	return pids, names
}

// ending is the time for processes to disappear after fanbench has ended.
const ending = 2 * time.Second

// expectNobody checks that fanbench has left no process behind, and kills any it finds.
func (t *tries) expectNobody(of string) {
	pids, names := t.survivors()
	for deadline := time.Now().Add(ending); len(pids) > 0 && time.Now().Before(deadline); pids, names = t.survivors() {
		time.Sleep(10 * time.Millisecond)
	}
	t.expect("no process is left behind", len(pids) == 0, "%s: %d left %s", of, len(pids), strings.Join(names, ", "))
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // fails only if it has already ended
	}
}
