package diskcache

import (
	"container/list"
	"crypto/rand"
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

// Cache keeps directories, each below one parent and called by its key, within a number of bytes. What was used longest
// ago is evicted first; what is in use never is. A directory is whole or absent, because it is renamed into place;
// whoever reads one finds out whether it is still intact.
//
// What is to go is renamed with mu held, and removed without it, since removing may take long. A directory that cannot
// be renamed or removed is reported to Config.OnError, stays counted, and is tried again at the next eviction. No method
// fails for it.
type Cache struct {
	cfg Config

	mu      sync.Mutex
	entries map[string]*Entry // guarded by mu
	lru     *list.List        // of *Entry, used last at the front; guarded by mu
	used    sandbox.Bytes     // by entries, stuck and failed; guarded by mu
	// Sizes of directories that are no entries, by path. Guarded by mu.
	pending map[string]sandbox.Bytes // moved aside, and to be removed
	failed  map[string]sandbox.Bytes // moved aside, and could not be removed
	stuck   map[string]sandbox.Bytes // could not be moved aside
	errs    []error                  // to be reported when mu is not held; guarded by mu
}

// Config says what a cache holds. Dir and Contents are required.
type Config struct {
	Dir   string
	Limit sandbox.Bytes
	// Contents names what is kept, in errors.
	Contents string
	// Removed is called with each key that is no longer there, with the cache locked; may be nil.
	Removed func(key string)
	// OnError is called with what could not be removed; may be nil. It may be called from several goroutines.
	OnError func(error)
	// Stale is how long ago a directory that is being written must have been touched last to be a leftover of a process
	// that died.
	Stale time.Duration
}

// Entry is one directory of the cache.
type Entry struct {
	Key string
	// Path is where the directory is.
	Path string

	size    sandbox.Bytes
	element *list.Element
	// Guarded by Cache.mu.
	users  int
	intact bool // its content was compared with what was written, since the start
}

// Prefixes of directories that are no entries: those that are being written, and those that are being removed.
const (
	tempPrefix    = ".new-"
	removedPrefix = ".gone-"
)

// Open makes the directory, counts what is there, and evicts what is too much.
func Open(cfg Config) (*Cache, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make store of %s: %w", cfg.Contents, err)
	}
	c := &Cache{
		cfg: cfg, entries: map[string]*Entry{}, lru: list.New(),
		pending: map[string]sandbox.Bytes{}, failed: map[string]sandbox.Bytes{}, stuck: map[string]sandbox.Bytes{},
	}
	if err := c.scan(); err != nil {
		return nil, fmt.Errorf("list store of %s: %w", cfg.Contents, err)
	}
	c.update(func() {})
	return c, nil
}

// scan counts what earlier starts have left.
func (c *Cache) scan() error {
	items, err := os.ReadDir(c.cfg.Dir)
	if err != nil {
		return err
	}
	for _, item := range items {
		path := filepath.Join(c.cfg.Dir, item.Name())
		info, err := item.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process evicted it
		case err != nil:
			return err
		case strings.HasPrefix(item.Name(), removedPrefix):
			c.pending[path] = SizeOf(path)
		case !strings.HasPrefix(item.Name(), tempPrefix):
			c.add(item.Name(), path, SizeOf(path))
		case time.Since(info.ModTime()) >= c.cfg.Stale:
			c.pending[path] = SizeOf(path)
		}
	}
	return nil
}

