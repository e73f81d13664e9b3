package problem

import (
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Submission is an example submission of the package.
type Submission struct {
	Program
	Expected Expectation
}

// Submissions lists the example submissions in byte order of their paths: each file and each directory below a
// directory of submissions. On an *InvalidError the list holds those that are sound.
func (p *Problem) Submissions() ([]Submission, error) {
	issues := new(findings)
	var all []Submission
	for _, dir := range p.tree.list("submissions") {
		for _, e := range p.tree.list(dir.path) {
			if s, ok := p.tree.submission(e, p.Format, issues); ok {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b Submission) int { return strings.Compare(a.Path, b.Path) })
	return all, issues.err(p.Name)
}

// submission reads the one in a file or directory; false when it is none, or broken.
func (t *tree) submission(e *entry, format Format, issues *findings) (Submission, bool) {
	s := Submission{Program: Program{Path: e.path}}
	switch {
	case e.dir:
		s.Files = t.programFiles(e.path)
	case !isNote(e.base()):
		s.Files = []File{t.asFile(e, e.base())}
	}
	if len(s.Files) == 0 {
		return s, false
	}
	t.detect(&s.Program)
	before := len(issues.issues)
	s.Expected = t.expectation(&s.Program, path.Base(path.Dir(e.path)), format, issues)
	return s, len(issues.issues) == before
}

// isNote says whether a file beside submissions is there for people.
func isNote(base string) bool {
	switch strings.ToLower(path.Ext(base)) {
	case ".md", ".txt", ".yaml", ".yml", ".json", ".in", ".ans", ".out", ".h", ".hpp":
		return true
	}
	return strings.HasPrefix(strings.ToLower(base), "readme")
}

// expectation combines what the directory and a tag in the sources ask for.
func (t *tree) expectation(p *Program, dir string, format Format, issues *findings) Expectation {
	byDir := directoryExpectation(dir, format)
	tag, found := t.findTag(p, issues)
	switch {
	case !found:
		return byDir
	case !standard(dir):
		return Expectation{Final: tag, Source: tagSource}
	}
	// A tag narrows what its directory allows, never widens it.
	both := slices.DeleteFunc(slices.Clone(tag), func(c verdict.Code) bool { return !slices.Contains(byDir.Final, c) })
	if len(both) == 0 {
		issues.reject(p.Path, 0, "its "+tagSource+" tag contradicts the directory that it is in", "move it or change the tag")
		return byDir
	}
	byDir.Final, byDir.Source = both, tagSource
	return byDir
}

// standard says whether a directory is one of those that every format knows.
func standard(dir string) bool {
	switch dir {
	case "accepted", "wrong_answer", "time_limit_exceeded", "run_time_error":
		return true
	}
	return false
}

// directoryExpectation is what the name of a directory of submissions promises. Where the formats know only AC, WA, TLE
// and RTE, too much memory or output is RTE.
func directoryExpectation(dir string, format Format) Expectation {
	final := directoryVerdicts(dir)
	if len(final) == 0 || (dir == "brute_force" && format.legacy()) { // the older formats do not know that name
		return Expectation{}
	}
	e := Expectation{Final: final, Source: "directory"}
	if format.legacy() {
		return e
	}
	switch dir {
	case "wrong_answer", "time_limit_exceeded", "run_time_error", "brute_force":
		e.Permitted = append([]verdict.Code{verdict.Accepted}, final...)
		e.Required = final
	case "accepted":
		e.Permitted = final
	}
	return e
}

func directoryVerdicts(dir string) []verdict.Code {
	runTime := []verdict.Code{verdict.RunTimeError, verdict.MemoryLimitExceeded, verdict.OutputLimitExceeded}
	switch strings.ReplaceAll(dir, "-", "_") {
	case "accepted":
		return []verdict.Code{verdict.Accepted}
	case "wrong_answer", "no_output":
		return []verdict.Code{verdict.WrongAnswer}
	case "time_limit_exceeded", "time_limit":
		return []verdict.Code{verdict.TimeLimitExceeded}
	case "run_time_error", "runtime_error":
		return runTime
	case "memory_limit", "memory_limit_exceeded":
		return []verdict.Code{verdict.MemoryLimitExceeded}
	case "output_limit", "output_limit_exceeded":
		return []verdict.Code{verdict.OutputLimitExceeded}
	case "compiler_error", "compile_error":
		return []verdict.Code{verdict.CompileError}
	case "rejected":
		return append([]verdict.Code{verdict.WrongAnswer, verdict.TimeLimitExceeded}, runTime...)
	case "brute_force":
		return append([]verdict.Code{verdict.TimeLimitExceeded}, runTime...)
	}
	return nil
}
