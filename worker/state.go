package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// state is this process's hold on the state directory:
//
//	home         random, to be known by: the directory stays when workers come and go
//	lock         held by serve, so that two workers never share queue and caches
//	worker.json  where the running worker can be reached, for submit and watch
//	temp/<name>  temporary files of one process, with a lock of its own inside
//
// What a killed process left below temp is removed by the next one that starts.
type state struct {
	dir  string
	temp string     // also os.TempDir of this process
	held []*os.File // locks, freed by close or by the death of the process
}

// errInUse says that somebody else holds a lock.
var errInUse = errors.New("in use")

// openState makes the state directory and temporary space in it.
func openState(settings stateSettings) (*state, error) {
	dir, err := settings.dir()
	if err != nil {
		return nil, err
	}
	s := &state{dir: dir}
	if err := s.makeTemp(); err != nil {
		s.close()
		return nil, fmt.Errorf("state directory %s: %w; make it writable or choose another with --state-dir DIR", dir, err)
	}
	return s, nil
}

// claim takes the directory for one worker.
func (s *state) claim() error {
	lock, err := lockFile(filepath.Join(s.dir, "lock"))
	if errors.Is(err, errInUse) {
		return fmt.Errorf("state directory %s is used by another worker; stop that one or give this one its own with --state-dir DIR", s.dir)
	}
	if err != nil {
		return fmt.Errorf("lock state directory: %w", err)
	}
	s.held = append(s.held, lock)
	withdraw(s.dir) // what a killed worker left
	return nil
}

// home is what the directory is known by. It is made by the worker that has claimed the directory.
func (s *state) home() (string, error) {
	file := filepath.Join(s.dir, "home")
	known, err := os.ReadFile(file)
	if id := strings.TrimSpace(string(known)); err == nil && id != "" && len(id) <= 64 {
		return id, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read name of state directory: %w", err)
	}
	id := rand.Text()
	if err := os.WriteFile(file, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("name state directory: %w", err)
	}
	return id, nil
}

// makeTemp sweeps and makes temporary space, and points os.TempDir there.
func (s *state) makeTemp() error {
	// Container servers, which run under ids of their own, pass through to the prepared caches.
	if err := os.MkdirAll(s.dir, 0o711); err != nil {
		return err
	}
	parent := filepath.Join(s.dir, "temp")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if err := sweep(parent); err != nil {
		return err
	}
	temp, lock, err := lockedDir(parent)
	if err != nil {
		return err
	}
	s.temp, s.held = temp, append(s.held, lock)
	return os.Setenv("TMPDIR", temp)
}

// lockedDir makes a new directory that sweep leaves alone for as long as the lock is held. A sweep may come
// between making and locking; then another one is made.
func lockedDir(parent string) (string, *os.File, error) {
	for {
		dir, err := os.MkdirTemp(parent, "")
		if err != nil {
			return "", nil, err
		}
		lock, err := lockFile(filepath.Join(dir, "lock"))
		if err != nil && !errors.Is(err, errInUse) && !errors.Is(err, os.ErrNotExist) {
			return "", nil, err
		}
		if err == nil && exists(filepath.Join(dir, "lock")) {
			return dir, lock, nil
		}
		if lock != nil {
			_ = lock.Close() // its directory is gone
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// sweep removes the temporary space of processes that have died.
func sweep(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		dir := filepath.Join(parent, entry.Name())
		lock, err := lockFile(filepath.Join(dir, "lock"))
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

// lockFile makes path and locks it; the lock goes with the file or the process.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close() // nothing was written
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errInUse
	}
	return nil, &os.PathError{Op: "flock", Path: path, Err: err}
}

// close removes the temporary space and frees the locks. What cannot be removed is left to the next start.
func (s *state) close() {
	if s.temp != "" {
		_ = os.RemoveAll(s.temp) // swept at the next start otherwise
	}
	for _, f := range s.held {
		_ = f.Close() // frees the lock; nothing was written
	}
}
