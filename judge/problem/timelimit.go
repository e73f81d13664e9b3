package problem

import (
	"fmt"
	"strings"
	"time"
)

// settleTimeLimit decides between the places that can give a time limit: problem.yaml, .timelimit,
// domjudge-problem.ini, in this order.
func settleTimeLimit(t *source, meta *metadata, issues *findings) {
	l := &meta.limits
	fromYAML := l.TimeSource == TimeProblemYAML
	fromFile, hasFile := readTimeLimitFile(t, issues)
	fromINI, hasINI := readINITimeLimit(t, issues)
	switch {
	case fromYAML && hasFile && l.Time != fromFile:
		issues.reject(timeLimitFile, 0, fmt.Sprintf("gives %v, but limits.time_limit of problem.yaml is %v", fromFile, l.Time),
			"remove one of the two")
	case fromYAML:
	case hasFile:
		l.Time, l.TimeSource = fromFile, TimeFile
	case hasINI:
		l.Time, l.TimeSource = fromINI, TimeDOMjudge
	}
	if hasINI && fromINI != l.Time {
		issues.warn(domjudgeFile, 0, fmt.Sprintf("timelimit of %v is not used: %s gives %v", fromINI, l.TimeSource, l.Time),
			"remove one of the two")
	}
	if meta.resolution && fromYAML {
		checkResolution(*l, issues)
	}
}

// checkResolution tells of 2025-09's rule that a time limit is a multiple of the resolution.
func checkResolution(l Limits, issues *findings) {
	if l.Multipliers.Resolution > 0 && l.Time%l.Multipliers.Resolution != 0 {
		issues.warn(metadataFile, 0, fmt.Sprintf("limits.time_limit of %v is not a multiple of limits.time_resolution, %v",
			l.Time, l.Multipliers.Resolution), "change one of the two")
	}
}

// readTimeLimitFile reads .timelimit: one number of seconds.
func readTimeLimitFile(t *source, issues *findings) (time.Duration, bool) {
	if t.file(timeLimitFile) == nil {
		return 0, false
	}
	text, err := t.readText(timeLimitFile)
	if err != nil {
		issues.reject(timeLimitFile, 0, "cannot be read: "+cause(err), "")
		return 0, false
	}
	return parseSeconds(timeLimitFile, 1, string(text), issues)
}

func parseSeconds(file string, line int, text string, issues *findings) (time.Duration, bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF"))
	v, err := parseNumber(text)
	if err != nil {
		issues.reject(file, line, fmt.Sprintf("time limit %.40q is not a number", text), "write seconds, such as 2 or 0.5")
		return 0, false
	}
	d, err := seconds(v)
	if err != nil {
		issues.reject(file, line, "time limit "+err.Error(), "give it in seconds")
		return 0, false
	}
	return d, true
}
