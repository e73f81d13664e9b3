package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Client is the worker's end of one container. One call at a time.
type Client struct {
	process *os.Process
	socket  *socket
	stderr  *os.File // what the server says when it dies
	lost    error    // why the container is of no more use
}

// StartOptions say where and as whom a container lives.
type StartOptions struct {
	// IDBase is the first of IDCount user and group ids of the host that are the container's own. Its root,
	// id 0 inside, is IDBase outside.
	IDBase, IDCount uint32
	// Rootless makes the container as an ordinary user does, in place of IDBase and IDCount.
	Rootless *Rootless
	// CPUs are the cores that the container is held on; none means all.
	CPUs []int
	// Born is the group of version 2 that the server is made in, and that its control group namespace begins at; nil
	// means that of this process. Borrowed.
	Born *os.File
}

// Deadlines of the client. Both are far above what a healthy server needs (under 1 ms, and 15 ms).
const (
	callTimeout = 10 * time.Second
	confTimeout = 30 * time.Second
)

// LostError says that the container died or stopped answering. Nothing more can be asked of it.
type LostError struct {
	Err  error  // what was seen
	Said string // the server's last words, if any
}

func (e *LostError) Error() string {
	if e.Said != "" {
		return fmt.Sprintf("container lost: %v; it said: %s", e.Err, e.Said)
	}
	return fmt.Sprintf("container lost: %v", e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

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
	if o.Rootless != nil {
		return onCPUs(o.CPUs, func() error { return c.startRootless(o, []*os.File{null, null, c.stderr, theirs}) })
	}
	return onCPUs(o.CPUs, func() error {
		c.process, err = os.StartProcess("/proc/self/exe", []string{serverName}, &os.ProcAttr{
			Dir:   "/",
			Env:   serverEnv[:],
			Files: []*os.File{null, null, c.stderr, theirs},
			Sys:   o.namespaces(),
		})
		if errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("%w; the server runs as a user of its own: this program's file must be readable "+
				"and executable for all users, and user namespaces must be allowed", err)
		}
		return err
	})
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

// inGroup makes the process in the group at Born. A control group namespace begins at the group of whoever makes it,
// so then it is the process itself that does, and not clone.
func (o StartOptions) inGroup(sys *syscall.SysProcAttr) *syscall.SysProcAttr {
	if o.Born != nil {
		sys.UseCgroupFD, sys.CgroupFD = true, int(o.Born.Fd())
		sys.Cloneflags &^= unix.CLONE_NEWCGROUP
		sys.Unshareflags = unix.CLONE_NEWCGROUP
	}
	return sys
}

// onCPUs runs do on a thread that is held on cpus, so that a process made in it is from its first instruction.
func onCPUs(cpus []int, do func() error) error {
	if len(cpus) == 0 {
		return do()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("hold on cores %v: %w", cpus, os.NewSyscallError("sched_setaffinity", err))
	}
	return errors.Join(do(), os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &before)))
}

// Pid is the server's process id on the host.
func (c *Client) Pid() int { return c.process.Pid }

// Lost returns why the container is of no more use, or nil.
func (c *Client) Lost() error { return c.lost }

// HungUp tells, without asking it, whether the server has died.
func (c *Client) HungUp() bool { return c.socket.hungUp() }

// Destroy ends every process of the container, the server first; a call under way fails with a LostError. Alone
// among the methods it may be called during another one.
func (c *Client) Destroy() { _ = c.process.Kill() } // it may have gone by itself

// Close ends the container and waits until it is gone. It can be called twice.
func (c *Client) Close() error {
	if c.socket.fd < 0 {
		return nil
	}
	err := os.NewSyscallError("close", unix.Close(c.socket.fd))
	c.socket.fd = -1
	if c.process != nil {
		_ = c.process.Kill() // it may have gone by itself
		_, waitErr := c.process.Wait()
		err = errors.Join(err, waitErr)
	}
	if c.stderr != nil {
		err = errors.Join(err, c.stderr.Close())
	}
	if c.lost == nil {
		c.lost = &LostError{Err: os.ErrClosed}
	}
	return err
}

