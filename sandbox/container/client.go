package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Client is the worker's end of one container. One call at a time.
type Client struct {
	process *os.Process
	socket  *socket
	stderr  *os.File // what the server says when it dies
	lost    error    // why the container is of no more use

	announced bool // the program of the last Execve has been reported as started
}

// LostError is the error of every call on a container that died or stopped answering.
type LostError struct {
	Err    error  // what was seen
	Stderr string // the end of what the server wrote to standard error, if anything
}

func (e *LostError) Error() string {
	if e.Stderr != "" {
		return fmt.Sprintf("container lost: %v; stderr: %s", e.Err, e.Stderr)
	}
	return fmt.Sprintf("container lost: %v", e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// Pid is the server's process id on the host.
func (c *Client) Pid() int { return c.process.Pid }

// Lost returns why the container is of no more use, or nil.
func (c *Client) Lost() error { return c.lost }

// HungUp reports whether the server has died, without asking it.
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
	_, err = c.call(ctx, &cmd{Cmd: cmdConf, ConfCmd: &confCmd{Conf: conf, NumCgroups: len(cgroup), CgroupV2: v2}},
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
		return c.markLost(errClosed)
	}
	return &os.PathError{Op: "open", Path: source, Err: err}
}

// Reset brings the container back to its first state. After an error it must be destroyed.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.call(ctx, &cmd{Cmd: cmdReset}, nil, callTimeout)
	return err
}

// markLost records why the container cannot be used any more, and returns that.
func (c *Client) markLost(err error) error {
	if c.lost == nil {
		c.lost = &LostError{Err: err, Stderr: c.stderrTail()}
	}
	return c.lost
}

// stderrTail returns the end of what the server wrote to standard error.
func (c *Client) stderrTail() string {
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
