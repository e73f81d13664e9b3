package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// The socket over which a worker of this host is told things lies in its state directory, so that it is found as the worker is,
// needs no port, and is reached by its owner and by root alone.

const controlName = "control.sock"

// ListenControl makes the socket of the worker that has locked the directory. Who closes the listener removes the socket with
// RemoveControl.
func (s *Dir) ListenControl() (net.Listener, error) {
	s.RemoveControl() // what a killed worker left
	var listener net.Listener
	err := inDirectory(s.Path, func(dir string) (err error) {
		listener, err = net.Listen("unix", filepath.Join(dir, controlName))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen to other commands: %w", err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // by the name that it had when it was made
	if err := os.Chmod(filepath.Join(s.Path, controlName), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen to other commands: %w", err), listener.Close())
	}
	return listener, nil
}

// RemoveControl removes the socket.
func (s *Dir) RemoveControl() { _ = os.Remove(filepath.Join(s.Path, controlName)) }

// DialControl connects to the worker that uses the state directory dir. The error says what to do where there is none.
func DialControl(ctx context.Context, dir string) (conn net.Conn, err error) {
	err = inDirectory(dir, func(dir string) (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, controlName))
		return err
	})
	switch {
	case err == nil:
		return conn, nil
	case Locked(dir) && !errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the worker of %s is starting or stopping: try again in a moment", dir)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ECONNREFUSED):
		return nil, fmt.Errorf("no worker of this host uses %s; name the directory of the one that is meant with --state-dir DIR", dir)
	}
	return nil, fmt.Errorf("reach the worker of %s: %w", dir, err)
}

// ControlTransport sends requests to the worker that uses the state directory dir, whatever host they name.
func ControlTransport(dir string) *http.Transport {
	return &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return DialControl(ctx, dir) },
		DisableKeepAlives: true,
	}
}

// inDirectory calls do with a short name of dir: the path of a socket has 107 bytes at the most (unix(7)).
func inDirectory(dir string, do func(dir string) error) error {
	f, err := os.OpenFile(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return do("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
}
