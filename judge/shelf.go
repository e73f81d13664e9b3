package judge

import (
	"container/list"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// shelf keeps the books of directories on disk, each below one parent and called by its key, within a number of bytes.
// What was used longest ago goes first when there is too much; what is in use never goes. A directory is whole or
// absent, because it is renamed into place; whoever reads one finds out whether it rotted.
type shelf struct {
	dir   string
	limit sandbox.Bytes
	what  string       // on the shelf, for errors
	gone  func(string) // told of each key that goes, with mu held; may be nil

	mu      sync.Mutex
	entries map[string]*shelfEntry // guarded by mu
	lru     *list.List             // of *shelfEntry, used last at the front; guarded by mu
	used    sandbox.Bytes          // guarded by mu
}

// shelfEntry is one directory of the shelf.
type shelfEntry struct {
	key   string
	size  sandbox.Bytes
	place *list.Element
	// Guarded by shelf.mu.
	users  int
	proven bool // its content was compared with what was written, since the start
}

// tempPrefix marks directories that are being written.
const tempPrefix = ".new-"

// open makes the directory, takes stock of what is there, and evicts what is too much. What is being written, and was
// touched last longer ago than stale, is a leftover of a process that died.
func (s *shelf) open(stale time.Duration) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make store of %s: %w", s.what, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries, s.lru = map[string]*shelfEntry{}, list.New()
	if err := s.scan(stale); err != nil {
		return err
	}
	return s.evict()
}

// scan finds what earlier starts have left. s.mu is held.
func (s *shelf) scan(stale time.Duration) error {
	items, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list store of %s: %w", s.what, err)
	}
	for _, item := range items {
		path := filepath.Join(s.dir, item.Name())
		info, err := item.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process evicted it
		}
		if err != nil {
			return fmt.Errorf("list store of %s: %w", s.what, err)
		}
		if strings.HasPrefix(item.Name(), tempPrefix) {
			if time.Since(info.ModTime()) >= stale {
				err = os.RemoveAll(path)
			}
		} else {
			s.add(item.Name(), sizeOf(path))
		}
		if err != nil {
			return fmt.Errorf("clean store of %s: %w", s.what, err)
		}
	}
	return nil
}

// sizeOf adds up the files below path; what cannot be seen counts nothing.
func sizeOf(path string) sandbox.Bytes {
	var total sandbox.Bytes
	_ = filepath.WalkDir(path, func(_ string, item fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // gone, or not ours to read
		}
		if info, err := item.Info(); err == nil && !info.IsDir() {
			total += sandbox.Bytes(info.Size())
		}
		return nil
	})
	return total
}

// add enters a directory as the one used last. s.mu is held.
func (s *shelf) add(key string, size sandbox.Bytes) *shelfEntry {
	s.forget(key)
	e := &shelfEntry{key: key, size: size}
	e.place = s.lru.PushFront(e)
	s.entries[key] = e
	s.used += size
	return e
}

// forget drops a key from the books; those who use the directory are not disturbed. s.mu is held.
func (s *shelf) forget(key string) {
	e, ok := s.entries[key]
	if !ok {
		return
	}
	s.lru.Remove(e.place)
	delete(s.entries, key)
	s.used -= e.size
	if s.gone != nil {
		s.gone(key)
	}
}

// evict removes directories until the rest fits. s.mu is held.
func (s *shelf) evict() error {
	var errs []error
	for place := s.lru.Back(); place != nil && s.used > s.limit; {
		e := place.Value.(*shelfEntry)
		place = place.Prev()
		if e.users > 0 {
			continue
		}
		s.forget(e.key)
		if err := os.RemoveAll(s.path(e.key)); err != nil {
			errs = append(errs, fmt.Errorf("evict from store of %s: %w", s.what, err))
		}
	}
	return errors.Join(errs...)
}

func (s *shelf) path(key string) string { return filepath.Join(s.dir, key) }

// fresh makes a directory to write to, for place.
func (s *shelf) fresh() (string, error) { return os.MkdirTemp(s.dir, tempPrefix) }

// place moves a directory that was made by fresh to its key, and returns its entry, held.
func (s *shelf) place(key, fresh string, size sandbox.Bytes) (*shelfEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A directory of this name would be a rotten one, or the same from another process.
	err := os.RemoveAll(s.path(key))
	if err == nil {
		err = os.Rename(fresh, s.path(key))
	}
	if err != nil {
		return nil, err
	}
	e := s.add(key, size)
	e.users++
	if err := s.evict(); err != nil {
		e.users--
		return nil, err
	}
	return e, nil
}

// hold keeps a directory from being evicted, and tells whether it was proven to be whole. nil: there is none.
func (s *shelf) hold(key string) (e *shelfEntry, proven bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e = s.entries[key]
	if e == nil {
		return nil, false
	}
	s.retain(e)
	return e, e.proven
}

// retain adds a user to an entry. s.mu is held.
func (s *shelf) retain(e *shelfEntry) {
	e.users++
	if s.entries[e.key] == e {
		s.lru.MoveToFront(e.place)
	}
}

// prove notes that the content of an entry is whole.
func (s *shelf) prove(e *shelfEntry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.proven = true
}

// release gives an entry back.
func (s *shelf) release(e *shelfEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.users--
	return s.evict()
}

// discard gives back an entry whose content is broken, and removes it.
func (s *shelf) discard(e *shelfEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.users--
	if s.entries[e.key] != e {
		return nil
	}
	s.forget(e.key)
	return os.RemoveAll(s.path(e.key))
}
