package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
)

// Archives are where packages are stored, for all workers.
type Archives interface {
	// Version tells which version of a problem is wanted. One that is not there is a *Rejection, and any other error a
	// fault.
	Version(ctx context.Context, w Wanted) (message.ProblemVersion, error)
	// Fetch writes the archive of a version to w, and makes sure that it has the digest. One that is not there any more,
	// or is damaged, is a *Rejection, and any other error a fault.
	Fetch(ctx context.Context, v message.ProblemVersion, w io.Writer) error
}

// ErrNoProblem is in the chain of the refusal of a problem that Archives have never heard of.
var ErrNoProblem = errUnknown

// DefaultPackageBytes is the size of the cache of packages when none is configured.
const DefaultPackageBytes = 10 * sandbox.GiB

// Stored is a Source of packages from Archives, with a cache on disk.
//
//	Problem -> version -> loaded? -> lend
//	                   -> flight (one per version) -> on disk and whole? -> load
//	                                               -> fetch, unpack to .new-*, rename -> load
//
// What was used longest ago goes first when there is too much; what is in use never goes. Nothing is trusted because
// it is there: each load compares the hash of the package's files with the one that was noted when it had just been
// fetched. What a killed worker, a full disk or a bad one left is therefore found, and fetched again.
type Stored struct {
	archives Archives
	metrics  *metrics.Metrics // may be nil
	include  []string
	shelf    shelf
	flights  flights[*storedPackage]

	mu   sync.Mutex
	open map[string]*storedPackage // by key of the shelf; guarded by mu
}

// storedPackage is a package on the shelf that is loaded.
type storedPackage struct {
	entry   *shelfEntry
	problem *problem.Problem
	err     error // a *Rejection: the package is broken, and stays so
}

// StoredConfig says where packages come from and where they are kept. Archives and Dir are required.
type StoredConfig struct {
	Archives Archives
	// Dir is where packages are kept between starts; nobody else may use it.
	Dir string
	// Limit bounds what is kept there, in bytes of files; 0 means DefaultPackageBytes. Packages in use stay beyond it.
	Limit sandbox.Bytes
	// Include are directories with headers that packages may leave out.
	Include []string
	// Metrics counts whether a package was loaded already. May be nil.
	Metrics *metrics.Metrics
}

// OpenStored opens the cache and takes stock of it.
func OpenStored(cfg StoredConfig) (*Stored, error) {
	if cfg.Archives == nil || cfg.Dir == "" || cfg.Limit < 0 {
		return nil, errors.New("configure cache of packages: archives and a directory are required, and a size of 0 or more")
	}
	if cfg.Limit == 0 {
		cfg.Limit = DefaultPackageBytes
	}
	s := &Stored{archives: cfg.Archives, metrics: cfg.Metrics, include: cfg.Include, open: map[string]*storedPackage{}}
	s.shelf = shelf{dir: cfg.Dir, limit: cfg.Limit, what: "packages", gone: s.unload}
	s.flights.letGo = s.release
	return s, s.shelf.open(0)
}

// Close waits for fetches that nobody waits for any more.
func (s *Stored) Close() error {
	s.flights.wait()
	return nil
}

// Problem implements Source.
func (s *Stored) Problem(ctx context.Context, w Wanted) (Lent, error) {
	v, err := s.archives.Version(ctx, w)
	if err != nil {
		return Lent{}, err
	}
	key := v.Name + "@" + v.Digest
	p := s.loaded(key)
	if p == nil {
		s.metrics.CacheMiss(metrics.CacheProblem)
		if p, err = s.share(ctx, key, v); err != nil {
			return Lent{}, err
		}
	} else {
		s.metrics.CacheHit(metrics.CacheProblem)
	}
	if p.err != nil {
		s.release(p)
		return Lent{}, p.err
	}
	return Lent{Problem: p.problem, Digest: v.Digest, Release: sync.OnceFunc(func() { s.release(p) })}, nil
}

