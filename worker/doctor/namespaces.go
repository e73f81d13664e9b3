package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/worker/terminal"
)

// namespaceKinds are those that every container has of its own: the name in /proc/self/ns, and the one in
// /proc/sys/user/max_NAME_namespaces.
func namespaceKinds() [][2]string {
	return [][2]string{
		{"user", "user"}, {"pid", "pid"}, {"mnt", "mnt"}, {"net", "net"}, {"ipc", "ipc"}, {"uts", "uts"}, {"cgroup", "cgroup"},
	}
}

// checkNamespaces tells which kinds there are, how many, and who may make them.
func checkNamespaces(h host) []finding {
	return []finding{checkNamespaceKinds(h), checkNamespaceLimits(h), checkUserNamespaces(h)}
}

func checkNamespaceKinds(h host) finding {
	const check = "namespaces"
	var names, missing []string
	for _, kind := range namespaceKinds() {
		names = append(names, kind[0])
		_, err := fs.Stat(h.files, "proc/self/ns/"+kind[0])
		if err != nil && !absent(err) {
			return unknown(check, err)
		}
		if err != nil {
			missing = append(missing, kind[0])
		}
	}
	switch {
	case len(missing) == len(names):
		return fail(check, errors.New("/proc/self/ns shows none"), "mount /proc, and use a kernel with CONFIG_NAMESPACES=y")
	case len(missing) > 0:
		return fail(check, fmt.Errorf("the kernel has no namespaces of kind %s", strings.Join(missing, ", ")),
			"use a kernel built with them: CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_NET_NS, CONFIG_IPC_NS, CONFIG_UTS_NS, CONFIG_CGROUPS")
	}
	return pass(check, strings.Join(names, ", "))
}

// checkNamespaceLimits checks user.max_*_namespaces. Each container takes one of each kind.
func checkNamespaceLimits(h host) finding {
	const check = "namespace limits"
	var tight, settings []string
	var unread error
	for _, kind := range namespaceKinds() {
		name := "max_" + kind[1] + "_namespaces"
		most, err := h.number("/proc/sys/user/" + name)
		if err != nil && !absent(err) {
			unread = err
		}
		if err == nil && most < int64(h.slots) {
			tight = append(tight, fmt.Sprintf("user.%s is %d", name, most))
			settings = append(settings, "user."+name+"=10000")
		}
	}
	switch {
	case len(tight) > 0:
		return fail(check, fmt.Errorf("%s, and each of %s takes one", strings.Join(tight, ", "), terminal.Plural(h.slots, "container")),
			"sysctl -w "+strings.Join(settings, " "))
	case unread != nil:
		return unknown(check, unread)
	}
	return pass(check, "enough for "+terminal.Plural(h.slots, "container"))
}

// checkUserNamespaces checks what keeps processes without CAP_SYS_ADMIN from making user namespaces: a switch
// of Debian's kernel, and one of AppArmor for programs that no profile covers.
func checkUserNamespaces(h host) finding {
	const check = "user namespaces"
	open, openErr := h.number("/proc/sys/kernel/unprivileged_userns_clone")
	restricted, restrictedErr := h.number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
	closed := openErr == nil && open == 0
	confines := restrictedErr == nil && restricted != 0
	switch {
	case h.mayAdminister() && (closed || confines):
		return pass(check, "closed to ordinary users, open to this worker, which holds CAP_SYS_ADMIN")
	case h.mayAdminister():
		return pass(check, "open to this worker, which holds CAP_SYS_ADMIN")
	case closed:
		return fail(check, errors.New("kernel.unprivileged_userns_clone is 0, and the worker has no CAP_SYS_ADMIN"),
			"sysctl -w kernel.unprivileged_userns_clone=1, or grant CAP_SYS_ADMIN")
	case confines && unconfined(h):
		return fail(check, errors.New("kernel.apparmor_restrict_unprivileged_userns is 1, and the worker has neither CAP_SYS_ADMIN nor a profile"),
			"give gavel an AppArmor profile with the rule userns, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
	}
	for _, err := range []error{openErr, restrictedErr} {
		if err != nil && !absent(err) {
			return unknown(check, err)
		}
	}
	return pass(check, "open to everybody")
}

// unconfined reports whether no AppArmor profile covers the worker.
func unconfined(h host) bool {
	label, err := h.label()
	return err != nil || label == "unconfined"
}

// label is what the security module in charge calls the worker.
func (h host) label() (string, error) {
	label, err := h.text("/proc/self/attr/current")
	return strings.TrimRight(label, "\x00\n"), err // SELinux ends it with a zero byte
}

// checkProc reports whether containers can mount a /proc of their own. In a user namespace the kernel lets only
// those mount one who already see all of one: no part of it covered, and writable (mount_namespaces(7), fs/namespace.c).
func checkProc(h host) finding {
	const check = "mount of /proc"
	text, err := h.text("/proc/self/mountinfo")
	if err != nil {
		return unknown(check, err)
	}
	covered := []string{"/proc is not mounted"}
	for _, at := range wholeProcs(text) {
		over := coversOf(text, at)
		if len(over) == 0 {
			return pass(check, "possible")
		}
		covered = over
	}
	if len(covered) > 3 {
		covered = append(covered[:3], "...")
	}
	return fail(check, fmt.Errorf("containers cannot mount their own, for parts of the worker's are covered or read-only: %s", strings.Join(covered, ", ")),
		"with Docker --security-opt systempaths=unconfined, or -v /proc:/run/outer-proc as docker-compose.yml does")
}

// wholeProcs are the mount points of proc file systems with their root.
func wholeProcs(mountinfo string) []string {
	var points []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		dash := slices.Index(fields, "-")
		if dash >= 6 && len(fields) > dash+1 && fields[dash+1] == "proc" && fields[3] == "/" {
			points = append(points, fields[4])
		}
	}
	return points
}

// coversOf are the mounts below a mount point, and the point itself when it is read-only. What lies on
// directories that the kernel made to be mounted on hides nothing.
func coversOf(mountinfo, at string) []string {
	var covers []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 6 {
			continue
		}
		readOnly := slices.Contains(strings.Split(fields[5], ","), "ro")
		below, isBelow := strings.CutPrefix(fields[4], at+"/")
		harmless := slices.Contains([]string{"sys/fs/binfmt_misc", "fs/nfsd", "xen"}, below)
		if isBelow && !harmless || fields[4] == at && readOnly {
			covers = append(covers, fields[4])
		}
	}
	return covers
}

// checkConfinement tells which security module holds the worker.
func checkConfinement(h host) finding {
	const check = "confinement"
	label, err := h.label()
	enforce, _ := h.text("/sys/fs/selinux/enforce")
	apparmor, _ := h.text("/sys/module/apparmor/parameters/enabled")
	selinux := enforce == "1"
	switch {
	case apparmor != "Y" && !selinux:
		return pass(check, "neither AppArmor nor SELinux")
	case err != nil:
		return unknown(check, err)
	case selinux && !strings.Contains(label, "unconfined"):
		return warn(check, "SELinux holds the worker as "+label, "if containers fail, look into the audit log; with Docker --security-opt label=disable")
	case !selinux && label != "unconfined" && !strings.HasSuffix(label, "(unconfined)"):
		return warn(check, "AppArmor holds the worker by the profile "+label, "if containers fail, allow mounts and user namespaces in it; with Docker --security-opt apparmor=unconfined")
	}
	return pass(check, "none: "+label)
}
