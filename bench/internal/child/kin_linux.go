package child

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/procenv"
)

// AdoptOrphans makes this process the parent of all descendants whose parent ends (prctl(2),
// PR_SET_CHILD_SUBREAPER), so that they can be found. restore undoes it.
func AdoptOrphans() (restore func()) {
	var before int32
	if unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&before)), 0, 0, 0) != nil || before != 0 {
		return func() {}
	}
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) // a kernel that cannot leaves them to init
	return func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }
}

// awaitEnd waits until the child has ended, but does not reap it. Until it is reaped, its
// process group can be killed by its number without hitting another process.
func awaitEnd(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}

// kin lists the living processes below a child of this process. Orphans among them become
// children of this process; they have the child's mark in their environment. On a system
// without /proc/*/task/*/children the list is empty.
func kin(pid int, mark string) (list []Relative) {
	list = Below(pid, nil)
	for _, child := range children(os.Getpid()) {
		switch r := Look(child); {
		case child == pid:
		case r.Dead && r.group == pid:
			_, _ = unix.Wait4(child, nil, unix.WNOHANG, nil) // an orphan that ended by itself
		case !r.Dead && procenv.Has(child, mark):
			list = Below(child, append(list, r))
		}
	}
	return list
}

// Below appends the living descendants of a process.
func Below(pid int, list []Relative) []Relative {
	for _, child := range children(pid) {
		if r := Look(child); !r.Dead {
			list = Below(child, append(list, r))
		}
	}
	return list
}

// Look reads a process from proc(5). A process that has ended is dead, whether or not it has
// been reaped.
func Look(pid int) Relative {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	if err != nil || open < 0 || end < open || len(fields) < 20 {
		return Relative{pid: pid, Dead: true}
	}
	group, _ := strconv.Atoi(fields[2]) // the kernel writes a number
	return Relative{pid: pid, Name: string(stat[open+1 : end]), group: group, since: fields[19], Dead: fields[0] == "Z" || fields[0] == "X"}
}

// children returns the processes whose parent is any thread of a process.
func children(pid int) (list []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for word := range strings.FieldsSeq(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// Kill kills the process, reports whether it did, and waits until it is dead. It reaps a
// process that has become a child of this process.
func (r Relative) Kill() bool {
	if r.gone() {
		return false // its number may be another's by now
	}
	_ = unix.Kill(r.pid, unix.SIGKILL) // fails only if it has already ended
	for range 100 {
		if n, _ := unix.Wait4(r.pid, nil, unix.WNOHANG, nil); n == r.pid || r.gone() {
			break // reaped, or another's to reap
		}
		time.Sleep(time.Millisecond)
	}
	return true
}

// gone reports whether the process has ended.
func (r Relative) gone() bool {
	now := Look(r.pid)
	return now.Dead || now.since != r.since
}

// PreferForOOMKill makes the kernel prefer that process to this one if memory runs out.
func PreferForOOMKill(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("500"), 0)
}