// loaded returns a package that is loaded already, held; nil when there is none.
func (s *Stored) loaded(key string) *storedPackage {
	e, _ := s.shelf.hold(key)
	if e == nil {
		return nil
	}
	s.mu.Lock()
	p := s.open[key]
	s.mu.Unlock()
	if p == nil || p.entry != e {
		_ = s.shelf.release(e) // what could not be evicted now is tried again at the next release
		return nil
	}
	return p
}

// share brings a package together with all who want it now, and returns it held.
func (s *Stored) share(ctx context.Context, key string, v message.ProblemVersion) (*storedPackage, error) {
	p, leave, err := s.flights.join(ctx, key, func(ctx context.Context) (*storedPackage, error) {
		if p := s.loaded(key); p != nil {
			return p, nil // an earlier flight has just landed
		}
		return s.bring(ctx, key, v)
	})
	if err != nil {
		return nil, err
	}
	defer leave()
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.shelf.retain(p.entry)
	return p, nil
}

// bring loads a package from disk, or fetches it first, and returns it held.
func (s *Stored) bring(ctx context.Context, key string, v message.ProblemVersion) (*storedPackage, error) {
	if e, _ := s.shelf.hold(key); e != nil {
		p, err := s.load(e, v, false)
		if err == nil && p.err == nil {
			return s.keep(p), nil
		}
		if err := s.shelf.discard(e); err != nil { // it rotted, or is half there
			return nil, fmt.Errorf("remove damaged package: %w", err)
		}
	}
	e, err := s.fetch(ctx, key, v)
	if err != nil {
		return nil, err
	}
	p, err := s.load(e, v, true)
	if err != nil {
		return nil, errors.Join(err, s.shelf.discard(e))
	}
	return s.keep(p), nil
}

// keep notes that a package is loaded, for as long as it is on the shelf.
func (s *Stored) keep(p *storedPackage) *storedPackage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[p.entry.key] = p
	return p
}

// unload forgets a package that leaves the shelf.
func (s *Stored) unload(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, key)
}

// release gives a package back; nil is none.
func (s *Stored) release(p *storedPackage) {
	if p != nil {
		_ = s.shelf.release(p.entry) // what could not be evicted now is tried again at the next release
	}
}

// What a directory of the shelf holds beside the package, which is called by the name of the problem.
const (
	archiveName = "@archive.zip" // while it is unpacked
	noteName    = "@digest"      // the hash of the package's files, as they were when it had been fetched
)

// load loads the package of an entry. It makes the note when the package has just been fetched, else compares: where
// there is no note, the worker was killed before it had loaded the package once.
func (s *Stored) load(e *shelfEntry, v message.ProblemVersion, fetched bool) (*storedPackage, error) {
	dir := s.shelf.path(e.key)
	p, err := loadPackage(filepath.Join(dir, v.Name), s.include)
	if errors.Is(err, ErrRejected) {
		return &storedPackage{entry: e, err: fmt.Errorf("version %s: %w", v.Digest, err)}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.check(filepath.Join(dir, noteName), p.Digest, fetched); err != nil {
		return nil, fmt.Errorf("load package %s: %w", e.key, err)
	}
	return &storedPackage{entry: e, problem: p}, nil
}

// check makes or compares a note.
func (*Stored) check(note, digest string, fetched bool) error {
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
func (s *Stored) fetch(ctx context.Context, key string, v message.ProblemVersion) (*shelfEntry, error) {
	fresh, err := s.shelf.fresh()
	if err != nil {
		return nil, fmt.Errorf("fetch package: %w", err)
	}
	err = s.unpack(ctx, fresh, v)
	if err == nil {
		var e *shelfEntry
		if e, err = s.shelf.place(key, fresh, sizeOf(fresh)); err == nil {
			return e, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("fetch version %s: %w", v.Digest, err), os.RemoveAll(fresh))
}

// unpack fetches the archive into dir and unpacks it there.
func (s *Stored) unpack(ctx context.Context, dir string, v message.ProblemVersion) error {
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
