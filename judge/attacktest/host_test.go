package attacktest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// Bounds on what is not exact: memory is the runtime's, and others write to the same disk.
const (
	maxGrowth   = 64 << 20 // bytes of the worker's resident memory over the first attack's
	maxDisk     = 1 << 30  // bytes of free space, per attack
	maxInodes   = 20_000
	firstUID    = 1_900_000_000 // ids of root's containers, as sandbox/pool hands them out
	uidsPerSlot = 1 << 16
)

// settleTime is how long the host may take to be as before.
func settleTime() time.Duration { return sandboxtest.Slow(10 * time.Second) }

// idRange is ids of the host that belong to containers.
type idRange struct{ first, count int }

// containerIDs are those of this user: a range of root's, or what an ordinary user has, which is its own id and
// those made over to it.
func containerIDs() ([]idRange, error) {
	uid := os.Getuid()
	if uid == 0 {
		return []idRange{{firstUID, math.MaxInt}}, nil
	}
	ids := []idRange{{uid, 1}}
	text, err := os.ReadFile("/etc/subuid")
	if errors.Is(err, fs.ErrNotExist) {
		return ids, nil
	}
	for line := range strings.Lines(string(text)) {
		var r idRange
		if _, rest, _ := strings.Cut(strings.TrimSpace(line), ":"); strings.HasPrefix(line, "gavelordinary:") {
			if _, err := fmt.Sscanf(rest, "%d:%d", &r.first, &r.count); err != nil {
				return nil, err
			}
			ids = append(ids, r)
		}
	}
	return ids, err
}

// ours tells whether an id of the host belongs to containers.
func (b *bench) ours(uid int) bool {
	return slices.ContainsFunc(b.ids, func(r idRange) bool { return uid >= r.first && uid-r.first < r.count })
}

// host is what must be the same before and after an attack: a set of sentences with their counts, and amounts.
type host struct {
	facts      map[string]int
	rss        int64
	free       []uint64 // bytes, inodes; of each watched file system
	goroutines int
}

// look takes the state of the host.
func (b *bench) look() (host, error) {
	debug.FreeOSMemory()
	h := host{facts: map[string]int{}, goroutines: runtime.NumGoroutine()}
	for _, part := range []func(add func(string, ...any)) error{
		b.lookProcesses, lookMounts, lookGroups, lookDescriptors, b.lookIPC, b.lookKeys, b.lookCanaries, b.lookFiles,
	} {
		if err := part(func(format string, args ...any) { h.facts[fmt.Sprintf(format, args...)]++ }); err != nil {
			return h, err
		}
	}
	var err error
	if h.rss, err = residentMemory(os.Getpid()); err != nil {
		return h, err
	}
	for _, dir := range []string{"/tmp", b.state, "/dev/shm"} {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err != nil {
			return h, err
		}
		h.free = append(h.free, st.Bavail*uint64(st.Bsize), st.Ffree)
	}
	return h, nil
}

// beyond tells how h differs from what was before.
func (h host) beyond(before host) []string {
	var found []string
	for _, what := range slices.Sorted(maps.Keys(h.facts)) {
		if n := h.facts[what] - before.facts[what]; n > 0 {
			found = append(found, fmt.Sprintf("%d more: %s", n, what))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(before.facts)) {
		if n := before.facts[what] - h.facts[what]; n > 0 {
			found = append(found, fmt.Sprintf("%d fewer: %s", n, what))
		}
	}
	if h.rss > before.rss+maxGrowth {
		found = append(found, fmt.Sprintf("worker grew from %d to %d MiB", before.rss>>20, h.rss>>20))
	}
	if h.goroutines > before.goroutines {
		found = append(found, fmt.Sprintf("%d more goroutines", h.goroutines-before.goroutines))
	}
	for i := 0; i < len(h.free); i += 2 {
		if h.free[i]+maxDisk < before.free[i] || h.free[i+1]+maxInodes < before.free[i+1] {
			found = append(found, fmt.Sprintf("file system %d: from %v to %v free", i/2, before.free[i:i+2], h.free[i:i+2]))
		}
	}
	return found
}

// awaitIdle waits until every container is there and clean: none is being replaced because of the attack before.
func (b *bench) awaitIdle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime())
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if stats := b.pool.Stats(); stats.Idle == stats.Slots {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("containers are not idle after %v: %+v", settleTime(), b.pool.Stats())
		case <-tick.C:
		}
	}
}

// settled waits until the host is as before, and says what is different when it does not become so.
func (b *bench) settled(t *testing.T, before host) []string {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(settleTime())
	for {
		now, err := b.look()
		if err != nil {
			return []string{err.Error()}
		}
		found := now.beyond(before)
		if len(found) == 0 || time.Now().After(deadline) {
			return found
		}
		<-tick.C
	}
}

// lookProcesses lists the descendants of the worker and whatever runs with an id of its containers.
func (b *bench) lookProcesses(add func(string, ...any)) error {
	stats, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	servers := map[int]int{} // first id of a container, by pid of its server
	for _, dir := range stats {
		if ppid, uid, _, err := process(dir); err == nil && ppid == os.Getpid() && b.ours(uid) {
			servers[uid/uidsPerSlot] = uid
		}
	}
	for _, dir := range stats {
		ppid, uid, state, err := process(dir)
		if err != nil {
			continue // ended meanwhile
		}
		_, ours := servers[uid/uidsPerSlot] // root may have other workers
		if (ours || b.rootless) && b.ours(uid) || ppid == os.Getpid() {
			add("process of uid %d, state %s", uid, strings.NewReplacer("R", "S", "D", "S").Replace(state))
		}
	}
	return nil
}

