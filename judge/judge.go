package judge

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

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
	// Keeper takes the files that submissions ask for beside their reports; without one they stay in the report, as
	// Artifact.Data, and Run cannot keep outputs.
	Keeper Keeper
	// Metrics counts lease waits and checkers; what a Report tells is counted by who gets it. May be nil.
	Metrics *metrics.Metrics
}

// DefaultArtifactBytes is the size of the artifact store when none is configured.
const DefaultArtifactBytes = 2 * sandbox.GiB

// reportVersion is the version of Report and Event.
const reportVersion = 1

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
type Judge struct {
	cfg       Config
	artifacts *store
	computed  timeLimits
	equal     equalTests
}

// New opens the artifact store below cfg.StateDir.
func New(cfg Config) (*Judge, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure judge: %w", err)
	}
	if cfg.ArtifactBytes == 0 {
		cfg.ArtifactBytes = DefaultArtifactBytes
	}
	cfg.ParallelTests = max(cfg.ParallelTests, 1)
	artifacts, err := openStore(filepath.Join(cfg.StateDir, "artifacts"), cfg.ArtifactBytes)
	if err != nil {
		return nil, err
	}
	return &Judge{cfg: cfg, artifacts: artifacts, computed: newTimeLimits()}, nil
}

// Close waits for what is still going on and closes the store. The pool stays open.
func (j *Judge) Close() error {
	j.artifacts.Close()
	return nil
}

// Judge judges one submission, and calls emit, which may be nil, for every step, one call at a time. An error
// is a fault, to be tried again elsewhere, or it matches ErrRejected and is final; when ctx ends it is ctx's
// cause. Everything else that can happen to a submission is a Report.
func (j *Judge) Judge(ctx context.Context, sub Submission, emit func(Event)) (Report, error) {
	if err := ValidateSubmission(sub); err != nil {
		return Report{}, err
	}
	if j.cfg.Problems == nil {
		return Report{}, errors.New("this judge has no source of problems")
	}
	start := time.Now()
	lent, err := j.cfg.Problems.Problem(ctx, wanted(sub))
	if err != nil {
		return Report{}, fmt.Errorf("get problem %q: %w", sub.Problem, err)
	}
	defer lent.Release()
	p := lent.Problem
	fetch := time.Since(start)
	if sub.TimeLimitUsec == 0 && p.Limits.TimeSource == problem.TimeComputed {
		limit, err := j.computed.get(ctx, p.Digest, func() (time.Duration, error) { return j.TimeLimit(ctx, p) })
		if err != nil {
			return Report{}, err
		}
		sub.TimeLimitUsec = limit.Microseconds()
	}
	report, err := j.JudgeProblem(ctx, p, sub, emit)
	if err != nil {
		return Report{}, err
	}
	report.ProblemDigest = lent.Digest
	report.Phases.FetchUsec = fetch.Microseconds()
	report.Phases.TotalUsec = time.Since(start).Microseconds()
	return report, nil
}

// JudgeProblem is Judge with the package already at hand.
func (j *Judge) JudgeProblem(ctx context.Context, p *problem.Problem, sub Submission, emit func(Event)) (Report, error) {
	if err := ValidateSubmission(sub); err != nil {
		return Report{}, err
	}
	return j.judge(ctx, p, sub, submittedFiles(sub), 1, emit)
}

func submittedFiles(sub Submission) []sandbox.File {
	files := make([]sandbox.File, len(sub.Files))
	for i, f := range sub.Files {
		files[i] = sandbox.File{Path: f.Name, Data: f.Bytes()}
	}
	return files
}

// judge judges files as the submission sub. stretch, where it is more than 1, lets runs go on beyond the time limit up
// to this many times of it, to see by how much they miss it. The verdicts are by the limit.
func (j *Judge) judge(
	ctx context.Context, p *problem.Problem, sub Submission, files []sandbox.File, stretch float64, emit func(Event),
) (Report, error) {
	start := time.Now()
	s, err := j.newSession(p, sub, files, emit)
	if err != nil {
		return Report{}, err
	}
	s.stretch = stretch
	err = s.run(ctx)
	if ctx.Err() != nil {
		return Report{}, context.Cause(ctx)
	}
	if err != nil {
		return Report{}, err
	}
	s.report.Phases.TotalUsec = time.Since(start).Microseconds()
	s.events.done(s.report.Verdict)
	return s.report, nil
}

// reject makes a refusal.
func reject(class verdict.Class, err error) error { return &Rejection{Class: class, Err: err} }
