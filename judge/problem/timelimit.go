package problem

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	timeLimitFile = ".timelimit"           // of Kattis and DOMjudge: seconds
	domjudgeFile  = "domjudge-problem.ini" // of DOMjudge: "timelimit = '5'" among others
)

// settleTimeLimit decides between the places that can give a time limit: problem.yaml, .timelimit,
// domjudge-problem.ini, in this order.
func settleTimeLimit(t *tree, meta *metadata, issues *findings) {
	l := &meta.limits
	fromYAML := l.TimeSource == TimeProblemYAML
	fromFile, hasFile := readTimeLimitFile(t, issues)
	fromINI, hasINI := readINI(t, meta.custom, issues)
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

// checkResolution holds 2025-09's rule that a time limit is a multiple of the resolution.
func checkResolution(l Limits, issues *findings) {
	if l.Multipliers.Resolution > 0 && l.Time%l.Multipliers.Resolution != 0 {
		issues.reject(metadataFile, 0, fmt.Sprintf("limits.time_limit of %v is not a multiple of limits.time_resolution, %v",
			l.Time, l.Multipliers.Resolution), "change one of the two")
	}
}

// readTimeLimitFile reads .timelimit: one number of seconds.
func readTimeLimitFile(t *tree, issues *findings) (time.Duration, bool) {
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
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
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

// readINI reads the time limit of domjudge-problem.ini, and notes programs that are not in the package: with another
// comparison, verdicts would be wrong. Its other keys do not matter to judging.
func readINI(t *tree, custom bool, issues *findings) (time.Duration, bool) {
	if t.file(domjudgeFile) == nil {
		return 0, false
	}
	text, err := t.readText(domjudgeFile)
	if err != nil {
		issues.reject(domjudgeFile, 0, "cannot be read: "+cause(err), "")
		return 0, false
	}
	if program, _ := iniValue(string(text), "special_compare"); program != "" && program != "compare" && !custom {
		issues.need(fmt.Sprintf("special_compare of %s, which names a program of DOMjudge's own (%.40q)", domjudgeFile, program))
	}
	if program, _ := iniValue(string(text), "special_run"); program != "" && program != "run" {
		issues.need(fmt.Sprintf("special_run of %s, which names a program of DOMjudge's own (%.40q)", domjudgeFile, program))
	}
	value, line := iniValue(string(text), "timelimit")
	if line == 0 || value == "" {
		return 0, false
	}
	return parseSeconds(domjudgeFile, line, value, issues)
}

// iniValue returns the last value of a key, without its quotes, and its line; line 0 when the key is absent.
func iniValue(text, key string) (value string, line int) {
	for i, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(strings.TrimPrefix(l, "\uFEFF"))
		name, rest, found := strings.Cut(l, "=")
		if !found || strings.HasPrefix(l, ";") || strings.HasPrefix(l, "#") || strings.TrimSpace(name) != key {
			continue
		}
		value, line = unquoteINI(rest), i+1
	}
	return value, line
}

// unquoteINI takes off quotes, and a comment where there are none.
func unquoteINI(s string) string {
	s = strings.TrimSpace(s)
	for _, quote := range []string{`'`, `"`} {
		if rest, found := strings.CutPrefix(s, quote); found {
			value, _, _ := strings.Cut(rest, quote)
			return value
		}
	}
	value, _, _ := strings.Cut(s, ";")
	return strings.TrimSpace(value)
}