// process reads /proc/PID/status.
func process(dir string) (ppid, uid int, state string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "status"))
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "State:":
			state = fields[1]
		case "PPid:":
			ppid, _ = strconv.Atoi(fields[1])
		case "Uid:":
			uid, _ = strconv.Atoi(fields[1])
		}
	}
	return ppid, uid, state, err
}

func lookMounts(add func(string, ...any)) error {
	text, err := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		if !foreignMount(line) {
			add("mount %s", strings.TrimSpace(line))
		}
	}
	return err
}

// foreignMount tells whether a mount belongs to a container engine beside us, or to another test: below a
// directory of its own. Ours would be /tmp itself, where containers put their root together, or what is in it.
func foreignMount(line string) bool {
	fields := strings.Fields(line)
	return len(fields) < 5 || strings.Contains(line, "/docker/") || strings.Contains(line, "/containers/") ||
		strings.HasPrefix(fields[4], "/tmp/Test") || strings.HasPrefix(fields[4], "/tmp/tmp.")
}

// lookGroups lists the control groups of the worker's containers, and the processes in the groups of their runs.
func lookGroups(add func(string, ...any)) error {
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, name := range tasks {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that ended
		}
		for pid := range strings.FieldsSeq(string(text)) {
			if err := lookGroupsOf(pid, seen, add); err != nil {
				return err
			}
		}
	}
	return nil
}

func lookGroupsOf(pid string, seen map[string]bool, add func(string, ...any)) error {
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return nil // it is being replaced: lookProcesses tells
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		at := strings.Index(parts[2], "/gavel-")
		if at < 0 {
			continue
		}
		tree, _, _ := strings.Cut(parts[2][at+1:], "/")
		top := filepath.Join(hierarchy(parts[1]), parts[2][:at], tree)
		if seen[top] {
			continue
		}
		seen[top] = true
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return nil // groups come and go
			}
			name, _, _ := strings.Cut(filepath.Base(path), "-") // runs and containers are numbered on
			add("control group %s of %s", name, parts[1])
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hierarchy is where control groups with that controller are mounted.
func hierarchy(controllers string) string {
	switch {
	case controllers != "":
		return filepath.Join("/sys/fs/cgroup", strings.TrimPrefix(controllers, "name="))
	case exists("/sys/fs/cgroup/unified"):
		return "/sys/fs/cgroup/unified"
	}
	return "/sys/fs/cgroup"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// lookDescriptors counts the worker's own by kind: numbers of pipes and sockets say nothing.
func lookDescriptors(add func(string, ...any)) error {
	entries, err := os.ReadDir("/proc/self/fd")
	for _, entry := range entries {
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err != nil || strings.HasPrefix(target, "/proc/") {
			continue // the one that read the directory
		}
		if target == "/memfd:input (deleted)" {
			continue // the judge keeps inputs of test cases open, a bounded number of them; copies for one run have another name
		}
		kind, _, _ := strings.Cut(target, ":[")
		if strings.HasPrefix(kind, "/sys/fs/cgroup") {
			kind = "control group file" // those of a fresh leaf have other names
		}
		add("open descriptor %s", kind)
	}
	return err
}

// lookIPC lists System V objects and POSIX message queues of the host.
func (b *bench) lookIPC(add func(string, ...any)) error {
	for _, kind := range []string{"shm", "msg", "sem"} {
		text, err := os.ReadFile("/proc/sysvipc/" + kind)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			add("System V %s %s", kind, strings.Join(fields[:min(2, len(fields))], " "))
		}
	}
	if b.rootless {
		return nil // what follows takes a mount
	}
	dir, err := os.MkdirTemp("", "mqueue")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(dir) }()
	if err := unix.Mount("mqueue", dir, "mqueue", 0, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }()
	queues, err := os.ReadDir(dir)
	for _, q := range queues {
		add("message queue %s", q.Name())
	}
	return err
}

// lookKeys lists what ids of containers have in the kernel's key store.
func (b *bench) lookKeys(add func(string, ...any)) error {
	text, err := os.ReadFile("/proc/key-users")
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		uid, _ := strconv.Atoi(strings.TrimSuffix(fields[0], ":"))
		if b.ours(uid) {
			add("keys of uid %d: %s", uid, fields[2])
		}
	}
	return err
}

// lookCanaries reads what attacks would change if they got there, the problem packages too.
func (b *bench) lookCanaries(add func(string, ...any)) error {
	for _, root := range []string{b.canary.dir, b.canary.temp, b.problems} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			var st unix.Stat_t
			if err := unix.Lstat(path, &st); err != nil {
				return err
			}
			var sum [sha256.Size]byte
			if entry.Type().IsRegular() {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				sum = sha256.Sum256(text)
			}
			add("file %s mode %o uid %d links %d changed %v holding %x", path, st.Mode, st.Uid, st.Nlink, st.Ctim, sum[:4])
			return nil
		})
		if err != nil {
			return err
		}
	}
	if os.Getenv("GAVEL_CANARY") != b.canary.secret {
		add("the environment changed")
	}
	return nil
}

// lookFiles lists files of the host that belong to containers, and core dumps.
func (b *bench) lookFiles(add func(string, ...any)) error {
	for _, dir := range []string{".", "/", "/tmp", "/var/tmp", "/dev/shm", "/run", b.state, filepath.Join(b.state, "artifacts")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil {
				continue // gone meanwhile
			}
			st, ok := info.Sys().(*syscall.Stat_t)
			if ok && b.ours(int(st.Uid)) && !b.own(dir) || entry.Name() == "core" {
				add("file %s/%s", dir, entry.Name())
			}
		}
	}
	return nil
}

// own tells whether a directory is where an ordinary user's worker keeps its own files.
func (b *bench) own(dir string) bool {
	return b.rootless && (dir == "." || strings.HasPrefix(dir, b.state))
}

// residentMemory of a process, in bytes.
func residentMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
