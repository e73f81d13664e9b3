package examples

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/suggest"
	"github.com/gaveloj/gavel/judge/verdict"
)

const directorySource = "directory"

// expect combines what the directory of a submission and a tag in its sources ask for.
func (r *exampleReader) expect(s *problem.Submission) {
	dir := path.Base(path.Dir(s.Path))
	tag := r.findTag(&s.Program)
	s.Expected = r.byDirectory(dir)
	s.Expected.Score = tag.score
	if len(tag.results) == 0 {
		return
	}
	known := DirectoryVerdicts(dir)
	if standard(dir) {
		// A tag narrows what its directory allows, never widens it.
		tag.results = r.narrow(s.Path, known, tag.results)
	}
	if r.problem.Format.IsLegacy() || modernRule(dir) == nil {
		s.Expected = Finally(tagSource, tag.results...)
		s.Expected.Score = tag.score
		return
	}
	s.Expected.Unstated = ""
	s.Expected.Final, s.Expected.Source = tag.results, tagSource
}

// Finally expects one of some final verdicts. Those that leave no choice bound a computed time limit.
func Finally(source string, codes ...verdict.Code) problem.Expectation {
	e := problem.Expectation{Final: codes, Source: source}
	switch {
	case len(codes) != 1:
	case codes[0] == ac:
		e.Rules = []problem.Rule{{Source: source, Time: problem.TimeLower}}
	case codes[0] == tle:
		e.Rules = []problem.Rule{{Source: source, Time: problem.TimeUpper}}
	}
	return e
}

// narrow returns what a directory and a tag both allow.
func (r *exampleReader) narrow(file string, byDir, byTag []verdict.Code) []verdict.Code {
	outside := func(c verdict.Code) bool { return !slices.Contains(byDir, c) }
	both := slices.DeleteFunc(slices.Clone(byTag), outside)
	switch {
	case len(both) == 0:
		r.issues.Reject(file, 0, "its "+tagSource+" tag contradicts the directory that it is in", "move it or change the tag")
		return byDir
	case len(both) < len(byTag):
		r.issues.Warn(file, 0, "its "+tagSource+" tag allows more than the directory that it is in, which counts",
			"move it to another directory, such as mixed")
	}
	return both
}

// standard says whether a directory is one of those that every format knows.
func standard(dir string) bool {
	switch dir {
	case "accepted", "wrong_answer", "time_limit_exceeded", "run_time_error":
		return true
	}
	return false
}

// byDirectory is what the name of a directory of submissions promises in the format of the package.
func (r *exampleReader) byDirectory(dir string) problem.Expectation {
	if !r.problem.Format.IsLegacy() {
		if rule := modernRule(dir); rule != nil {
			return problem.Expectation{Rules: []problem.Rule{*rule}}
		}
	} else if e, found := r.legacyDirectory(dir); found {
		return e
	}
	if final := DirectoryVerdicts(dir); final != nil {
		return Finally(directorySource, final...)
	}
	return problem.Expectation{Unstated: unknownDirectory(dir)}
}

// unknownDirectory says what is wrong with a directory of submissions of which nothing is known; "" for those that leave
// it open what submissions must get.
func unknownDirectory(dir string) string {
	if dir == "mixed" || dir == "partially_accepted" {
		return ""
	}
	known := []string{
		"accepted", "rejected", "wrong_answer", "time_limit_exceeded", "run_time_error", "memory_limit_exceeded",
		"output_limit_exceeded", "compiler_error", "partially_accepted", "brute_force", "mixed",
	}
	text := fmt.Sprintf("nothing says what it must get: %s is no directory that the formats know; ", issue.Printable(path.Join(tree.SubmissionsDir, dir)))
	distance := func(name string) int { return suggest.Distance(strings.ToLower(dir), name) }
	nearest := slices.MinFunc(known, func(a, b string) int { return distance(a) - distance(b) })
	if distance(nearest) <= len(nearest)/3 {
		return text + "did you mean " + nearest + "?"
	}
	return text + "move it to accepted, wrong_answer or the like, or add a line \"" + resultsTag + "WRONG-ANSWER\" as a comment"
}

