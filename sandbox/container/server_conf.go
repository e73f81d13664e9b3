package container

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// protectServer keeps programs from inspecting or signaling this process, before anything else runs in the container.
func protectServer() error {
	// Not dumpable: nobody attaches to it, and its /proc files belong to root.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	forkexec.DefaultSignals()
	unix.Umask(0o022)
	return defaultSIGCHLD()
}

// defaultSIGCHLD sets SIGCHLD to its default action, to be ignored. With the handler of the Go runtime the end of each
// program would wake a thread of the server, on the program's own core and for nothing.
func defaultSIGCHLD() error {
	var byDefault [4]uint64 // the kernel's struct sigaction
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("rt_sigaction", errno)
	}
	return nil
}

// conf applies the configuration: all of it, or the client destroys the container. It takes ownership of fds.
func (s *containerServer) conf(c *confCmd, fds []int) {
	s.replaceCgroups(fds[:c.NumCgroups], c.CgroupV2)
	sources := fds[c.NumCgroups:]
	defer closeAll(sources)
	s.containerConfig = c.Conf
	s.defaultEnv = c.Conf.DefaultEnv
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"check configuration", s.containerConfig.Validate},
		// The root file system first: everything below is set up in it.
		{"make root", func() error { return s.makeRoot(sources) }},
		{"set host name", s.setHostName},
		// While /proc/sys can still be written.
		{"forbid namespaces", forbidNamespaces},
		{"limit users", s.limitUsers},
		{"hide paths", s.hidePaths},
		{"open writable directories", s.openWritable},
		// With the container's files in place and its server's privileges still whole.
		{"init command", s.initCommand},
		{"guard the shared id", s.protectSharedID},
		{"begin to account", s.startAccounting},
		{"limit resources", s.limitResources},
		{"go before the worker where memory runs out", offerToOOMKiller},
		// Last, because nothing above could be done with them.
		{"drop capabilities", dropBoundingSet},
		{"set seccomp", s.installFilter},
	} {
		if err := step.do(); err != nil {
			s.replyError("conf", fmt.Errorf("%s: %w", step.name, err))
			return
		}
	}
	s.state = stateReady
	s.reply(&reply{Type: replySuccess})
}

// staging is where the new root is put together. It is hidden in the container's own mount namespace only.
const staging = "/tmp"

// defaultRootSize holds mount points and links with much room.
const defaultRootSize = 1 << 20

// makeRoot builds the root file system on a tmpfs and makes it the root. sources are those of the binds.
func (s *containerServer) makeRoot(sources []int) error {
	// Nothing that happens here may reach the host.
	if err := mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	size := s.RootSize
	if size == 0 {
		size = defaultRootSize
	}
	opts := fmt.Sprintf("size=%d,nr_inodes=4096,mode=755", size)
	if err := mount("tmpfs", staging, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, opts); err != nil {
		return err
	}
	for _, m := range s.Mounts {
		source := -1
		if m.Kind == MountBind {
			source, sources = sources[0], sources[1:]
		}
		if err := s.mountOne(m, source); err != nil {
			return fmt.Errorf("mount %s: %w", m.Target, err)
		}
	}
	for _, l := range s.SymbolicLinks {
		if err := makeLink(l); err != nil {
			return err
		}
	}
	return enterRoot()
}

func (s *containerServer) mountOne(m Mount, source int) error {
	target := staging + m.Target
	switch m.Kind {
	case MountBind:
		return bind(source, target, m)
	case MountTmpfs:
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		return mount("tmpfs", target, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, s.tmpfsOptions(m))
	case MountProc:
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		// hidepid: a program sees its own processes, and nothing of pid 1.
		return mount("proc", target, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "hidepid=2")
	}
	return fmt.Errorf("unknown kind %d", m.Kind)
}

func (s *containerServer) tmpfsOptions(m Mount) string {
	uid, gid := s.owner(m)
	return fmt.Sprintf("size=%d,nr_inodes=%d,mode=%o,uid=%d,gid=%d", m.Size, m.Inodes, m.mode(), uid, gid)
}

func (s *containerServer) owner(m Mount) (uid, gid int) {
	if m.Owned {
		return int(s.Credential.UID), int(s.Credential.GID)
	}
	return 0, 0
}

func (m Mount) mode() uint32 {
	if m.Mode == 0 {
		return 0o755
	}
	return m.Mode
}

