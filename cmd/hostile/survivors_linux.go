package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// survivors are the living processes of this series' fanbench: those that have its mark in
// their environment, and so all that fanbench and its strategies have started.
func (t *tries) survivors() (pids []int, names []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well formed
	for _, file := range files {
		environment, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(environment, []byte(actAs+"="+t.mark()+"\x00")) {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(file, "/")[2]) // by the pattern
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		pids, names = append(pids, pid), append(names, strings.TrimSpace(string(name)))
	}
	return pids, names
}

// ending is how long processes may take to be gone once fanbench is.
const ending = 2 * time.Second

// expectNobody checks that fanbench has left no process behind, and kills those it has.
func (t *tries) expectNobody(of string) {
	pids, names := t.survivors()
	for deadline := time.Now().Add(ending); len(pids) > 0 && time.Now().Before(deadline); pids, names = t.survivors() {
		time.Sleep(10 * time.Millisecond)
	}
	t.expect("no process is left behind", len(pids) == 0, "%s: %d left %s", of, len(pids), strings.Join(names, ", "))
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // fails only if it is gone by now
	}
}