// The verdicts of the formats, for short.
const (
	ac  = verdict.Accepted
	wa  = verdict.WrongAnswer
	tle = verdict.TimeLimitExceeded
	rte = verdict.RunTimeError
	ole = verdict.OutputLimitExceeded
)

// modernRule is what 2025-09 asks of a directory; nil where it knows none of this name.
func modernRule(dir string) *problem.Rule {
	type codes = []verdict.Code
	rule := &problem.Rule{Source: directorySource}
	switch dir {
	case "accepted":
		rule.Permitted = codes{ac}
	case "rejected":
		rule.Required = codes{rte, tle, wa}
	case "wrong_answer":
		rule.Permitted, rule.Required = codes{ac, wa}, codes{wa}
	case "time_limit_exceeded":
		rule.Permitted, rule.Required = codes{ac, tle}, codes{tle}
	case "run_time_error":
		rule.Permitted, rule.Required = codes{ac, rte}, codes{rte}
	case "brute_force":
		rule.Permitted, rule.Required = codes{ac, rte, tle}, codes{rte, tle}
	default:
		return nil
	}
	return rule
}

// legacyDirectory is what the legacy formats ask of a directory. Their text also forbids other failures on any test
// case, but their tools stop at the first failure, so that packages in use have submissions that fail otherwise on what
// comes after it: that does not count here either. DOMjudge looks at the final verdict alone.
func (r *exampleReader) legacyDirectory(dir string) (problem.Expectation, bool) {
	type codes = []verdict.Code
	rule := problem.Rule{Source: directorySource}
	e := problem.Expectation{Source: directorySource}
	switch {
	case dir == "partially_accepted" && r.problem.Kind.Scoring:
		e.Final, e.PartialOf = codes{ac, verdict.PartiallyAccepted}, r.bestScore()
		return e, true
	case dir == "accepted" && r.problem.Kind.Scoring:
		e.Final, rule.Time = codes{ac, verdict.PartiallyAccepted}, problem.TimeLower
	case r.tree.File(tree.DOMjudgeFile) != nil:
		return problem.Expectation{}, false
	case dir == "wrong_answer":
		e.Final, rule.Time = codes{wa}, problem.TimeUnused
	case dir == "time_limit_exceeded":
		e.Final, rule.Required, rule.EndlessIsSlow = codes{wa, tle, ole}, codes{tle}, true
	case dir == "run_time_error":
		rule.Required = codes{rte}
	default:
		return problem.Expectation{}, false
	}
	e.Rules = []problem.Rule{rule}
	return e, true
}

// bestScore is the best that the problem gives; nil where its range is not bounded.
func (r *exampleReader) bestScore() *float64 {
	g := r.problem.Groups
	if g == nil || g.Legacy == nil {
		return nil
	}
	best := g.Legacy.Most
	if r.minimise {
		best = g.Legacy.Least
	}
	if math.IsInf(best, 0) {
		return nil
	}
	return &best
}

// DirectoryVerdicts are the final verdicts that a directory asks for by its name, also by those that only DOMjudge
// knows. Where the formats know only AC, WA, TLE and RTE, too much memory or output is RTE.
func DirectoryVerdicts(dir string) []verdict.Code {
	runTime := []verdict.Code{rte, verdict.MemoryLimitExceeded, verdict.OutputLimitExceeded}
	switch strings.ReplaceAll(dir, "-", "_") {
	case "accepted":
		return []verdict.Code{ac}
	case "wrong_answer", "no_output":
		return []verdict.Code{wa}
	case "time_limit_exceeded", "time_limit", "timelimit":
		return []verdict.Code{tle}
	case "run_time_error", "runtime_error":
		return runTime
	case "memory_limit", "memory_limit_exceeded":
		return []verdict.Code{verdict.MemoryLimitExceeded}
	case "output_limit", "output_limit_exceeded":
		return []verdict.Code{verdict.OutputLimitExceeded}
	case "compiler_error", "compile_error":
		return []verdict.Code{verdict.CompileError}
	case "rejected":
		return append([]verdict.Code{wa, tle}, runTime...)
	}
	return nil
}
