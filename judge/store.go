package judge

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// store keeps compiled programs on disk, by key, within a number of bytes.
//
//	get -> flight (one per key, shared by all who ask) -> on disk and whole? -> artifact
//	                                                   -> compile -> write to .new-*, rename -> artifact
//
// What was used longest ago goes first when there is too much; what is in use never goes. A directory is whole
// or absent, because it is renamed into place; one that rotted is found by its hashes, and compiled again.
// Other processes may share the directory: an artifact in use is held by its open file, not by its name.
type store struct {
	dir   string
	limit sandbox.Bytes
	wg    sync.WaitGroup // of flights

	mu      sync.Mutex
	entries map[string]*storeEntry // guarded by mu
	lru     *list.List             // of *storeEntry, used last at the front; guarded by mu
	used    sandbox.Bytes          // guarded by mu
	flights map[string]*flight     // guarded by mu
}

// storeEntry is one artifact on disk.
type storeEntry struct {
	key   string
	size  sandbox.Bytes
	place *list.Element
	// Guarded by store.mu.
	users  int
	proven bool // its hashes were compared since the start
}

// compileFunc compiles; the caller closes what it returns.
type compileFunc func(ctx context.Context) (*language.Compilation, error)

// built is what one flight brought: an artifact, or why there is no program.
type built struct {
	failure verdict.Reason
	report  CompileReport
	cached  bool
}

// flight is one key being looked up or compiled, for all who wait for it.
type flight struct {
	done   chan struct{}
	cancel context.CancelCauseFunc
	// Set before done is closed.
	result built
	err    error
	// Guarded by store.mu.
	waiters int
	pin     *storeEntry // held until the last waiter has left
}

// tempPrefix marks directories that are being written.
const tempPrefix = ".new-"

// staleTemp is how old a directory being written must be to be a leftover of a worker that died.
const staleTemp = time.Hour

// openStore opens the store in dir and takes stock of what is there.
func openStore(dir string, limit sandbox.Bytes) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make artifact store: %w", err)
	}
	s := &store{
		dir: dir, limit: limit,
		entries: map[string]*storeEntry{}, lru: list.New(), flights: map[string]*flight{},
	}
	if err := s.scan(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, s.evict()
}

// scan finds the artifacts of earlier starts.
func (s *store) scan() error {
	items, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list artifact store: %w", err)
	}
	for _, item := range items {
		path := filepath.Join(s.dir, item.Name())
		info, err := item.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process evicted it
		}
		if err != nil {
			return fmt.Errorf("list artifact store: %w", err)
		}
		if strings.HasPrefix(item.Name(), tempPrefix) {
			if time.Since(info.ModTime()) > staleTemp {
				err = os.RemoveAll(path)
			}
		} else {
			s.add(item.Name(), dirSize(path))
		}
		if err != nil {
			return fmt.Errorf("clean artifact store: %w", err)
		}
	}
	return nil
}

// dirSize adds up the files of a flat directory; what cannot be seen counts nothing.
func dirSize(path string) sandbox.Bytes {
	items, _ := os.ReadDir(path)
	var total sandbox.Bytes
	for _, item := range items {
		if info, err := item.Info(); err == nil {
			total += sandbox.Bytes(info.Size())
		}
	}
	return total
}

// add enters an artifact as the one used last. s.mu is held, or s is not shared yet.
func (s *store) add(key string, size sandbox.Bytes) *storeEntry {
	s.forget(key)
	e := &storeEntry{key: key, size: size}
	e.place = s.lru.PushFront(e)
	s.entries[key] = e
	s.used += size
	return e
}

// forget drops a key from the books; those who use the artifact are not disturbed. s.mu is held.
func (s *store) forget(key string) {
	if e, ok := s.entries[key]; ok {
		s.lru.Remove(e.place)
		delete(s.entries, key)
		s.used -= e.size
	}
}

