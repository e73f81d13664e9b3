package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// Example says how an example submission of a package is judged.
type Example struct {
	// Number tells it from the others of the package, from 0.
	Number int
	// TimeLimit takes the place of the package's. More than 0.
	TimeLimit time.Duration
	// TimeLimitFactor, where it is more than 1, lets runs go on beyond the time limit, up to this many times of it, to see
	// by how much they miss it. The verdicts are by the limit.
	TimeLimitFactor float64
	// Emit is called with every step, one call at a time; may be nil.
	Emit func(api.Event)
}

// JudgeExample judges an example submission of p with all tests. It also returns the ID of the language that was chosen.
// Errors are those of Judge.
func (j *Judge) JudgeExample(ctx context.Context, p *problem.Problem, s problem.Submission, e Example) (api.Report, string, error) {
	files := make([]sandbox.File, 0, len(s.Files))
	for _, f := range s.Files {
		file, err := packageFile(f)
		if err != nil {
			return api.Report{}, "", err
		}
		files = append(files, file)
	}
	sub := api.Submission{
		Version: api.Version, ID: fmt.Sprintf("example-%d", e.Number+1), Attempt: 1, Problem: p.Name,
		Language: s.Language, EntryPoint: s.EntryPoint, AllTests: true,
	}
	report, err := j.judge(ctx, request{
		problem: p, submission: sub, files: files, timeLimit: e.TimeLimit, example: true, timeLimitFactor: e.TimeLimitFactor,
	}, e.Emit)
	return report, report.Language, err
}
