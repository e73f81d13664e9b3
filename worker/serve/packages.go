package serve

import (
	"fmt"
	"path/filepath"

	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/settings"
)

// openProblems opens the places where a worker finds packages: its directory, where it has one, and the store.
func (s *server) openProblems(conn *client.Conn) (library.Source, error) {
	var source library.Chain
	if s.Problems != "" {
		directory, err := library.NewDirSource(s.Problems)
		if err != nil {
			return nil, fmt.Errorf("open problems: %w", err)
		}
		directory.Metrics, directory.Options, directory.Check = s.metrics, s.ReadWith(s.state.Temp), settings.RejectExposed
		source.Dir = directory
	}
	stored, err := library.OpenStoreSource(library.StoreConfig{
		Archives: queue.NewArchives(conn), Dir: filepath.Join(s.state.Path, "packages"), Limit: sandbox.Bytes(s.ProblemCache),
		Options: s.ReadWith(s.state.Temp), Metrics: s.metrics, OnCacheError: s.logCacheError,
	})
	if err != nil {
		return nil, err
	}
	source.Store = stored
	s.onClose(source.Close)
	return source, nil
}

// logCacheError logs that a directory of a cache could not be removed. No verdict depends on it.
func (s *server) logCacheError(err error) {
	s.log.Warn().Err(err).Msg("cannot remove from a cache; it is tried again")
}
