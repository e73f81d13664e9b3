package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/diskcache"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
)

// Archives are where packages are stored, for all workers.
type Archives interface {
	// Version tells which version of a problem is wanted. One that is not there is a *Rejection, and any other error a
	// fault.
	Version(ctx context.Context, w Wanted) (api.ProblemVersion, error)
	// Fetch writes the archive of a version to w, and makes sure that it has the digest. One that is not there any more,
	// or is damaged, is a *Rejection, and any other error a fault.
	Fetch(ctx context.Context, v api.ProblemVersion, w io.Writer) error
}

// DefaultPackageBytes is the size of the cache of packages when none is configured.
const DefaultPackageBytes = 10 * sandbox.GiB

// StoreSource is a Source of packages from Archives, with a cache on disk.
//
//	Problem -> version -> loaded? -> Handle
//	                   -> call (one per version) -> on disk and intact? -> load
//	                                             -> fetch, unpack to .new-*, rename -> load
//
// What was used longest ago is evicted first; what is in use never is. Nothing is trusted because
// it is there: each load compares the hash of the package's files with the one that was noted when it had just been
// fetched. What a killed worker, a full disk or a bad one left is therefore found, and fetched again.
type StoreSource struct {
	archives Archives
	metrics  *metrics.Metrics // may be nil
	options  reader.Options
	cache    *diskcache.Cache
	calls    diskcache.CallGroup[*storedPackage]

	mu   sync.Mutex
	open map[string]*storedPackage // by key of the cache; guarded by mu
}

// storedPackage is a package in the cache that is loaded.
type storedPackage struct {
	entry   *diskcache.Entry
	problem *problem.Problem
	err     error // a *Rejection: the package is broken, and stays so
}

// StoreConfig says where packages come from and where they are kept. Archives and Dir are required.
type StoreConfig struct {
	Archives Archives
	// Dir is where packages are kept between starts; nobody else may use it.
	Dir string
	// Limit bounds what is kept there, in bytes of files; 0 means DefaultPackageBytes. Packages in use stay beyond it.
	Limit sandbox.Bytes
	// Options say what packages are read with.
	Options reader.Options
	// OnCacheError is called with what could not be removed from Dir; may be nil.
	OnCacheError func(error)
	// Metrics counts whether a package was loaded already. May be nil.
	Metrics *metrics.Metrics
}

// OpenStoreSource opens the cache and counts what is there.
func OpenStoreSource(cfg StoreConfig) (*StoreSource, error) {
	if cfg.Archives == nil || cfg.Dir == "" || cfg.Limit < 0 {
		return nil, errors.New("configure cache of packages: archives and a directory are required, and a size of 0 or more")
	}
	if cfg.Limit == 0 {
		cfg.Limit = DefaultPackageBytes
	}
	s := &StoreSource{archives: cfg.Archives, metrics: cfg.Metrics, options: cfg.Options, open: map[string]*storedPackage{}}
	cache, err := diskcache.Open(diskcache.Config{Dir: cfg.Dir, Limit: cfg.Limit, Contents: "packages", Removed: s.unload, OnError: cfg.OnCacheError})
	if err != nil {
		return nil, err
	}
	s.cache, s.calls.Release = cache, s.release
	return s, nil
}

// Close waits for fetches that nobody waits for any more.
func (s *StoreSource) Close() error {
	s.calls.Wait()
	return nil
}

// Problem implements Source.
func (s *StoreSource) Problem(ctx context.Context, w Wanted) (Handle, error) {
	v, err := s.archives.Version(ctx, w)
	if err != nil {
		return Handle{}, err
	}
	key := v.Name + "@" + v.Digest
	p := s.loaded(key)
	if p == nil {
		s.metrics.CacheMiss(metrics.CacheProblem)
		if p, err = s.share(ctx, key, v); err != nil {
			return Handle{}, err
		}
	} else {
		s.metrics.CacheHit(metrics.CacheProblem)
	}
	if p.err != nil {
		s.release(p)
		return Handle{}, p.err
	}
	return Handle{Problem: p.problem, Digest: v.Digest, Release: sync.OnceFunc(func() { s.release(p) })}, nil
}

