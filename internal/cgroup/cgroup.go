// Package cgroup reads the limits of this process's Linux control groups: CPU quota, memory, and
// throttling by the quota.
//
//	/proc/self/cgroup      the group of this process in each hierarchy
//	/proc/self/mountinfo   where each hierarchy is mounted, and from which group on
//	  -> the directories of the group and of all groups above it that can be seen
//	  -> the tightest limit of any of them
//
// It reads version 1 (a hierarchy per controller), version 2 (one for all) and both side by side.
// A group above may have a tighter limit than the process's own, and the kernel enforces each. A
// missing file, as on other systems, means no limit.
package cgroup

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Groups are the control groups of this process as directories of a file system, its own group
// first and then those above it.
type Groups struct {
	root           fs.FS
	cpu, memory    []string
	cpuV2, memory2 bool // are of version 2
}

// Find finds the groups of this process in root, which is the file system of the root directory or
// a copy of its layout.
func Find(root fs.FS) Groups {
	g := Groups{root: root}
	memberships, mounts := memberships(root), mounts(root)
	g.cpu, g.cpuV2 = find(root, memberships, mounts, "cpu", []string{"cpu.cfs_quota_us"}, []string{"cpu.max", "cpu.stat"})
	g.memory, g.memory2 = find(root, memberships, mounts, "memory", []string{"memory.limit_in_bytes"}, []string{"memory.max", "memory.current"})
	return g
}

// find returns the directories of the groups that have a controller's files, in version 1 or
// otherwise in version 2.
func find(root fs.FS, groups []membership, mounts []mount, controller string, v1, v2 []string) (dirs []string, version2 bool) {
	for _, version2 := range []bool{false, true} {
		wanted := v1
		if version2 {
			wanted = v2
		}
		for _, m := range groups {
			if m.version2 != version2 || !version2 && !slices.Contains(m.controllers, controller) {
				continue
			}
			var dirs []string
			for _, dir := range directories(m, mounts, controller) {
				if slices.ContainsFunc(wanted, func(file string) bool { return exists(root, path.Join(dir, file)) }) {
					dirs = append(dirs, dir)
				}
			}
			if len(dirs) > 0 {
				return dirs, version2
			}
		}
	}
	return nil, false
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return err == nil
}

// membership is a line of /proc/self/cgroup (cgroups(7)): "4:memory:/a/b", or "0::/a/b" for
// version 2.
type membership struct {
	version2    bool
	controllers []string
	path        string
}

func memberships(root fs.FS) (out []membership) {
	for line := range lines(root, "proc/self/cgroup") {
		f := strings.SplitN(line, ":", 3)
		if len(f) == 3 {
			out = append(out, membership{version2: f[0] == "0" && f[1] == "", controllers: strings.Split(f[1], ","), path: f[2]})
		}
	}
	return out
}

// mount is a line of /proc/self/mountinfo (proc(5)) for a hierarchy of control groups. Only the
// groups from root down are visible, below dir.
type mount struct {
	version2    bool
	controllers []string
	root, dir   string
}

func mounts(root fs.FS) (out []mount) {
	for line := range lines(root, "proc/self/mountinfo") {
		before, after, ok := strings.Cut(line, " - ")
		place, what := strings.Fields(before), strings.Fields(after)
		if !ok || len(place) < 5 || len(what) < 3 || what[0] != "cgroup" && what[0] != "cgroup2" {
			continue
		}
		out = append(out, mount{what[0] == "cgroup2", strings.Split(what[2], ","), unescape(place[3]), unescape(place[4])})
	}
	return out
}

// unescape decodes blanks and backslashes in paths of mountinfo: \040.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// directories are those of a group and of the groups above it, by the mount that shows most of
// them. If no mount shows the group, as in a container with the host's /proc, it is assumed to be
// the root of the mount.
func directories(m membership, mounts []mount, controller string) []string {
	var best *mount
	below, visible := "/", false
	for i := range mounts {
		t := &mounts[i]
		if t.version2 != m.version2 || !t.version2 && !slices.Contains(t.controllers, controller) {
			continue
		}
		rest, shown := within(m.path, t.root)
		if best == nil || shown && (!visible || len(t.root) < len(best.root)) {
			best, below, visible = t, rest, shown
		}
	}
	if best == nil {
		return nil
	}
	top := strings.TrimPrefix(path.Clean(best.dir), "/")
	var out []string
	for dir := path.Join(top, below); ; dir = path.Dir(dir) {
		out = append(out, dir)
		if dir == top || len(dir) < len(top) {
			return out
		}
	}
}

