package judge

import (
	"context"
	"errors"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// Source finds problem packages by name.
type Source interface {
	// Problem lends a loaded package; release gives it back and may be called once. An unknown name or a
	// broken package is a *Rejection; any other error is a fault.
	Problem(ctx context.Context, name string) (p *problem.Problem, release func(), err error)
}

// Config is what a Judge works with. Pool, Languages and StateDir are required.
type Config struct {
	Pool      *pool.Pool
	Languages *language.Offer
	// Problems finds packages for Judge; a Judge without it can only do JudgeProblem.
	Problems Source
	// StateDir is where compiled programs are kept between starts.
	StateDir string
	// ArtifactBytes bounds the compiled programs kept on disk; 0 means DefaultArtifactBytes.
	ArtifactBytes sandbox.Bytes
	// Worker is the name of this worker in reports.
	Worker string
	// ParallelTests is how many tests of one submission may run at once; 0 means 1. It never changes a verdict.
	ParallelTests int
}

// DefaultArtifactBytes is the size of the artifact store when none is configured.
const DefaultArtifactBytes = 2 * sandbox.GiB

// Validate tells what is missing.
func (c Config) Validate() error {
	switch {
	case c.Pool == nil:
		return errors.New("no container pool")
	case c.Languages == nil:
		return errors.New("no languages")
	case c.StateDir == "":
		return errors.New("no state directory")
	case c.ParallelTests < 0 || c.ArtifactBytes < 0:
		return errors.New("negative number of parallel tests or size of the artifact store")
	}
	return nil
}

// Judge judges submissions. Its methods may be called from several goroutines.
type Judge struct{}

// New opens the artifact store below cfg.StateDir.
func New(cfg Config) (*Judge, error) { panic("being built") }

// Close waits for what is still going on and closes the store. The pool stays open.
func (j *Judge) Close() error { panic("being built") }

// Judge judges one submission, and calls emit, which may be nil, for every step, one call at a time. An error
// is a fault, to be tried again elsewhere, or it matches ErrRejected and is final; when ctx ends it is ctx's
// cause. Everything else that can happen to a submission is a Report.
func (j *Judge) Judge(ctx context.Context, sub Submission, emit func(Event)) (Report, error) {
	panic("being built")
}

// JudgeProblem is Judge with the package already at hand.
func (j *Judge) JudgeProblem(ctx context.Context, p *problem.Problem, sub Submission, emit func(Event)) (Report, error) {
	panic("being built")
}

// ValidateSubmission tells whether sub could be judged at all: its fields, its file names, its size. The error
// is a *Rejection.
func ValidateSubmission(sub Submission) error { panic("being built") }
