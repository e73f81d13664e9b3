package examples

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
	"github.com/gaveloj/gavel/judge/verdict"
)

// tagSource is DOMjudge's tag in a comment of a submission: "@EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT", to the end
// of the line, in either case.
const tagSource = "@EXPECTED_RESULTS@"

// A tag holds a list of verdicts, or in scoring problems a score. The blank belongs to it.
const (
	resultsTag = tagSource + ": "
	ScoreTag   = "@EXPECTED_SCORE@: "
)

// tag is what the tags of a submission ask for.
type tag struct {
	results []verdict.Code // final verdicts; empty where any will do
	score   *problem.ScoreRange
}

// findTag reads the tags of a submission. One tag for verdicts, and one for the score, are allowed.
func (r *exampleReader) findTag(p *problem.Program) tag {
	var results, scores []string
	for _, f := range p.Files {
		if f.Size > tree.MaxTextFile {
			continue // no source
		}
		text, err := f.Read()
		if err != nil {
			r.issues.Reject(p.Path, 0, fmt.Sprintf("file %s cannot be read: %s", f.Name, tree.Cause(err)), "")
			continue
		}
		results = append(results, tagValues(text, resultsTag)...)
		scores = append(scores, tagValues(text, ScoreTag)...)
	}
	var found tag
	for _, value := range scores {
		score, err := parseScore(value)
		switch {
		case err != nil:
			results = append(results, value) // in words
		case found.score != nil:
			r.issues.Reject(p.Path, 0, "has more than one "+strings.TrimSuffix(ScoreTag, ": ")+" tag", "keep one")
		default:
			found.score = &problem.ScoreRange{Least: score, Most: score}
		}
	}
	if !r.problem.Kind.Scoring {
		found.score = nil
	}
	if len(results) > 1 {
		r.issues.Reject(p.Path, 0, "has more than one "+tagSource+" tag", "keep one")
	}
	if len(results) == 1 {
		found.results = tagVerdicts(results[0])
	}
	return found
}

// tagValues returns what stands after each tag, to the end of its line. Tags are found in either case.
func tagValues(text []byte, tag string) []string {
	var values []string
	for at := bytes.IndexByte(text, '@'); at >= 0; at = bytes.IndexByte(text, '@') {
		text = text[at:]
		if len(text) < len(tag) || !strings.EqualFold(string(text[:len(tag)]), tag) {
			text = text[1:]
			continue
		}
		text = text[len(tag):]
		line, _, _ := bytes.Cut(text, []byte("\n"))
		values = append(values, string(line))
	}
	return values
}

// parseScore reads the decimal number of a score.
func parseScore(text string) (float64, error) { return yamlmap.ParseNumber(strings.TrimSpace(text)) }

// tagVerdicts reads the list of a tag. Results that are no verdict, such as CHECK-MANUALLY, are left out.
func tagVerdicts(value string) []verdict.Code {
	var codes []verdict.Code
	value = strings.TrimSpace(value)
	for _, end := range []string{"*/", "-->", "*)", "-}", "}"} {
		value = strings.TrimSuffix(value, end)
	}
	for word := range strings.SplitSeq(value, ",") {
		for _, c := range ResultVerdicts(strings.ToUpper(strings.TrimSpace(word))) {
			if !slices.Contains(codes, c) {
				codes = append(codes, c)
			}
		}
	}
	return codes
}

// ResultVerdicts maps a result of DOMjudge, in either spelling, or a code of ours.
func ResultVerdicts(result string) []verdict.Code {
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