// within returns the part of a group's path below a mount's root, which begins with "/". ok is
// false if the group is not below it.
func within(group, root string) (rest string, ok bool) {
	root = strings.TrimSuffix(root, "/")
	rest, ok = strings.CutPrefix(group, root)
	if !ok || rest != "" && rest[0] != '/' || strings.Contains(rest, "/..") {
		return "/", false
	}
	return path.Clean("/" + rest), true
}

// CPUs is the number of CPUs that the tightest quota allows on average, 0 without a quota.
func (g Groups) CPUs() float64 {
	tightest := math.Inf(1)
	for _, dir := range g.cpu {
		quota, period := g.number(dir, "cpu.cfs_quota_us"), g.number(dir, "cpu.cfs_period_us")
		if g.cpuV2 {
			f := strings.Fields(g.text(dir, "cpu.max")) // "30000 100000", or "max 100000"
			if len(f) < 2 {
				continue
			}
			quota, period = parse(f[0]), parse(f[1])
		}
		if quota > 0 && period > 0 {
			tightest = min(tightest, float64(quota)/float64(period))
		}
	}
	if math.IsInf(tightest, 1) {
		return 0
	}
	return tightest
}

// noLimit is a lower bound of the value that version 1 shows for unlimited memory: the largest
// multiple of a page.
const noLimit = 1 << 60

// Memory returns, in bytes, the tightest memory limit, and how much may still be used before any
// limit is reached. Reclaimable page cache counts as free. limit is 0 if there is none.
func (g Groups) Memory() (limit, available int64) {
	files := [...]string{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}
	if g.memory2 {
		files = [...]string{"memory.max", "memory.current", "inactive_file"}
	}
	for _, dir := range g.memory {
		most := g.number(dir, files[0])
		if most <= 0 || most >= noLimit {
			continue
		}
		used := g.number(dir, files[1]) - g.counter(dir, "memory.stat", files[2])
		left := max(0, most-max(0, used))
		if limit == 0 {
			limit, available = most, left
		}
		limit, available = min(limit, most), min(available, left)
	}
	return limit, available
}

// Throttling counts the throttling of a group by its quota since it was created. The kernel counts
// every period (usually 100 ms) in which the group ran.
type Throttling struct {
	Periods   int64         // periods in which the group ran
	Throttled int64         // periods in which it used up its quota and was stopped
	Time      time.Duration // time for which it was stopped, summed over CPUs
}

// Throttling returns the counters of every group that has any, the process's own group first.
func (g Groups) Throttling() []Throttling {
	out := make([]Throttling, len(g.cpu))
	for i, dir := range g.cpu {
		out[i] = Throttling{Periods: g.counter(dir, "cpu.stat", "nr_periods"), Throttled: g.counter(dir, "cpu.stat", "nr_throttled")}
		if g.cpuV2 {
			out[i].Time = time.Duration(g.counter(dir, "cpu.stat", "throttled_usec")) * time.Microsecond
		} else {
			out[i].Time = time.Duration(g.counter(dir, "cpu.stat", "throttled_time"))
		}
	}
	return out
}

// Since is the throttling between before and now, two results of Groups.Throttling, of the group
// that was throttled in the most periods.
func Since(before, now []Throttling) (most Throttling) {
	for i := range min(len(before), len(now)) {
		t := Throttling{now[i].Periods - before[i].Periods, now[i].Throttled - before[i].Throttled, now[i].Time - before[i].Time}
		if i == 0 || t.Throttled > most.Throttled {
			most = t
		}
	}
	return most
}

func (g Groups) text(dir, file string) string {
	text, _ := fs.ReadFile(g.root, path.Join(dir, file)) // a missing file means no limit
	return strings.TrimSpace(string(text))
}

// number is the whole number in a file, 0 for any other text.
func (g Groups) number(dir, file string) int64 { return parse(g.text(dir, file)) }

// counter is the number after a key in a file of lines such as "nr_periods 95", 0 if the key is
// missing.
func (g Groups) counter(dir, file, key string) int64 {
	for line := range lines(g.root, path.Join(dir, file)) {
		if name, value, _ := strings.Cut(line, " "); name == key {
			return parse(value)
		}
	}
	return 0
}

func parse(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// lines yields the lines of a file, or none if it cannot be read.
func lines(root fs.FS, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		text, _ := fs.ReadFile(root, name)
		for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
			if !yield(s.Text()) {
				return
			}
		}
	}
}
