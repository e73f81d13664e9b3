package problem

import (
	"bufio"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
)

// tagSource is DOMjudge's tag in a comment of a submission: "@EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT", to the end
// of the line.
const tagSource = "@EXPECTED_RESULTS@"

// A tag holds a list of verdicts, or in scoring problems a score.
const (
	resultsTag = tagSource + ": "
	scoreTag   = "@EXPECTED_SCORE@: "
)

// findTag reads the tag of a submission. It is false when there is none, or none of its verdicts can be expected.
func (t *tree) findTag(p *Program, issues *findings) ([]verdict.Code, bool) {
	var values []string
	for _, f := range p.Files {
		name := path.Join(p.Path, f.Name)
		if t.file(name) == nil {
			name = p.Path
		}
		found, err := t.tags(name)
		if err != nil {
			issues.reject(name, 0, "cannot be read: "+cause(err), "")
		}
		values = append(values, found...)
	}
	if len(values) > 1 {
		issues.reject(p.Path, 0, "has more than one "+tagSource+" tag", "keep one")
	}
	if len(values) != 1 {
		return nil, false
	}
	codes := tagVerdicts(values[0])
	return codes, len(codes) > 0
}

// tags returns the values of the tags in a file. Lines beyond 64 KiB, and what is after maxTextFile, are not looked at.
func (t *tree) tags(name string) ([]string, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var values []string
	lines := bufio.NewScanner(io.LimitReader(f, maxTextFile))
	for lines.Scan() {
		if value, found := tagValue(lines.Text()); found {
			values = append(values, value)
		}
	}
	if err := lines.Err(); !errors.Is(err, bufio.ErrTooLong) {
		return values, err
	}
	return values, nil
}

// tagValue returns what stands after a tag. A score that is a number is for scoring problems.
func tagValue(line string) (string, bool) {
	if _, value, found := strings.Cut(line, resultsTag); found {
		return value, true
	}
	_, value, found := strings.Cut(line, scoreTag)
	if _, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
		return "", false
	}
	return value, found
}

// tagVerdicts reads the list of a tag. Results that are no verdict, such as CHECK-MANUALLY, are left out.
func tagVerdicts(value string) []verdict.Code {
	var codes []verdict.Code
	value = strings.TrimSpace(value)
	for _, end := range []string{"*/", "-->", "*)", "-}", "}"} {
		value = strings.TrimSuffix(value, end)
	}
	for word := range strings.SplitSeq(value, ",") {
		for _, c := range resultVerdicts(strings.ToUpper(strings.TrimSpace(word))) {
			if !slices.Contains(codes, c) {
				codes = append(codes, c)
			}
		}
	}
	return codes
}

// resultVerdicts maps a result of DOMjudge, in either spelling, or a code of ours.
func resultVerdicts(result string) []verdict.Code {
	switch strings.ReplaceAll(result, "_", "-") {
	case "CORRECT", "ACCEPTED", "AC":
		return []verdict.Code{verdict.Accepted}
	case "WRONG-ANSWER", "NO-OUTPUT", "WA":
		return []verdict.Code{verdict.WrongAnswer}
	case "TIMELIMIT", "TIME-LIMIT", "TIME-LIMIT-EXCEEDED", "TLE":
		return []verdict.Code{verdict.TimeLimitExceeded}
	case "RUN-ERROR", "RUN-TIME-ERROR", "RUNTIME-ERROR", "RTE":
		return []verdict.Code{verdict.RunTimeError, verdict.MemoryLimitExceeded}
	case "COMPILER-ERROR", "COMPILE-ERROR", "CE":
		return []verdict.Code{verdict.CompileError}
	case "OUTPUT-LIMIT", "OUTPUT-LIMIT-EXCEEDED", "OLE":
		return []verdict.Code{verdict.OutputLimitExceeded}
	case "MEMORY-LIMIT", "MEMORY-LIMIT-EXCEEDED", "MLE":
		return []verdict.Code{verdict.MemoryLimitExceeded}
	}
	return nil
}