// SizeOf adds up the files below path; what cannot be seen counts nothing.
func SizeOf(path string) sandbox.Bytes {
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

// update calls change with mu held, evicts what is too much, and then removes what was moved aside, without mu.
func (c *Cache) update(change func()) {
	c.mu.Lock()
	change()
	c.evict()
	remove := c.takePending()
	errs := c.errs
	c.errs = nil
	c.mu.Unlock()
	for path, size := range remove {
		if err := os.RemoveAll(path); err != nil {
			errs = append(errs, err)
			c.mu.Lock()
			c.failed[path] = size
			c.used += size
			c.mu.Unlock()
		}
	}
	for _, err := range errs {
		if c.cfg.OnError != nil {
			c.cfg.OnError(fmt.Errorf("clean store of %s: %w", c.cfg.Contents, err))
		}
	}
}

// takePending returns what is to be removed, with what could not be removed before. c.mu is held.
func (c *Cache) takePending() map[string]sandbox.Bytes {
	remove := c.pending
	for path, size := range c.failed {
		remove[path] = size
		c.used -= size
	}
	c.pending, c.failed = map[string]sandbox.Bytes{}, map[string]sandbox.Bytes{}
	return remove
}

// add enters a directory as the one used last. c.mu is held.
func (c *Cache) add(key, path string, size sandbox.Bytes) *Entry {
	e := &Entry{Key: key, Path: path, size: size}
	e.element = c.lru.PushFront(e)
	c.entries[key] = e
	c.used += size
	return e
}

// forget drops an entry; those who use the directory are not disturbed. c.mu is held.
func (c *Cache) forget(e *Entry) {
	c.lru.Remove(e.element)
	delete(c.entries, e.Key)
	c.used -= e.size
	if c.cfg.Removed != nil {
		c.cfg.Removed(e.Key)
	}
}

// evict moves directories aside until the rest fits. One that cannot be moved stays. c.mu is held.
func (c *Cache) evict() {
	for path, size := range c.stuck {
		if c.moveAside(path, size) {
			c.used -= size
			delete(c.stuck, path)
		}
	}
	for element := c.lru.Back(); element != nil && c.used > c.cfg.Limit; {
		e := element.Value.(*Entry)
		element = element.Prev()
		if e.users == 0 && c.moveAside(e.Path, e.size) {
			c.forget(e)
		}
	}
}

// moveAside gives a directory a name of no entry, under which it is removed later, and reports whether it is out of the
// way. c.mu is held.
func (c *Cache) moveAside(path string, size sandbox.Bytes) bool {
	aside := filepath.Join(c.cfg.Dir, removedPrefix+rand.Text())
	switch err := os.Rename(path, aside); {
	case errors.Is(err, fs.ErrNotExist): // another process evicted it
	case err != nil:
		c.errs = append(c.errs, err)
		return false
	default:
		c.pending[aside] = size
	}
	return true
}

// Fresh makes a directory to write to, for Place.
func (c *Cache) Fresh() (string, error) { return os.MkdirTemp(c.cfg.Dir, tempPrefix) }

// Place makes a directory that was made by Fresh the entry of key, and returns it, held. Where something that cannot be
// moved is in the way, the directory keeps its name until the next start.
func (c *Cache) Place(key, fresh string, size sandbox.Bytes) *Entry {
	var e *Entry
	c.update(func() {
		if old, ok := c.entries[key]; ok {
			c.forget(old)
		}
		path := filepath.Join(c.cfg.Dir, key)
		if !c.moveTo(fresh, path) {
			path = fresh
		}
		e = c.add(key, path, size)
		e.users++
	})
	return e
}

// moveTo renames a directory to a path where a damaged one may be, or the same from another process, and reports whether
// it could. c.mu is held.
func (c *Cache) moveTo(fresh, path string) bool {
	if !c.moveAside(path, SizeOf(path)) {
		return false
	}
	c.used -= c.stuck[path]
	delete(c.stuck, path)
	if err := os.Rename(fresh, path); err != nil {
		c.errs = append(c.errs, err)
		return false
	}
	return true
}

// Hold keeps a directory from being evicted, and reports whether it is known to be intact. A nil entry: there is none.
func (c *Cache) Hold(key string) (e *Entry, intact bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e = c.entries[key]
	if e == nil {
		return nil, false
	}
	c.use(e)
	return e, e.intact
}

// Retain adds a user to an entry that is held already.
func (c *Cache) Retain(e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.use(e)
}

// use adds a user to an entry. c.mu is held.
func (c *Cache) use(e *Entry) {
	e.users++
	if c.entries[e.Key] == e {
		c.lru.MoveToFront(e.element)
	}
}

// MarkIntact notes that the content of an entry is what was written.
func (c *Cache) MarkIntact(e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.intact = true
}

// Release takes a user off an entry.
func (c *Cache) Release(e *Entry) {
	c.update(func() { e.users-- })
}

// Discard takes a user off an entry whose content is damaged, and removes the directory.
func (c *Cache) Discard(e *Entry) {
	c.update(func() {
		e.users--
		if c.entries[e.Key] != e {
			return
		}
		c.forget(e)
		if !c.moveAside(e.Path, e.size) {
			c.stuck[e.Path] = e.size
			c.used += e.size
		}
	})
}
