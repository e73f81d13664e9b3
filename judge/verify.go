package judge

import (
	"context"
	"time"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// VerifyOptions tune Verify.
type VerifyOptions struct {
	// TimeLimit overrides the package's, or the computed one; 0 means none.
	TimeLimit time.Duration
	// Parallel is how many submissions are judged at once; 0 means one per slot.
	Parallel int
	// Progress, when set, is called, one call at a time, as tests finish; path names the submission.
	Progress func(path string, ev Event)
}

// VerifyRow is the judgement of one example submission of a package.
type VerifyRow struct {
	Problem    string
	Submission string // path in the package, e.g. "submissions/accepted/sum.cc"
	Language   string // ID; "" when none could be chosen
	Expected   []verdict.Code
	OK         bool
	// Skipped says that the submission could not be judged here, because its language is not offered; the
	// reason is in Err. It is not OK.
	Skipped bool
	Report  Report
	// Err is a refusal that concerns this submission alone; Report is then empty.
	Err error
}

// Verify judges every example submission of p with all tests, and calls row for each in the order of the
// package, as soon as it and all before it are done. It returns the time limit that was used. An error is a
// fault, or a *Rejection that concerns the whole package.
func (j *Judge) Verify(ctx context.Context, p *problem.Problem, opts VerifyOptions, row func(VerifyRow)) (time.Duration, error) {
	panic("being built")
}

// TimeLimit computes the time limit of p from its example submissions where the package states none, by the
// rules of its format; otherwise it returns the stated one.
func (j *Judge) TimeLimit(ctx context.Context, p *problem.Problem) (time.Duration, error) {
	panic("being built")
}
