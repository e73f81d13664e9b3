// Package flock locks files and directories against other processes of this host, as flock(2) does. A lock goes with the open
// file, and so with the process that died: nothing is left to clean up.
package flock

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ErrHeld is returned where somebody else holds the lock. Whoever asked says who that is, and what to do.
var ErrHeld = errors.New("in use")

// Lock takes the lock of an open file or directory for this process alone, until f is closed. It borrows f and does not
// wait: the error is ErrHeld where somebody has the lock, also through another descriptor of this process.
func Lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return ErrHeld
	case err != nil:
		return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
	}
	return nil
}

// Create opens the file at path, which it makes for its owner alone where there is none, and locks it as Lock does. The caller
// closes it.
func Create(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := Lock(f); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}
