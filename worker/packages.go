package main

import (
	"fmt"
	"path/filepath"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/sandbox"
)

// openProblems opens the places where a worker finds packages: its directory, where it has one, and the store.
func (s *server) openProblems(conn *client.Conn) (judge.Source, error) {
	var source judge.Either
	if s.Problems != "" {
		directory, err := judge.NewDirectory(s.Problems)
		if err != nil {
			return nil, fmt.Errorf("open problems: %w", err)
		}
		directory.Metrics, directory.Include = s.metrics, s.directories()
		source.Directory = directory
	}
	stored, err := judge.OpenStored(judge.StoredConfig{
		Archives: queue.NewArchives(conn), Dir: filepath.Join(s.state.dir, "packages"), Limit: sandbox.Bytes(s.ProblemCache),
		Include: s.directories(), Metrics: s.metrics,
	})
	if err != nil {
		return nil, err
	}
	source.Stored = stored
	s.onClose(source.Close)
	return source, nil
}