// evict removes artifacts until the rest fits. s.mu is held.
func (s *store) evict() error {
	var errs []error
	for place := s.lru.Back(); place != nil && s.used > s.limit; {
		e := place.Value.(*storeEntry)
		place = place.Prev()
		if e.users > 0 {
			continue
		}
		s.forget(e.key)
		if err := os.RemoveAll(s.path(e.key)); err != nil {
			errs = append(errs, fmt.Errorf("evict artifact: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (s *store) path(key string) string { return filepath.Join(s.dir, key) }

// Close waits for flights that nobody waits for any more.
func (s *store) Close() { s.wg.Wait() }

// get returns the artifact called key, compiling it when it is not there. Requests for one key at a time share
// one compilation, which goes on as long as one of them waits. Without an artifact, built says why.
func (s *store) get(ctx context.Context, key string, l *language.Language, compile compileFunc) (*artifact, built, error) {
	f := s.join(ctx, key, l, compile)
	select {
	case <-f.done:
	case <-ctx.Done():
		if s.leave(key, f) {
			<-f.done // the last one turns off the light
		}
		return nil, built{}, context.Cause(ctx)
	}
	defer s.leave(key, f) // after it was acquired: until then the flight keeps it from being evicted
	if f.err != nil || f.result.failure != "" {
		return nil, f.result, f.err
	}
	a, err := s.acquire(key, l)
	return a, f.result, err
}

func (s *store) join(ctx context.Context, key string, l *language.Language, compile compileFunc) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.flights[key]; ok {
		f.waiters++
		return f
	}
	// The flight outlives the request that started it when others wait too.
	flightCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f := &flight{done: make(chan struct{}), cancel: cancel, waiters: 1}
	s.flights[key] = f
	s.wg.Go(func() {
		defer close(f.done)
		defer cancel(nil)
		var pin *storeEntry
		f.result, pin, f.err = s.fly(flightCtx, key, l, compile)
		s.land(key, f, pin)
	})
	return f
}

// errAbandoned ends a flight that nobody waits for.
var errAbandoned = errors.New("nobody waits for this compilation")

// leave takes one waiter off f, and ends f when it was the last; then it returns true.
func (s *store) leave(key string, f *flight) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiters--
	if f.waiters > 0 {
		return false
	}
	s.drop(key, f)
	f.cancel(errAbandoned)
	s.unpin(f)
	return true
}

// land ends f: who comes later starts another. pin is the artifact that it brought, held; nil for none.
func (s *store) land(key string, f *flight, pin *storeEntry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(key, f)
	f.pin = pin
	if f.waiters == 0 {
		s.unpin(f)
	}
}

// drop takes f off the map. s.mu is held.
func (s *store) drop(key string, f *flight) {
	if s.flights[key] == f {
		delete(s.flights, key)
	}
}

// unpin lets the artifact go that f brought. s.mu is held.
func (s *store) unpin(f *flight) {
	if f.pin != nil {
		f.pin.users--
		f.pin = nil
	}
}

// fly brings the artifact to disk and returns its entry, held.
func (s *store) fly(ctx context.Context, key string, l *language.Language, compile compileFunc) (built, *storeEntry, error) {
	if a, err := s.acquire(key, l); err == nil {
		report := a.report
		report.Cached = true
		return built{report: report, cached: true}, a.entry, a.close()
	}
	c, err := compile(ctx)
	if err != nil {
		return built{}, nil, err
	}
	defer c.Close()
	result := built{failure: c.Failure, report: compileReport(c)}
	if c.Failure != "" {
		return result, nil, nil
	}
	entry, err := s.save(key, c, result.report)
	return result, entry, err
}

func compileReport(c *language.Compilation) CompileReport {
	return CompileReport{
		Log: c.Log, Truncated: c.Truncated,
		CPUUsec: c.CPU.Microseconds(), WallUsec: c.Wall.Microseconds(), PeakMemory: int64(c.PeakMemory),
	}
}

// save writes a program below a temporary name, moves it into place, and returns its entry, held.
func (s *store) save(key string, c *language.Compilation, report CompileReport) (*storeEntry, error) {
	tmp, err := os.MkdirTemp(s.dir, tempPrefix)
	if err != nil {
		return nil, fmt.Errorf("save artifact: %w", err)
	}
	size, err := writeArtifact(tmp, c, report)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// A directory of this name would be a rotten one, or the same from another process.
	err = os.RemoveAll(s.path(key))
	if err == nil {
		err = os.Rename(tmp, s.path(key))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("save artifact: %w", err), os.RemoveAll(tmp))
	}
	e := s.add(key, size)
	e.users++
	return e, s.evict()
}

// acquire opens an artifact that is on disk. One that is there but broken is removed.
func (s *store) acquire(key string, l *language.Language) (*artifact, error) {
	e, proven := s.hold(key)
	if e == nil {
		return nil, fs.ErrNotExist
	}
	a, err := readArtifact(s.path(key), l, !proven)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		e.proven = true
		a.entry = e
		return a, nil
	}
	e.users--
	if s.entries[key] == e {
		s.forget(key)
		err = errors.Join(err, os.RemoveAll(s.path(key)))
	}
	return nil, err
}

// hold keeps an artifact from being evicted, and tells whether it was proven to be whole. nil: there is none.
func (s *store) hold(key string) (e *storeEntry, proven bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e = s.entries[key]
	if e == nil {
		return nil, false
	}
	e.users++
	s.lru.MoveToFront(e.place)
	return e, e.proven
}

// release gives an artifact back.
func (s *store) release(a *artifact) error {
	err := a.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	a.entry.users--
	return errors.Join(err, s.evict())
}
