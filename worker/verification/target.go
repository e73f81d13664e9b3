package verification

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/suggest"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// verifyTarget is a package to verify.
type verifyTarget struct {
	path        string
	submissions []string // as they were named; none is all
}

// targetsOf takes arguments apart: packages, and behind each the submissions of it that are meant. What is there, and
// neither a package nor in the one before, is left out with a note: a shell pattern such as problems/* brings it along.
func targetsOf(out *terminal.Output, args []string) []verifyTarget {
	var targets []verifyTarget
	var others []string
	for _, arg := range args {
		switch last := len(targets) - 1; {
		case isPackageName(arg), last < 0 && !wholefile.Exists(arg): // what is not there is refused in its turn
			targets = append(targets, verifyTarget{path: arg})
		case last >= 0 && (!wholefile.Exists(arg) || liesIn(arg, targets[last].path)):
			targets[last].submissions = append(targets[last].submissions, arg)
		default:
			others = append(others, arg)
		}
	}
	if len(targets) == 0 {
		for _, arg := range args {
			targets = append(targets, verifyTarget{path: arg}) // to be refused one by one
		}
		return targets
	}
	for _, arg := range others {
		out.Notef("%s: not a problem package, left out", arg)
	}
	return targets
}

// isPackageName says whether an argument means a package: one that is there, or the name of an archive.
func isPackageName(arg string) bool {
	if wholefile.Exists(arg) {
		return reader.Plausible(arg)
	}
	ext := strings.ToLower(filepath.Ext(arg))
	return ext == ".zip" || ext == ".kpp"
}

// liesIn says whether a file lies in a directory.
func liesIn(file, dir string) bool {
	rel, err := filepath.Rel(absolute(dir), absolute(file))
	return err == nil && filepath.IsLocal(rel) && rel != "."
}

func absolute(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}

// chooseSubmissions returns what tells the named submissions of a package from the others; nil for all. A name is a path in
// the package or in the file system, the last part of one, a directory of submissions, or a pattern of these.
func (t verifyTarget) chooseSubmissions(p *problem.Problem) (func(problem.Submission) bool, error) {
	if len(t.submissions) == 0 {
		return nil, nil
	}
	all, _ := p.Submissions() // what is wrong with others is told elsewhere
	chosen := map[string]bool{}
	for _, name := range t.submissions {
		found := false
		for _, s := range all {
			if t.names(name, s.Path) {
				chosen[s.Path], found = true, true
			}
		}
		if !found {
			return nil, exit.Usage(fmt.Errorf("%s: neither a package nor a submission of %s, %s", name, t.path, submissionsHint(name, all)))
		}
	}
	return func(s problem.Submission) bool { return chosen[s.Path] }, nil
}

// names says whether an argument means a submission.
func (t verifyTarget) names(arg, submission string) bool {
	name := path.Clean(filepath.ToSlash(arg))
	if liesIn(arg, t.path) {
		rel, err := filepath.Rel(absolute(t.path), absolute(arg))
		if err == nil {
			name = filepath.ToSlash(rel)
		}
	}
	if strings.HasPrefix(name, submission+"/") { // a file of a submission that is a directory
		return true
	}
	for part := submission; part != ""; _, part, _ = strings.Cut(part, "/") {
		for whole := part; whole != "." && whole != "/"; whole = path.Dir(whole) {
			if ok, _ := path.Match(name, whole); ok || name == whole {
				return true
			}
		}
	}
	return false
}

// submissionsHint says what there is in place of a submission that is not.
func submissionsHint(name string, all []problem.Submission) string {
	if len(all) == 0 {
		return "which has none"
	}
	var known []string
	for _, s := range all {
		known = append(known, strings.TrimPrefix(s.Path, "submissions/"))
	}
	if hint := suggest.Alike(strings.TrimPrefix(name, "submissions/"), known); hint != "" {
		return hint
	}
	return "which has " + judgement.FewNames(known)
}

// keepTests leaves the problem with the test cases of --tests.
func (c Command) keepTests(p *problem.Problem) error {
	if c.Tests == "" {
		return nil
	}
	switch n, err := p.KeepTests(c.Tests); {
	case err != nil:
		return exit.Usage(fmt.Errorf("--tests %q %w", c.Tests, err))
	case n == 0:
		names := make([]string, len(p.Tests))
		for i, t := range p.Tests {
			names[i] = t.Name
		}
		return exit.Usage(fmt.Errorf("--tests %q is the name of no test case of %s, which has %s", c.Tests, p.Name, judgement.FewNames(names)))
	}
	return nil
}

// The parts of a package that --only names.
const (
	partData        = "data"
	partSubmissions = "submissions"
	partStatement   = "statement"
)

// wants says whether a part of packages is to be verified.
func (c Command) wants(part string) bool { return len(c.Only) == 0 || slices.Contains(c.Only, part) }

func (c Command) checkParts() error {
	if !c.wants(partSubmissions) {
		switch {
		case c.Matrix:
			return exit.Usage(errors.New("--matrix shows submissions, which --only leaves out"))
		case c.SetTimeLimit:
			return exit.Usage(errors.New("--set-time-limit judges submissions, which --only leaves out"))
		}
	}
	if c.Data && !c.wants(partData) {
		return exit.Usage(errors.New("--data and --only without data: give one of the two"))
	}
	return nil
}

// partOf is the part of a package that something is about; "" for the package as a whole.
func partOf(i issue.Issue) string {
	top, _, _ := strings.Cut(i.File, "/")
	switch top {
	case "data", "tests", "input_validators", "output_validators", "output_validator":
		return partData
	case "statement", "problem_statement":
		return partStatement
	case "submissions", "solutions":
		return partSubmissions
	}
	if strings.HasPrefix(i.File, "test case ") || strings.HasPrefix(i.File, "test group ") {
		return partData
	}
	return ""
}

// foldIssues leaves few of those that say the same of files in the same directory, and counts the others.
func foldIssues(all []issue.Issue) []issue.Issue {
	const few = 3
	key := func(i issue.Issue) string { return path.Dir(i.File) + "\n" + i.What + "\n" + i.Remedy }
	count, last := map[string]int{}, map[string]int{}
	var kept []issue.Issue
	for _, i := range all {
		if count[key(i)]++; count[key(i)] <= few {
			last[key(i)] = len(kept)
			kept = append(kept, i)
		}
	}
	for k, n := range count {
		if n > few {
			kept[last[k]].What += fmt.Sprintf(" (as %d more there)", n-few)
		}
	}
	return kept
}
