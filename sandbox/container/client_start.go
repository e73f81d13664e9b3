package container

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// StartOptions say where and as whom a container lives.
type StartOptions struct {
	// IDBase is the first of IDCount user and group ids of the host that are the container's own. Its root,
	// id 0 inside, is IDBase outside.
	IDBase, IDCount uint32
	// Rootless makes the container as an ordinary user does, in place of IDBase and IDCount.
	Rootless *Rootless
	// CPUs are the cores that the container is held on; none means all.
	CPUs []int
	// CgroupDir is the directory of the version 2 control group in which the server is created and which is the root of
	// its control group namespace; nil means the group of this process. Borrowed.
	CgroupDir *os.File
}

// Start makes the namespaces and the container server in them. The caller puts Pid into its control group
// and then configures it.
func Start(o StartOptions) (*Client, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "container")
	defer theirs.Close()
	c := &Client{socket: newSocket(pair[0])}
	if err := c.start(o, theirs); err != nil {
		return nil, errors.Join(fmt.Errorf("start container: %w", err), c.Close())
	}
	return c, nil
}

func (c *Client) start(o StartOptions, theirs *os.File) error {
	// The pid of a program arrives as credentials; without this option the kernel drops them.
	if err := unix.SetsockoptInt(c.socket.fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	for _, fd := range []int{c.socket.fd, int(theirs.Fd())} {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 2*maxMessage); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	fd, err := unix.MemfdCreate("container-stderr", unix.MFD_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("memfd_create", err)
	}
	c.stderr = os.NewFile(uintptr(fd), "container-stderr")
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	files := []*os.File{null, null, c.stderr, theirs}
	return onCPUs(o.CPUs, func() error {
		return atDefaultPriority(func() error { return c.startProcess(o, files) })
	})
}

// startProcess starts the server with these files.
func (c *Client) startProcess(o StartOptions, files []*os.File) (err error) {
	if o.Rootless != nil {
		return c.startRootless(o, files)
	}
	c.process, err = os.StartProcess("/proc/self/exe", []string{serverName}, &os.ProcAttr{
		Dir: "/", Env: serverEnv[:], Files: files, Sys: o.namespaces(),
	})
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w; the server runs as a user of its own: this program's file must be readable "+
			"and executable for all users, and user namespaces must be allowed", err)
	}
	return err
}

// serverEnv is the environment of a container server. One processor: the server has one thing to do at a time,
// and a second would only wake threads; so the runtime need not look for its control group either. It waits in system
// calls that the scheduler does not hear of; preempting those is in vain.
var serverEnv = [...]string{
	"GOMAXPROCS=1", "GOTRACEBACK=single", "GODEBUG=asyncpreemptoff=1,containermaxprocs=0,updatemaxprocs=0",
}

// serverNamespaces are those of every container.
const serverNamespaces = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |

	syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

func (o StartOptions) namespaces() *syscall.SysProcAttr {
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: int(o.IDBase), Size: int(o.IDCount)}}
	return o.inGroup(&syscall.SysProcAttr{
		Cloneflags:  serverNamespaces,
		UidMappings: ids, GidMappings: ids, GidMappingsEnableSetgroups: true,
		// Become the root of the new user namespace; without this the server would be nobody in it.
		Credential: &syscall.Credential{Uid: 0, Gid: 0},
		Setsid:     true,
	})
}

// inGroup has the process created in the group at CgroupDir. The root of a control group namespace is the group of the
// process that unshares it, so the new process does that itself, after clone.
func (o StartOptions) inGroup(sys *syscall.SysProcAttr) *syscall.SysProcAttr {
	if o.CgroupDir != nil {
		sys.UseCgroupFD, sys.CgroupFD = true, int(o.CgroupDir.Fd())
		sys.Cloneflags &^= unix.CLONE_NEWCGROUP
		sys.Unshareflags = unix.CLONE_NEWCGROUP
	}
	return sys
}

// onCPUs runs do on a thread that is bound to cpus, so that a process created by it is from its first instruction.
func onCPUs(cpus []int, do func() error) error {
	if len(cpus) == 0 {
		return do()
	}
	var before, set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	runtime.LockOSThread()
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		runtime.UnlockOSThread()
		return os.NewSyscallError("sched_getaffinity", err)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("bind to cores %v: %w", cpus, os.NewSyscallError("sched_setaffinity", err))
	}
	err := do()
	if back := unix.SchedSetaffinity(0, &before); back != nil {
		// The thread stays locked to this goroutine and ends with it, instead of holding another one on these cores.
		return errors.Join(err, os.NewSyscallError("sched_setaffinity", back))
	}
	runtime.UnlockOSThread()
	return err
}