// Ping proves that the server is alive.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.call(ctx, &cmd{Cmd: cmdPing}, nil, callTimeout)
	return err
}

// Configure sets the container up. cgroup lists the descriptors for entering the program's control groups:
// tasks files of version 1, or one directory of version 2. Borrowed. After an error only Close is left.
func (c *Client) Configure(ctx context.Context, conf Config, cgroup []*os.File, v2 bool) error {
	if err := conf.Validate(); err != nil {
		return fmt.Errorf("configure container: %w", err)
	}
	sources, err := c.openSources(&conf)
	defer closeAll(sources)
	if err != nil {
		return fmt.Errorf("configure container: %w", err)
	}
	_, err = c.call(ctx, &cmd{Cmd: cmdConf, ConfCmd: &confCmd{Conf: conf, Cgroups: len(cgroup), CgroupV2: v2}},
		append(appendFDs(nil, cgroup), sources...), confTimeout)
	return err
}

// openSources opens the sources of the binds with the worker's rights: the server is another user, to whom a
// directory above them may be closed. It opens them through the server's root, so that they belong to the
// container's mount namespace; the kernel binds no others. The caller closes them, after an error too.
func (c *Client) openSources(conf *Config) ([]int, error) {
	if conf.binds() == 0 {
		return nil, nil
	}
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", c.Pid()), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, c.sourceError("root of the container", err)
	}
	defer closeFD(root)
	var fds []int
	// IN_ROOT: an absolute link on the way must not lead back into the worker's own mount namespace.
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	for _, m := range conf.Mounts {
		if m.Kind != MountBind {
			continue
		}
		fd, err := unix.Openat2(root, m.Source, &how)
		if err != nil {
			return fds, fmt.Errorf("mount %s: %w", m.Target, c.sourceError(m.Source, err))
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// sourceError names the source; or the server, when that is what is gone.
func (c *Client) sourceError(source string, err error) error {
	if c.HungUp() {
		return c.lose(errClosed)
	}
	return &os.PathError{Op: "open", Path: source, Err: err}
}

// Delete removes a file or a tree of the container.
func (c *Client) Delete(ctx context.Context, path string) error {
	_, err := c.call(ctx, &cmd{Cmd: cmdDelete, DeleteCmd: &deleteCmd{Path: path}}, nil, callTimeout)
	return err
}

// Reset brings the container back to its first state. After an error it must be destroyed.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.call(ctx, &cmd{Cmd: cmdReset}, nil, callTimeout)
	return err
}

// Opened is what became of one OpenCmd: a file that the caller owns, or an error.
type Opened struct {
	File *os.File
	Err  error
}

// Open opens files of the container, in as many messages as it takes. The error is that of the container;
// what became of each item is in the list.
func (c *Client) Open(ctx context.Context, items []OpenCmd) ([]Opened, error) {
	opened := make([]Opened, 0, len(items))
	for len(items) > 0 {
		batch := items[:min(len(items), maxOpenBatch)]
		items = items[len(batch):]
		part, err := c.openBatch(ctx, batch)
		if err != nil {
			for _, o := range opened {
				_ = o.File.Close() // nothing was written
			}
			return nil, err
		}
		opened = append(opened, part...)
	}
	return opened, nil
}

// maxOpenBatch keeps a message with the longest paths within its bounds.
const maxOpenBatch = 50

func (c *Client) openBatch(ctx context.Context, items []OpenCmd) ([]Opened, error) {
	m, err := c.exchange(ctx, &cmd{Cmd: cmdOpen, OpenCmd: items}, nil, callTimeout)
	if err != nil {
		return nil, err
	}
	opened := make([]Opened, len(items))
	fds := m.fds
	if len(m.reply.OpenErrors) != len(items) {
		closeAll(fds)
		return nil, c.lose(fmt.Errorf("%w: %d answers to %d files", errMalformed, len(m.reply.OpenErrors), len(items)))
	}
	for i := range items {
		if e := m.reply.OpenErrors[i]; e.failed() {
			opened[i].Err = &e
			continue
		}
		if len(fds) == 0 {
			return nil, c.lose(fmt.Errorf("%w: fewer descriptors than opened files", errMalformed))
		}
		opened[i].File, fds = os.NewFile(uintptr(fds[0]), items[i].Path), fds[1:]
	}
	if len(fds) > 0 {
		closeAll(fds)
		return nil, c.lose(fmt.Errorf("%w: more descriptors than opened files", errMalformed))
	}
	return opened, nil
}

// call is exchange for replies that bring no descriptors.
func (c *Client) call(ctx context.Context, m *cmd, fds []int, limit time.Duration) (*reply, error) {
	r, err := c.exchange(ctx, m, fds, limit)
	if err != nil {
		return nil, err
	}
	if len(r.fds) > 0 {
		closeAll(r.fds)
		return nil, c.lose(fmt.Errorf("%w: %d descriptors that nobody asked for", errMalformed, len(r.fds)))
	}
	return r.reply, nil
}

// received is one reply with what came along.
type received struct {
	reply *reply
	fds   []int
	pid   int
}

// exchange sends a command and waits for its reply, at most limit and until ctx ends. A container that does
// not answer in time is lost: its next message could belong to any command.
func (c *Client) exchange(ctx context.Context, m *cmd, fds []int, limit time.Duration) (received, error) {
	if err := context.Cause(ctx); err != nil {
		return received{}, err
	}
	if err := c.send(m, fds); err != nil {
		return received{}, err
	}
	deadline := time.Now().Add(limit)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.awaitReadable(deadline); err != nil {
		return received{}, c.lose(fmt.Errorf("wait for the reply to %s: %w", m.Cmd, err))
	}
	r, err := c.receive()
	if err != nil {
		return received{}, err
	}
	switch r.reply.Type {
	case replySuccess:
		return r, nil
	case replyError:
		closeAll(r.fds)
		return received{}, r.reply.Error
	case replyFinished:
	}
	closeAll(r.fds)
	return received{}, c.lose(fmt.Errorf("%w: finished in answer to %s", errMalformed, m.Cmd))
}

func (c *Client) send(m *cmd, fds []int) error {
	if c.lost != nil {
		return c.lost
	}
	var buf [2 << 10]byte
	err := c.socket.send(appendCmd(buf[:0], m), fds, 0)
	if errors.Is(err, syscall.EMSGSIZE) {
		return fmt.Errorf("send %s: %w", m.Cmd, err) // refused here; the container never saw it
	}
	if err != nil {
		return c.lose(fmt.Errorf("send %s: %w", m.Cmd, err))
	}
	return nil
}

// awaitReadable waits for a message or the deadline.
func (c *Client) awaitReadable(deadline time.Time) error {
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		timeout := unix.NsecToTimespec(int64(left))
		n, err := unix.Ppoll([]unix.PollFd{{Fd: int32(c.socket.fd), Events: unix.POLLIN}}, &timeout, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return os.NewSyscallError("ppoll", err)
		case n > 0:
			return nil
		}
	}
}

