package judge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
// A program that rotted is found by its hashes, and compiled again. Other processes may share the directory: an
// artifact in use is held by its open file, not by its name.
type store struct {
	shelf
	flights flights[landed]
}

// compileFunc compiles; the caller closes what it returns.
type compileFunc func(ctx context.Context) (*language.Compilation, error)

// built is what one flight brought: an artifact, or why there is no program.
type built struct {
	failure verdict.Reason
	report  CompileReport
	cached  bool
	fullLog string // where it was compiled now, and the report has not all of the log
}

// landed is built with the artifact's entry, held until the last who waited for it has left; nil for none.
type landed struct {
	built
	pin *shelfEntry
}

// staleTemp is how old a directory being written must be to be a leftover of a worker that died.
const staleTemp = time.Hour

// openStore opens the store in dir and takes stock of what is there.
func openStore(dir string, limit sandbox.Bytes) (*store, error) {
	s := &store{shelf: shelf{dir: dir, limit: limit, what: "artifacts"}}
	s.flights.letGo = func(l landed) {
		if l.pin != nil {
			_ = s.shelf.release(l.pin) // what could not be evicted now is tried again at the next release
		}
	}
	return s, s.open(staleTemp)
}

// Close waits for flights that nobody waits for any more.
func (s *store) Close() { s.flights.wait() }

// get returns the artifact called key, compiling it when it is not there. Requests for one key at a time share
// one compilation, which goes on as long as one of them waits. Without an artifact, built says why.
func (s *store) get(ctx context.Context, key string, l *language.Language, compile compileFunc) (*artifact, built, error) {
	result, leave, err := s.flights.join(ctx, key, func(ctx context.Context) (landed, error) {
		return s.fly(ctx, key, l, compile)
	})
	if err != nil {
		return nil, built{}, err
	}
	defer leave() // after it was acquired: until then the flight keeps it from being evicted
	if result.failure != "" {
		return nil, result.built, nil
	}
	a, err := s.acquire(key, l)
	return a, result.built, err
}

// fly brings the artifact to disk and holds its entry.
func (s *store) fly(ctx context.Context, key string, l *language.Language, compile compileFunc) (landed, error) {
	if a, err := s.acquire(key, l); err == nil {
		report := a.report
		report.Cached = true
		return landed{built{report: report, cached: true}, a.entry}, a.close()
	}
	c, err := compile(ctx)
	if err != nil {
		return landed{}, err
	}
	defer c.Close()
	result := built{failure: c.Failure, report: compileReport(c), fullLog: c.FullLog}
	if c.Failure != "" {
		return landed{built: result}, nil
	}
	entry, err := s.save(key, c, result.report)
	return landed{result, entry}, err
}

func compileReport(c *language.Compilation) CompileReport {
	return CompileReport{
		Log: c.Log, Truncated: c.Truncated,
		CPUUsec: c.CPU.Microseconds(), WallUsec: c.Wall.Microseconds(), PeakMemory: int64(c.PeakMemory),
	}
}

// save writes a program below a temporary name, moves it into place, and returns its entry, held.
func (s *store) save(key string, c *language.Compilation, report CompileReport) (*shelfEntry, error) {
	tmp, err := s.fresh()
	if err != nil {
		return nil, fmt.Errorf("save artifact: %w", err)
	}
	size, err := writeArtifact(tmp, c, report)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	e, err := s.place(key, tmp, size)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("save artifact: %w", err), os.RemoveAll(tmp))
	}
	return e, nil
}

// acquire opens an artifact that is on disk. One that is there but broken is removed.
func (s *store) acquire(key string, l *language.Language) (*artifact, error) {
	e, proven := s.hold(key)
	if e == nil {
		return nil, fs.ErrNotExist
	}
	a, err := readArtifact(s.path(key), l, !proven)
	if err != nil {
		return nil, errors.Join(err, s.discard(e))
	}
	s.prove(e)
	a.entry = e
	return a, nil
}

// release gives an artifact back.
func (s *store) release(a *artifact) error {
	return errors.Join(a.close(), s.shelf.release(a.entry))
}
