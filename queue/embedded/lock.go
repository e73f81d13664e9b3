package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockDir makes dir and takes it for this process alone. The lock goes with the file that it returns, and with the
// process: a killed worker leaves none behind.
func lockDir(dir string) (*os.File, error) {
	if dir == "" {
		return nil, errors.New("store directory is not set")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make store directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of store directory: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		err = fmt.Errorf("store directory %s is in use by another server: stop that one, connect to it, or choose another directory", dir)
	case err != nil:
		err = fmt.Errorf("lock store directory %s: %w", dir, os.NewSyscallError("flock", err))
	default:
		return f, nil
	}
	_ = f.Close() // nothing was written
	return nil, err
}
