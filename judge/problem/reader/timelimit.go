package reader

import (
	"fmt"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// settleTimeLimit decides between the places that can give a time limit: problem.yaml, .timelimit,
// domjudge-problem.ini, in this order.
func settleTimeLimit(t *source, meta *metadata, issues *issue.Findings) {
	l := &meta.limits
	fromYAML := l.TimeSource == problem.TimeProblemYAML
	fromFile, hasFile := readTimeLimitFile(t, issues)
	fromINI, hasINI := readINITimeLimit(t, issues)
	switch {
	case fromYAML && hasFile && l.Time != fromFile:
		issues.Reject(tree.TimeLimitFile, 0, fmt.Sprintf("gives %v, but limits.time_limit of problem.yaml is %v", fromFile, l.Time),
			"remove one of the two")
	case fromYAML:
	case hasFile:
		l.Time, l.TimeSource = fromFile, problem.TimeFile
	case hasINI:
		l.Time, l.TimeSource = fromINI, problem.TimeDOMjudge
	}
	if hasINI && fromINI != l.Time {
		issues.Warn(tree.DOMjudgeFile, 0, fmt.Sprintf("timelimit of %v is not used: %s gives %v", fromINI, l.TimeSource, l.Time),
			"remove one of the two")
	}
	if meta.resolution && fromYAML {
		checkResolution(*l, issues)
	}
}

// checkResolution tells of 2025-09's rule that a time limit is a multiple of the resolution.
func checkResolution(l problem.Limits, issues *issue.Findings) {
	if l.Multipliers.Resolution > 0 && l.Time%l.Multipliers.Resolution != 0 {
		issues.Warn(tree.MetadataFile, 0, fmt.Sprintf("limits.time_limit of %v is not a multiple of limits.time_resolution, %v",
			l.Time, l.Multipliers.Resolution), "change one of the two")
	}
}

// readTimeLimitFile reads .timelimit: one number of seconds.
func readTimeLimitFile(t *source, issues *issue.Findings) (time.Duration, bool) {
	if t.File(tree.TimeLimitFile) == nil {
		return 0, false
	}
	text, err := t.ReadText(tree.TimeLimitFile)
	if err != nil {
		issues.Reject(tree.TimeLimitFile, 0, "cannot be read: "+tree.Cause(err), "")
		return 0, false
	}
	return parseSeconds(tree.TimeLimitFile, 1, string(text), issues)
}

func parseSeconds(file string, line int, text string, issues *issue.Findings) (time.Duration, bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF"))
	v, err := yamlmap.ParseNumber(text)
	if err != nil {
		issues.Reject(file, line, fmt.Sprintf("time limit %.40q is not a number", text), "write seconds, such as 2 or 0.5")
		return 0, false
	}
	d, err := seconds(v)
	if err != nil {
		issues.Reject(file, line, "time limit "+err.Error(), "give it in seconds")
		return 0, false
	}
	return d, true
}
