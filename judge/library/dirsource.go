package library

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
)

// DirSource is a Source: the packages directly below a directory of the host, by file name without .zip or
// .kpp. A package is loaded once, kept loaded, and loaded again when its files change; who still judges by the
// old one keeps it.
type DirSource struct {
	// Metrics counts whether a package was loaded already. Set before use; may be nil.
	Metrics *metrics.Metrics
	// Options say what packages are read with. Set before use.
	Options reader.Options
	// Check, when set, is asked about the path of a package before it is loaded. Its error is a *Rejection when the package
	// must not be used. Set before use.
	Check func(path string) error

	path   string
	closed atomic.Bool // keep nothing loaded that is not lent

	mu    sync.Mutex
	slots map[string]*packageSlot // guarded by mu
}

// packageSlot is the place of one package name. Its lock is held while the package is loaded, so that requests
// for the same name share the work and others do not wait.
type packageSlot struct {
	mu     sync.Mutex
	loaded *loadedPackage // the newest; guarded by mu
}

// loadedPackage is one state of a package.
type loadedPackage struct {
	fingerprint fingerprint
	problem     *problem.Problem
	err         error // a *Rejection: the package is broken, and stays so until its files change
	users       int   // guarded by packageSlot.mu; the slot itself is one while it is the newest
}

// NewDirSource makes a Source of path, which must exist.
func NewDirSource(path string) (*DirSource, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open problem directory: %w", err)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, fmt.Errorf("open problem directory: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open problem directory: %s is not a directory", path)
	}
	return &DirSource{path: abs, slots: map[string]*packageSlot{}}, nil
}

// Problem implements Source.
func (d *DirSource) Problem(ctx context.Context, w Wanted) (Handle, error) {
	if ctx.Err() != nil {
		return Handle{}, context.Cause(ctx)
	}
	if err := language.CheckName(w.Name); err != nil {
		return Handle{}, api.Refuse(verdict.ClassProblem, fmt.Errorf("problem name: %w", err))
	}
	if w.Digest != "" {
		return Handle{}, api.Refuse(verdict.ClassProblem, fmt.Errorf(
			"version %s of problem %q is asked for, and packages in a directory have no versions: leave the digest out", w.Digest, w.Name))
	}
	path, err := d.find(w.Name)
	if err != nil {
		return Handle{}, err
	}
	slot := d.slot(w.Name)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	l, err := slot.current(path, d)
	if err != nil {
		return Handle{}, err
	}
	l.users++
	if d.closed.Load() { // by somebody who did not know of this request
		slot.replace(nil)
	}
	return Handle{Problem: l.problem, Release: sync.OnceFunc(func() { slot.release(l) })}, nil
}

// find returns the path of the package called name.
func (d *DirSource) find(name string) (string, error) {
	for _, suffix := range []string{"", ".zip", ".kpp"} {
		path := filepath.Join(d.path, name+suffix)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", fmt.Errorf("look for problem: %w", err)
		case info.IsDir() == (suffix == ""):
			return path, nil
		}
	}
	return "", api.Refuse(verdict.ClassProblem, fmt.Errorf("%w %q: there is no such package in %s", ErrNoProblem, name, d.path))
}

func (d *DirSource) slot(name string) *packageSlot {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.slots[name]
	if !ok {
		s = &packageSlot{}
		d.slots[name] = s
	}
	return s
}

// current returns the package as it is on disk now. s.mu is held.
func (s *packageSlot) current(path string, d *DirSource) (*loadedPackage, error) {
	print, err := fingerprintOf(path)
	if err != nil {
		return nil, fmt.Errorf("look at problem package: %w", err)
	}
	if s.loaded != nil && s.loaded.fingerprint == print {
		d.Metrics.CacheHit(metrics.CacheProblem)
		return s.loaded, s.loaded.err
	}
	d.Metrics.CacheMiss(metrics.CacheProblem)
	p, err := d.load(path)
	if err != nil && !errors.Is(err, api.ErrRejected) {
		return nil, err
	}
	s.replace(&loadedPackage{fingerprint: print, problem: p, err: err, users: 1})
	return s.loaded, s.loaded.err
}

func (d *DirSource) load(path string) (*problem.Problem, error) {
	if d.Check != nil {
		if err := d.Check(path); err != nil {
			return nil, err
		}
	}
	return loadPackage(path, d.Options)
}

// loadPackage loads a package. The error is a *Rejection when the package is at fault, else the host is.
func loadPackage(path string, opts reader.Options) (*problem.Problem, error) {
	p, err := reader.Load(path, opts)
	if err != nil {
		return nil, fmt.Errorf("load problem package: %w", rejectPackage(err))
	}
	return p, nil
}

// rejectPackage makes a *Rejection of what is the fault of a package.
func rejectPackage(err error) error {
	var invalid *issue.InvalidError
	if errors.As(err, &invalid) {
		return api.Refuse(verdict.ClassProblem, err)
	}
	return err
}

// replace makes l the newest state; nil leaves none. s.mu is held.
func (s *packageSlot) replace(l *loadedPackage) {
	old := s.loaded
	s.loaded = l
	if old != nil {
		old.leave()
	}
}

func (s *packageSlot) release(l *loadedPackage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.leave()
}

// leave takes one user off and closes the package after the last. The slot's lock is held.
func (l *loadedPackage) leave() {
	l.users--
	if l.users == 0 && l.problem != nil {
		_ = l.problem.Close() // temporary files; nothing to lose
	}
}

// Close gives up every loaded package. One that is lent is closed when it comes back, also one that is asked for later.
func (d *DirSource) Close() error {
	d.closed.Store(true)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.slots {
		s.mu.Lock()
		s.replace(nil)
		s.mu.Unlock()
	}
	return nil
}

// Names lists the packages that are there, by file name.
func (d *DirSource) Names() ([]string, error) {
	items, err := os.ReadDir(d.path)
	if err != nil {
		return nil, fmt.Errorf("list problems: %w", err)
	}
	var names []string
	for _, item := range items {
		name := item.Name()
		if ext := filepath.Ext(name); !item.IsDir() && (ext == ".zip" || ext == ".kpp") {
			name = strings.TrimSuffix(name, ext)
		} else if !item.IsDir() {
			continue
		}
		if language.CheckName(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// fingerprint changes when a file of a package does. It is made of names, sizes and times, which costs about
// 2 us a file, so that it can be taken for every submission.
type fingerprint [sha256.Size]byte

// fingerprintOf looks at a file, or at every file below a directory.
func fingerprintOf(path string) (fingerprint, error) {
	// The package itself may be a link into a store; links inside it are files of it like others.
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fingerprint{}, err
	}
	h := sha256.New()
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(name, &st); err != nil {
			return &os.PathError{Op: "lstat", Path: name, Err: err}
		}
		h.Write([]byte(name))
		facts := []int64{
			int64(len(name)), int64(st.Mode), st.Size, int64(st.Ino),
			st.Mtim.Sec, st.Mtim.Nsec, st.Ctim.Sec, st.Ctim.Nsec,
		}
		return binary.Write(h, binary.LittleEndian, facts)
	})
	return fingerprint(h.Sum(nil)), err
}