// loaded returns a package that is loaded already, held; nil when there is none.
func (s *StoreSource) loaded(key string) *storedPackage {
	e, _ := s.cache.Hold(key)
	if e == nil {
		return nil
	}
	s.mu.Lock()
	p := s.open[key]
	s.mu.Unlock()
	if p == nil || p.entry != e {
		s.cache.Release(e)
		return nil
	}
	return p
}

// share brings a package together with all who want it now, and returns it held.
func (s *StoreSource) share(ctx context.Context, key string, v api.ProblemVersion) (*storedPackage, error) {
	p, leave, err := s.calls.Join(ctx, key, func(ctx context.Context) (*storedPackage, error) {
		if p := s.loaded(key); p != nil {
			return p, nil // an earlier call has just finished
		}
		return s.find(ctx, key, v)
	})
	if err != nil {
		return nil, err
	}
	defer leave()
	s.cache.Retain(p.entry)
	return p, nil
}

// find loads a package from disk, or fetches it first, and returns it held.
func (s *StoreSource) find(ctx context.Context, key string, v api.ProblemVersion) (*storedPackage, error) {
	if e, _ := s.cache.Hold(key); e != nil {
		p, err := s.load(e, v, false)
		if err == nil && p.err == nil {
			return s.keep(p), nil
		}
		s.cache.Discard(e) // it is damaged, or half there
	}
	e, err := s.fetch(ctx, key, v)
	if err != nil {
		return nil, err
	}
	p, err := s.load(e, v, true)
	if err != nil {
		s.cache.Discard(e)
		return nil, err
	}
	return s.keep(p), nil
}

// keep notes that a package is loaded, for as long as it is in the cache.
func (s *StoreSource) keep(p *storedPackage) *storedPackage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[p.entry.Key] = p
	return p
}

// unload forgets a package that leaves the cache.
func (s *StoreSource) unload(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, key)
}

// release gives a package back; nil is none.
func (s *StoreSource) release(p *storedPackage) {
	if p != nil {
		s.cache.Release(p.entry)
	}
}

// What a directory of the cache holds beside the package, which is called by the name of the problem.
const (
	archiveName = "@archive.zip" // while it is unpacked
	noteName    = "@digest"      // the hash of the package's files, as they were when it had been fetched
)

// load loads the package of an entry. It makes the note when the package has just been fetched, else compares: where
// there is no note, the worker was killed before it had loaded the package once.
func (s *StoreSource) load(e *diskcache.Entry, v api.ProblemVersion, fetched bool) (*storedPackage, error) {
	p, err := loadPackage(filepath.Join(e.Path, v.Name), s.options)
	if errors.Is(err, api.ErrRejected) {
		return &storedPackage{entry: e, err: fmt.Errorf("version %s: %w", v.Digest, err)}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.check(filepath.Join(e.Path, noteName), p.Digest, fetched); err != nil {
		return nil, fmt.Errorf("load package %s: %w", e.Key, err)
	}
	return &storedPackage{entry: e, problem: p}, nil
}

// check makes or compares a note.
func (*StoreSource) check(note, digest string, fetched bool) error {
	if fetched {
		return os.WriteFile(note, []byte(digest), 0o600)
	}
	noted, err := os.ReadFile(note)
	if err == nil && string(noted) != digest {
		err = errors.New("its files changed on disk")
	}
	return err
}

// fetch brings a package to disk and returns its entry, held.
func (s *StoreSource) fetch(ctx context.Context, key string, v api.ProblemVersion) (*diskcache.Entry, error) {
	fresh, err := s.cache.Fresh()
	if err != nil {
		return nil, fmt.Errorf("fetch package: %w", err)
	}
	if err := s.unpack(ctx, fresh, v); err != nil {
		return nil, errors.Join(fmt.Errorf("fetch version %s: %w", v.Digest, err), os.RemoveAll(fresh))
	}
	return s.cache.Place(key, fresh, diskcache.SizeOf(fresh)), nil
}

// unpack fetches the archive into dir and unpacks it there.
func (s *StoreSource) unpack(ctx context.Context, dir string, v api.ProblemVersion) error {
	path := filepath.Join(dir, archiveName)
	archive, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(s.archives.Fetch(ctx, v, archive), archive.Close()); err != nil {
		return err
	}
	to := filepath.Join(dir, v.Name)
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	if err := rejectPackage(problem.Unpack(path, to)); err != nil {
		return err
	}
	return os.Remove(path)
}
