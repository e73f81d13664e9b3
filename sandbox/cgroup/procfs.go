package cgroup

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// membership is one line of /proc/self/cgroup: the group that this process is in, in one hierarchy.
// controllers is empty for version 2.
type membership struct {
	controllers []string
	path        string
}

// parseMemberships reads the format of /proc/PID/cgroup (man 7 cgroups): "ID:CONTROLLERS:PATH" per line.
func parseMemberships(data string) ([]membership, error) {
	var all []membership
	for line := range strings.Lines(data) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			return nil, fmt.Errorf("line %q is not ID:CONTROLLERS:PATH", line)
		}
		// A group that was removed while we are in it is marked so.
		m := membership{path: strings.TrimSuffix(fields[2], " (deleted)")}
		if fields[1] != "" {
			m.controllers = strings.Split(fields[1], ",")
		}
		all = append(all, m)
	}
	return all, nil
}

// mount is what a line of /proc/self/mountinfo says about a mounted control group hierarchy.
type mount struct {
	root    string // the group that is visible at point
	point   string // where it is mounted
	version int
	options []string // of the superblock; version 1 names its controllers here
}

// foreign reports whether the mount was made outside of our control group namespace. Its root then is /.. or above,
// nothing in it says where our own group is, and with nsdelegate the kernel hides our own from us.
func (m mount) foreign() bool { return m.root == "/.." || strings.HasPrefix(m.root, "/../") }

// parseMounts returns the control group mounts of /proc/self/mountinfo (man 5 proc_pid_mountinfo), in order.
func parseMounts(data string) []mount {
	var all []mount
	for line := range strings.Lines(data) {
		if m, err := parseMount(line); err == nil {
			all = append(all, m)
		}
	}
	return all
}

var errOtherMount = errors.New("not a control group mount")

// parseMount reads "ID PARENT DEV ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPEROPTIONS".
func parseMount(line string) (mount, error) {
	before, after, found := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !found || len(left) < 6 || len(right) < 3 {
		return mount{}, errOtherMount
	}
	m := mount{root: unescape(left[3]), point: unescape(left[4]), options: strings.Split(right[2], ",")}
	switch right[0] {
	case "cgroup":
		m.version = 1
	case "cgroup2":
		m.version = 2
	default:
		return mount{}, errOtherMount
	}
	return m, nil
}

// unescape turns the octal escapes of mountinfo (\040 for a space) back into bytes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// locate returns the directory in which the group at groupPath shows below m. It is m's mount point when
// the group lies outside of what m shows: inside a container the path of the host means nothing.
func locate(m mount, groupPath string) string {
	if m.root == "/" {
		return path.Join(m.point, groupPath)
	}
	if rest, ok := strings.CutPrefix(groupPath, m.root); ok && (rest == "" || rest[0] == '/') {
		return path.Join(m.point, rest)
	}
	return m.point
}

// groupOf returns the path of our group in the hierarchy of m.
func groupOf(m mount, all []membership) (string, bool) {
	for _, one := range all {
		if m.version == 2 && len(one.controllers) == 0 {
			return one.path, true
		}
		if m.version == 1 && slices.ContainsFunc(one.controllers, func(c string) bool {
			return slices.Contains(m.options, c)
		}) {
			return one.path, true
		}
	}
	return "", false
}
