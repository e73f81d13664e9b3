package serve

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/storage"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/settings"
)

// problemSource is where a worker finds packages: in its directory, which may be replaced while it works, and in the store.
type problemSource struct {
	directory atomic.Pointer[library.DirSource] // nil while there is none
	store     *library.StoreSource              // set before use
}

// Problem implements library.Source.
func (p *problemSource) Problem(ctx context.Context, w library.Wanted) (library.Handle, error) {
	return library.Chain{Dir: p.directory.Load(), Store: p.store}.Problem(ctx, w)
}

// replaceDirectory has packages looked for in another directory, nil for none, from now on. Who has one of the last directory
// keeps it.
func (p *problemSource) replaceDirectory(directory *library.DirSource) error {
	if before := p.directory.Swap(directory); before != nil {
		return before.Close()
	}
	return nil
}

// Close gives up every package that is loaded and not lent.
func (p *problemSource) Close() error {
	return errors.Join(p.replaceDirectory(nil), p.store.Close())
}

// openDirectory opens a directory with problem packages; nil for "".
func (s *server) openDirectory(path string) (*library.DirSource, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // there is none, and need not be
	}
	directory, err := library.NewDirSource(path)
	if err != nil {
		return nil, fmt.Errorf("open problems: %w", err)
	}
	directory.Metrics, directory.Options, directory.Check = s.metrics, s.ReadWith(s.state.Temp), settings.RejectExposed
	return directory, nil
}

// openProblems opens the places where a worker finds packages: its directory, where it has one, and the store.
func (s *server) openProblems(conn *client.Conn) (*problemSource, error) {
	directory, err := s.openDirectory(s.Problems)
	if err != nil {
		return nil, err
	}
	stored, err := library.OpenStoreSource(library.StoreConfig{
		Archives: storage.NewPackages(conn), Dir: filepath.Join(s.state.Path, "packages"), Limit: sandbox.Bytes(s.ProblemCache),
		Options: s.ReadWith(s.state.Temp), Metrics: s.metrics, OnCacheError: s.logCacheError,
	})
	if err != nil {
		return nil, err
	}
	source := &problemSource{store: stored}
	source.directory.Store(directory)
	s.onClose(source.Close)
	return source, nil
}

// logCacheError logs that a directory of a cache could not be removed. No verdict depends on it.
func (s *server) logCacheError(err error) {
	s.log.Warn().Err(err).Msg("cannot remove from a cache; it is tried again")
}
