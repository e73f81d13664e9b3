// Package state is the directory in which a host keeps what a worker needs again: its identity, the key of the embedded
// server, and where the running worker can be reached. It promises that one worker at a time uses a directory, and that what
// a killed process has left is removed by the next one.
package state

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/flock"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// Dir is the state directory as this process uses it:
//
//	home         its random name, the same for every worker that uses it
//	nats.nk      the key of the embedded NATS server, see natskey.go
//	lock         held by serve, so that two workers never share queue and caches
//	worker.json  where the running worker can be reached, for submit and watch
//	control.sock where the running worker is told to read its configuration anew, see control.go
//	temp/<name>  temporary files of one process, with a lock of its own inside
//
// What a killed process left below temp is removed by the next one that starts.
type Dir struct {
	Path  string     // absolute
	Temp  string     // temporary files of this process; removed by Close
	locks []*os.File // freed by Close or by the death of the process
}

// Open makes the state directory and temporary space in it.
func Open(at settings.State) (*Dir, error) {
	dir, err := at.Dir()
	if err != nil {
		return nil, err
	}
	s := &Dir{Path: dir}
	if err := s.makeTemp(); err != nil {
		s.Close()
		return nil, fmt.Errorf("state directory %s: %w; make it writable or choose another with --state-dir DIR", dir, err)
	}
	return s, nil
}

// Lock takes the directory for one worker.
func (s *Dir) Lock() error {
	lock, err := flock.Create(filepath.Join(s.Path, "lock"))
	if errors.Is(err, flock.ErrHeld) {
		return fmt.Errorf("state directory %s is used by another worker; stop that one or give this one its own with --state-dir DIR", s.Path)
	}
	if err != nil {
		return fmt.Errorf("lock state directory: %w", err)
	}
	s.locks = append(s.locks, lock)
	RemoveEndpoint(s.Path) // what a killed worker left
	return nil
}

// Locked reports whether a worker has locked a state directory. It looks the lock up and does not try it: a worker
// that starts just then would find it taken. false where the kernel does not tell.
func Locked(dir string) bool {
	var lock unix.Stat_t
	if unix.Stat(filepath.Join(dir, "lock"), &lock) != nil {
		return false
	}
	locks, err := os.ReadFile("/proc/locks") // proc_locks(5): "1: FLOCK ADVISORY WRITE 42 fe:01:1234 0 EOF"
	if err != nil {
		return false
	}
	inode := fmt.Sprintf(":%d", lock.Ino) // the device before it is another one than stat's on some file systems
	for line := range strings.Lines(string(locks)) {
		if fields := strings.Fields(line); len(fields) > 5 && fields[1] == "FLOCK" && strings.HasSuffix(fields[5], inode) {
			return true
		}
	}
	return false
}

// Identity is the random name of the directory. The worker that has locked the directory makes it.
func (s *Dir) Identity() (string, error) {
	file := filepath.Join(s.Path, "home")
	known, err := os.ReadFile(file)
	if id := strings.TrimSpace(string(known)); err == nil && id != "" && len(id) <= 64 {
		return id, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read name of state directory: %w", err)
	}
	id := rand.Text()
	if err := WritePrivate(file, []byte(id+"\n")); err != nil {
		return "", fmt.Errorf("name state directory: %w", err)
	}
	return id, nil
}

// makeTemp removes stale temporary directories and makes one.
func (s *Dir) makeTemp() error {
	// Container servers, which run under ids of their own, pass through to the prepared caches.
	if err := os.MkdirAll(s.Path, 0o711); err != nil {
		return err
	}
	parent := filepath.Join(s.Path, "temp")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if err := removeStaleTemp(parent); err != nil {
		return err
	}
	temp, lock, err := lockedDir(parent)
	if err != nil {
		return err
	}
	s.Temp, s.locks = temp, append(s.locks, lock)
	return nil
}

// lockedDir makes a directory that removeStaleTemp leaves alone for as long as the lock is held. When another process
// removes it between making and locking, a new one is made.
func lockedDir(parent string) (string, *os.File, error) {
	for {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			return "", nil, err
		}
		lock, err := flock.Create(filepath.Join(dir, "lock"))
		if err != nil && !errors.Is(err, flock.ErrHeld) && !errors.Is(err, os.ErrNotExist) {
			return "", nil, err
		}
		if err == nil && wholefile.Exists(filepath.Join(dir, "lock")) {
			return dir, lock, nil
		}
		if lock != nil {
			_ = lock.Close() // its directory is gone
		}
	}
}

// removeStaleTemp removes the temporary directories of processes that have died.
func removeStaleTemp(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		dir := filepath.Join(parent, entry.Name())
		lock, err := flock.Create(filepath.Join(dir, "lock"))
		if err != nil {
			continue // in use, or removed by somebody else just now
		}
		err = os.RemoveAll(dir)
		_ = lock.Close() // nothing was written
		if err != nil {
			return fmt.Errorf("remove what a killed process left: %w", err)
		}
	}
	return nil
}

// Close removes the temporary space and frees the locks. What cannot be removed is left to the next start.
func (s *Dir) Close() {
	if s.Temp != "" {
		_ = os.RemoveAll(s.Temp) // removed at the next start otherwise
	}
	for _, f := range s.locks {
		_ = f.Close() // frees the lock; nothing was written
	}
}
