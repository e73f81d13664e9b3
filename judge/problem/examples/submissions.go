package examples

import (
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// Read reads the example submissions. What is wrong with them does not keep the problem from being judged, so
// it is kept apart; warnings go to issues. minimise says that lower scores are better.
func Read(p *problem.Problem, minimise bool, issues *issue.Findings) {
	r := exampleReader{tree: p.Tree, problem: p, minimise: minimise, issues: new(issue.Findings)}
	for _, dir := range p.Tree.List(tree.SubmissionsDir) {
		for _, e := range p.Tree.List(dir.Path) {
			r.add(e)
		}
		if !dir.Dir && problem.LanguageOf(dir.Base()) != "" {
			r.issues.Warn(dir.Path, 0, "ignored, because example submissions lie in a directory named for what they must get",
				"move it, for example to "+tree.SubmissionsDir+"/accepted/")
		}
	}
	slices.SortFunc(r.all, func(a, b problem.Submission) int { return strings.Compare(a.Path, b.Path) })
	r.readExampleFile()
	r.readDetails()
	r.leaveOutStrays()
	issues.Tolerate(&issue.Findings{Warnings: r.issues.Warnings})
	p.Examples, p.ExampleDefects = r.all, r.issues.Invalid(p.Name)
}

// exampleReader reads the example submissions of a package.
type exampleReader struct {
	tree     *tree.Tree
	problem  *problem.Problem
	minimise bool // lower scores are better
	issues   *issue.Findings
	all      []problem.Submission
}

// add reads the one in a file or directory, unless it is none, or broken.
func (r *exampleReader) add(e *tree.Entry) {
	s := problem.Submission{Program: problem.Program{Path: e.Path}}
	switch {
	case e.Dir && r.problem.Kind.SubmitAnswer:
		s.Files = r.tree.ProgramFiles(e.Path)
	case e.Dir:
		s.Files = r.withoutLeftovers(e.Path)
	case !isNote(e.Base()), r.problem.Kind.SubmitAnswer && !strings.EqualFold(e.Stem(), "readme"):
		s.Files = []tree.File{r.tree.AsFile(e, e.Base())}
	}
	if len(s.Files) == 0 {
		return
	}
	problem.DetectLanguage(r.tree, r.problem.Format, &s.Program)
	before := r.issues.Rejected
	r.expect(&s)
	if r.issues.Rejected == before {
		r.all = append(r.all, s)
	}
}

// isNote says whether a file beside submissions is there for people.
func isNote(base string) bool {
	switch strings.ToLower(path.Ext(base)) {
	case ".md", ".txt", ".yaml", ".yml", ".json", ".in", ".ans", ".out", ".h", ".hpp":
		return true
	}
	return strings.HasPrefix(strings.ToLower(base), "readme")
}
