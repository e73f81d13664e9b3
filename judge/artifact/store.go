package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/diskcache"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Store keeps compiled programs on disk, by key, within a number of bytes.
//
//	Get -> call (one per key, shared by all who ask) -> on disk and intact? -> Compiled
//	                                                 -> compile -> write to .new-*, rename -> Compiled
//
// A damaged program is found by its hashes, and compiled again. Other processes may share the directory: an artifact in
// use is held by its open file, not by its name.
type Store struct {
	cache *diskcache.Cache
	calls diskcache.CallGroup[heldResult]
}

// CompileFunc compiles; the caller closes what it returns.
type CompileFunc func(ctx context.Context) (*language.Compilation, error)

// Result is what compiling came to: an artifact, or why there is no program.
type Result struct {
	Failure verdict.Reason
	Report  api.CompileReport
	Cached  bool
	// FullLog is the compiler's log where it was compiled now and the report has not all of it; else "".
	FullLog string
}

// heldResult is a Result with the artifact's entry, held until the last who waited for it has left; nil for none.
type heldResult struct {
	Result
	entry *diskcache.Entry
}

// staleTemp is how old a directory being written must be to be a leftover of a worker that died.
const staleTemp = time.Hour

// OpenStore opens the store in dir and counts what is there. onError is called with what could not be removed; may be nil.
func OpenStore(dir string, limit sandbox.Bytes, onError func(error)) (*Store, error) {
	cache, err := diskcache.Open(diskcache.Config{
		Dir: dir, Limit: limit, Contents: "artifacts", Stale: staleTemp, OnError: onError,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{cache: cache}
	s.calls.Release = func(l heldResult) {
		if l.entry != nil {
			s.cache.Release(l.entry)
		}
	}
	return s, nil
}

// Close waits for compilations that nobody waits for any more.
func (s *Store) Close() { s.calls.Wait() }

// Get returns the artifact called key, compiling it when it is not there. Requests for one key at a time share
// one compilation, which goes on as long as one of them waits. Without an artifact, the Result says why.
func (s *Store) Get(ctx context.Context, key string, l *language.Language, compile CompileFunc) (*Compiled, Result, error) {
	result, leave, err := s.calls.Join(ctx, key, func(ctx context.Context) (heldResult, error) {
		return s.produce(ctx, key, l, compile)
	})
	if err != nil {
		return nil, Result{}, err
	}
	defer leave() // after it was opened: until then the call keeps it from being evicted
	if result.Failure != "" {
		return nil, result.Result, nil
	}
	a, err := s.open(key, l)
	return a, result.Result, err
}

// produce brings the artifact to disk and holds its entry.
func (s *Store) produce(ctx context.Context, key string, l *language.Language, compile CompileFunc) (heldResult, error) {
	if a, err := s.open(key, l); err == nil {
		report := a.Report
		report.Cached = true
		return heldResult{Result{Report: report, Cached: true}, a.entry}, a.close()
	}
	c, err := compile(ctx)
	if err != nil {
		return heldResult{}, err
	}
	defer c.Close()
	result := Result{Failure: c.Failure, Report: compileReport(c), FullLog: c.FullLog}
	if c.Failure != "" {
		return heldResult{Result: result}, nil
	}
	entry, err := s.save(key, c, result.Report)
	return heldResult{result, entry}, err
}

func compileReport(c *language.Compilation) api.CompileReport {
	return api.CompileReport{
		Log: c.Log, Truncated: c.Truncated,
		CPUUsec: c.CPU.Microseconds(), WallUsec: c.Wall.Microseconds(), PeakMemory: int64(c.PeakMemory),
	}
}

// save writes a program below a temporary name, moves it into place, and returns its entry, held.
func (s *Store) save(key string, c *language.Compilation, report api.CompileReport) (*diskcache.Entry, error) {
	tmp, err := s.cache.Fresh()
	if err != nil {
		return nil, fmt.Errorf("save artifact: %w", err)
	}
	size, err := write(tmp, c, report)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	return s.cache.Place(key, tmp, size), nil
}

// open opens an artifact that is on disk. One that is damaged is removed.
func (s *Store) open(key string, l *language.Language) (*Compiled, error) {
	e, intact := s.cache.Hold(key)
	if e == nil {
		return nil, fs.ErrNotExist
	}
	a, err := read(e.Path, l, !intact)
	if err != nil {
		s.cache.Discard(e)
		return nil, err
	}
	s.cache.MarkIntact(e)
	a.entry = e
	return a, nil
}

// Release gives an artifact back; called once.
func (s *Store) Release(a *Compiled) {
	_ = a.close() // read side
	s.cache.Release(a.entry)
}