// bind mounts a file or directory of the host. Devices work only where the source is one.
func bind(source int, target string, m Mount) error {
	var st unix.Stat_t
	if err := unix.Fstat(source, &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if err := makeMountPoint(target, st.Mode&unix.S_IFMT == unix.S_IFDIR); err != nil {
		return err
	}
	// Recursive, because the kernel refuses to uncover what is mounted below the source.
	from := fmt.Sprintf("/proc/self/fd/%d", source)
	if err := mount(from, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if !m.Writable {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	if st.Mode&unix.S_IFMT != unix.S_IFCHR {
		attr.Attr_set |= unix.MOUNT_ATTR_NODEV
	}
	return setMountAttr(target, &attr)
}

func makeMountPoint(target string, dir bool) error {
	if dir {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(path.Dir(target), 0o755); err != nil {
		return err
	}
	var there unix.Stat_t // a file of an earlier mount, which may not be writable
	if unix.Lstat(target, &there) == nil && there.Mode&unix.S_IFMT == unix.S_IFREG {
		return nil
	}
	fd, err := unix.Open(target, unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return &os.PathError{Op: "create", Path: target, Err: err}
	}
	return unix.Close(fd)
}

func makeLink(l Link) error {
	at := staging + l.Path
	if err := os.MkdirAll(path.Dir(at), 0o755); err != nil {
		return err
	}
	if err := unix.Symlink(l.Target, at); err != nil {
		return &os.PathError{Op: "symlink", Path: l.Path, Err: err}
	}
	return nil
}

// enterRoot makes the staging directory the root and detaches the host's.
func enterRoot() error {
	if err := unix.Chdir(staging); err != nil {
		return os.NewSyscallError("chdir", err)
	}
	// The old root is put below the new one's own mount point, where it can be detached at once; see
	// pivot_root(2), "pivot_root(".", ".")".
	if err := unix.PivotRoot(".", "."); err != nil {
		return os.NewSyscallError("pivot_root", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return os.NewSyscallError("umount2", err)
	}
	return os.NewSyscallError("chdir", unix.Chdir("/"))
}

func (s *containerServer) setHostName() error {
	if s.HostName == "" {
		return nil
	}
	return os.NewSyscallError("sethostname", unix.Sethostname([]byte(s.HostName)))
}

// forbidNamespaces keeps programs from making user namespaces, in which they would hold every capability, and
// with them the parts of the kernel that only those reach.
func forbidNamespaces() error {
	for _, kind := range []string{"user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time"} {
		if err := limitUser(UserLimit{Name: "max_" + kind + "_namespaces"}); err != nil {
			return err
		}
	}
	return nil
}

// limitUser sets a limit of every user of this user namespace.
func limitUser(l UserLimit) error {
	most := min(l.Most, math.MaxInt32) // the kernel takes no more
	err := os.WriteFile("/proc/sys/user/"+l.Name, strconv.AppendUint(nil, most, 10), 0)
	if errors.Is(err, syscall.ENOENT) { // an older kernel lacks some
		return nil
	}
	return err
}

// limitUsers sets the configured limits. What programs have of these objects is counted for the host's user who made the
// container as well, whose own limit all containers and all else of that user share.
func (s *containerServer) limitUsers() error {
	for _, l := range s.UserLimits {
		if err := limitUser(l); err != nil {
			return err
		}
	}
	return nil
}

// limitResources sets limits of this process, which programs inherit: no run pays for it.
func (s *containerServer) limitResources() error {
	for _, l := range s.RLimits {
		if err := unix.Setrlimit(l.Resource, &unix.Rlimit{Cur: l.Soft, Max: l.Hard}); err != nil {
			return os.NewSyscallError("setrlimit", err)
		}
	}
	return nil
}

// hidePaths covers what programs may not see, and write-protects what they may only read.
func (s *containerServer) hidePaths() error {
	for _, p := range s.ReadOnlyPaths {
		if err := readOnly(p); err != nil && !errors.Is(err, syscall.ENOENT) {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	for _, p := range s.MaskPaths {
		if err := mask(p); err != nil && !errors.Is(err, syscall.ENOENT) {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

func readOnly(p string) error {
	if err := mount(p, p, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return setMountAttr(p, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
}

func mask(p string) error {
	err := mount("/dev/null", p, "", unix.MS_BIND, "")
	if errors.Is(err, syscall.ENOTDIR) {
		return mount("tmpfs", p, "tmpfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=4096,nr_inodes=1,mode=555")
	}
	return err
}

// openWritable keeps every directory that is written to open for reset.
func (s *containerServer) openWritable() error {
	for _, m := range s.Mounts {
		if m.Kind != MountTmpfs {
			continue
		}
		fd, err := openItem(&OpenCmd{Path: m.Target, Dir: true})
		if err != nil {
			return err
		}
		if err := restoreTimes(fd); err != nil {
			_ = unix.Close(fd) // nothing was written
			return err
		}
		uid, gid := s.owner(m)
		s.writable = append(s.writable, writableDir{path: m.Target, fd: fd, uid: uid, gid: gid, mode: m.mode(), owned: m.Owned})
	}
	return nil
}

// initCommand runs the configured command as the container's root.
func (s *containerServer) initCommand() error {
	if len(s.InitCommand) == 0 {
		return nil
	}
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: "/dev/null", Err: err}
	}
	defer unix.Close(null)
	proc, err := s.starter.Start(&forkexec.Params{
		Path: lookPath(s.InitCommand[0], s.defaultEnv), Args: s.InitCommand, Env: s.defaultEnv,
		Files: []int{null, null, null}, Session: true,
	})
	if err != nil {
		return err
	}
	status, err := s.waitFor(proc.Pid)
	if err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("%q ended with wait status %#x", s.InitCommand, uint32(status))
	}
	killAll()
	return s.reapAll()
}

// dropBoundingSet empties the capability bounding set, so that no file capability and no set-uid program can add any.
// The server keeps its own.
func dropBoundingSet() error {
	for c := uintptr(0); ; c++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if errors.Is(err, syscall.EINVAL) {
			return nil // past the last one
		}
		if err != nil {
			return os.NewSyscallError("prctl", err)
		}
	}
}

// installFilter installs the seccomp filter on every thread of this process. Programs inherit it, so that no run pays
// for installing it.
func (s *containerServer) installFilter() error {
	if len(s.Seccomp) == 0 || s.SharedID { // with a shared id the filter forbids calls that the server needs
		return nil
	}
	prog := unix.SockFprog{
		Len:    uint16(len(s.Seccomp) / 8),
		Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(s.Seccomp))),
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	return nil
}

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		return os.NewSyscallError("mount", err)
	}
	return nil
}

func setMountAttr(target string, attr *unix.MountAttr) error {
	return os.NewSyscallError("mount_setattr", unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, attr))
}
