package judge

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/schedule"
	"github.com/gaveloj/gavel/judge/testinputs"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// Config is what a Judge works with. Pool, Languages and StateDir are required.
type Config struct {
	Pool      *pool.Pool
	Languages *language.Toolchains
	// Problems finds packages for Judge; a Judge without it can only do JudgeProblem.
	Problems library.Source
	// StateDir is where compiled programs are kept between starts.
	StateDir string
	// ArtifactBytes bounds the compiled programs kept on disk; 0 means DefaultArtifactBytes.
	ArtifactBytes sandbox.Bytes
	// Worker is the name of this worker in reports.
	Worker string
	// TimeLimit computes the time limit of a package that states none. Without it such a package is refused unless the
	// submission brings a time limit. The Judge is the one that asks.
	TimeLimit func(context.Context, *Judge, *problem.Problem) (time.Duration, error)
	// Keeper takes the files that submissions ask for beside their reports; without one they stay in the report, as
	// Artifact.Data, and Run cannot keep outputs.
	Keeper Keeper
	// OnCacheError is called with what could not be removed from the artifact store; may be nil. It may be called from
	// several goroutines.
	OnCacheError func(error)
	// Metrics counts lease waits and checkers; what a Report tells is counted by who gets it. May be nil.
	Metrics *metrics.Metrics
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
	case c.ArtifactBytes < 0:
		return errors.New("negative size of the artifact store")
	}
	return nil
}

// Judge judges submissions. Its methods may be called from several goroutines.
type Judge struct {
	cfg       Config
	artifacts *artifact.Store
	slots     *schedule.Slots // of submissions and run requests: as many as containers
	memory    *memoryReturn
	inputs    *testinputs.Inputs
}

// New opens the artifact store below cfg.StateDir.
func New(cfg Config) (*Judge, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure judge: %w", err)
	}
	if cfg.ArtifactBytes == 0 {
		cfg.ArtifactBytes = DefaultArtifactBytes
	}
	artifacts, err := artifact.OpenStore(filepath.Join(cfg.StateDir, "artifacts"), cfg.ArtifactBytes, cfg.OnCacheError)
	if err != nil {
		return nil, err
	}
	inputs, err := testinputs.New()
	if err != nil {
		artifacts.Close()
		return nil, err
	}
	return &Judge{cfg: cfg, artifacts: artifacts, slots: schedule.NewSlots(cfg.Pool.Slots()), memory: &memoryReturn{}, inputs: inputs}, nil
}

// WithLanguages returns a Judge with other languages that shares everything else with j, to judge what comes from now on: what j
// has in hand keeps the languages that it began with. Their Mounts have to be those of j's. One of the two is closed, when
// neither has anything in hand.
func (j *Judge) WithLanguages(languages *language.Toolchains) *Judge {
	other := *j
	other.cfg.Languages = languages
	return &other
}

// Close waits for what is still going on and closes the store, and the test inputs that are open. The pool stays open.
func (j *Judge) Close() error {
	j.artifacts.Close()
	return j.inputs.Close()
}

// Slots is how many programs run at a time, at most.
func (j *Judge) Slots() int { return j.cfg.Pool.Slots() }

// Judge judges one submission, and calls emit, which may be nil, for every step, one call at a time. An error
// is a fault, to be tried again elsewhere, or it matches ErrRejected and is final; when ctx ends it is ctx's
// cause. Everything else that can happen to a submission is a Report.
func (j *Judge) Judge(ctx context.Context, sub api.Submission, emit func(api.Event)) (api.Report, error) {
	if err := ValidateSubmission(sub); err != nil {
		return api.Report{}, err
	}
	if j.cfg.Problems == nil {
		return api.Report{}, errors.New("this judge has no source of problems")
	}
	start := time.Now()
	handle, err := j.cfg.Problems.Problem(ctx, wanted(sub))
	if err != nil {
		return api.Report{}, fmt.Errorf("get problem %q: %w", sub.Problem, err)
	}
	defer handle.Release()
	fetch := time.Since(start)
	report, err := j.JudgeProblem(ctx, handle.Problem, sub, emit)
	if err != nil {
		return api.Report{}, err
	}
	report.ProblemDigest = handle.Digest
	report.Phases.FetchUsec = fetch.Microseconds()
	report.Phases.TotalUsec = time.Since(start).Microseconds()
	return report, nil
}

// wanted is what a submission asks for.
func wanted(sub api.Submission) library.Wanted {
	return library.Wanted{Name: sub.Problem, Published: sub.Published, Digest: sub.ProblemDigest}
}

// JudgeProblem is Judge with the package already at hand.
func (j *Judge) JudgeProblem(ctx context.Context, p *problem.Problem, sub api.Submission, emit func(api.Event)) (api.Report, error) {
	if err := ValidateSubmission(sub); err != nil {
		return api.Report{}, err
	}
	if err := CheckProblem(p); err != nil {
		return api.Report{}, err
	}
	limit, err := j.timeLimit(ctx, p, sub)
	if err != nil {
		return api.Report{}, err
	}
	return j.judge(ctx, request{problem: p, submission: sub, files: submittedFiles(sub.Files), timeLimit: limit}, emit)
}

// CheckProblem refuses a problem whose verdicts would say nothing: everybody knows the samples.
func CheckProblem(p *problem.Problem) error {
	if !p.SamplesOnly {
		return nil
	}
	return api.Refuse(verdict.ClassProblem, fmt.Errorf(
		"problem %s has samples only: add test cases below data/secret, or write \"samples_only: true\" in gavel.yaml to judge by them", p.Name))
}

// timeLimit is the time limit of a submission: its own, the package's, or a computed one.
func (j *Judge) timeLimit(ctx context.Context, p *problem.Problem, sub api.Submission) (time.Duration, error) {
	switch {
	case sub.TimeLimitUsec > 0:
		return time.Duration(sub.TimeLimitUsec) * time.Microsecond, nil
	case p.Limits.TimeSource != problem.TimeComputed, p.Kind.SubmitAnswer: // answers take no time
		return p.Limits.Time, nil
	case j.cfg.TimeLimit == nil:
		return 0, api.Refuse(verdict.ClassProblem, fmt.Errorf(
			"problem %s states no time limit, and this worker computes none: state one", p.Name))
	}
	return j.cfg.TimeLimit(ctx, j, p)
}

func submittedFiles(sources []api.SourceFile) []sandbox.File {
	files := make([]sandbox.File, len(sources))
	for i, f := range sources {
		files[i] = sandbox.File{Path: f.Name, Data: f.Bytes()}
	}
	return files
}
