package judge

import (
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// limitsFor are the limits of one test run under a time limit. A factor of more than 1 lets runs go on beyond the time
// limit, up to this many times of it.
func limitsFor(p *problem.Problem, l *language.Language, timeLimit time.Duration, factor float64) classify.Limits {
	limits := classify.Limits{
		CPU: timeLimit, Wall: wallLimit(p.Kind, timeLimit), StopAfter: max(timeLimit, problem.ScaleTime(timeLimit, factor)),
		Memory: p.Limits.Memory, Output: p.Limits.Output,
	}
	if l != nil {
		limits.Memory += l.Run.Memory.Allowance
	}
	return limits
}

// wallLimit is how long a run may take that has so much CPU time.
func wallLimit(kind problem.Kind, cpu time.Duration) time.Duration {
	if kind.Interactive {
		return 2*cpu + time.Second
	}
	return 3*cpu + time.Second
}

// fileRule is what the problem lets submissions do with files. Before 2025-09 a package could not say, and what they
// wrote was no output, unless the output is taken from a file.
func fileRule(p *problem.Problem) sandbox.FileRule {
	switch {
	case !p.AllowFileWriting:
		return sandbox.FilesReadOnly
	case p.Format == problem.F2025, p.OutputFile != "":
		return sandbox.FilesCounted
	}
	return sandbox.FilesFree
}

// overCodeLimit says how sources break the problem's code limit; "" when they keep it. Answers are no code: the output
// limit is for them.
func overCodeLimit(p *problem.Problem, files []sandbox.File) string {
	if p.Kind.SubmitAnswer {
		return ""
	}
	var total sandbox.Bytes
	for _, f := range files {
		total += sandbox.Bytes(len(f.Data))
	}
	if limit := p.Limits.Code; total > limit {
		return fmt.Sprintf("the sources have %d bytes; this problem allows %d", total, limit)
	}
	return ""
}