// receive takes the next reply; EAGAIN when there is none yet.
func (c *Client) receive() (received, error) {
	m, err := c.socket.receive()
	if errors.Is(err, syscall.EAGAIN) {
		return received{}, err
	}
	if err != nil {
		return received{}, c.lose(err)
	}
	r, err := parseReply(m.data)
	if err != nil {
		m.close()
		return received{}, c.lose(err)
	}
	return received{reply: r, fds: m.fds, pid: m.pid}, nil
}

// lose marks the container as of no more use.
func (c *Client) lose(err error) error {
	if c.lost == nil {
		c.lost = &LostError{Err: err, Said: c.lastWords()}
	}
	return c.lost
}

// lastWords reads the end of what the server wrote to its standard error.
func (c *Client) lastWords() string {
	if c.stderr == nil {
		return ""
	}
	const most = 2048
	info, err := c.stderr.Stat()
	if err != nil || info.Size() == 0 {
		return ""
	}
	buf := make([]byte, min(most, info.Size()))
	n, _ := c.stderr.ReadAt(buf, info.Size()-int64(len(buf))) // what can be read is better than nothing
	return strings.TrimSpace(strings.ToValidUTF8(string(buf[:n]), "?"))
}

func appendFDs(fds []int, files []*os.File) []int {
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	return fds
}
