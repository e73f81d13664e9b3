package problem

import (
	"path"
	"slices"
	"strings"
)

// readExamples reads the example submissions. What is wrong with them does not keep the problem from being judged, so
// it is kept apart; warnings go to issues. minimise says that lower scores are better.
func readExamples(p *Problem, minimise bool, issues *findings) {
	r := exampleReader{tree: p.Tree, problem: p, minimise: minimise, issues: new(findings)}
	for _, dir := range p.Tree.list(submissionsDir) {
		for _, e := range p.Tree.list(dir.path) {
			r.add(e)
		}
		if !dir.dir && languageOf(dir.base()) != "" {
			r.issues.warn(dir.path, 0, "ignored, because example submissions lie in a directory named for what they must get",
				"move it, for example to "+submissionsDir+"/accepted/")
		}
	}
	slices.SortFunc(r.all, func(a, b Submission) int { return strings.Compare(a.Path, b.Path) })
	r.readExampleFile()
	r.readDetails()
	r.leaveOutStrays()
	issues.tolerate(&findings{warnings: r.issues.warnings})
	p.Examples, p.ExampleDefects = r.all, r.issues.invalid(p.Name)
}

// exampleReader reads the example submissions of a package.
type exampleReader struct {
	tree     *tree
	problem  *Problem
	minimise bool // lower scores are better
	issues   *findings
	all      []Submission
}

// add reads the one in a file or directory, unless it is none, or broken.
func (r *exampleReader) add(e *entry) {
	s := Submission{Program: Program{Path: e.path}}
	switch {
	case e.dir && r.problem.Kind.SubmitAnswer:
		s.Files = r.tree.programFiles(e.path)
	case e.dir:
		s.Files = r.withoutLeftovers(e.path)
	case !isNote(e.base()), r.problem.Kind.SubmitAnswer && !strings.EqualFold(e.stem(), "readme"):
		s.Files = []File{r.tree.asFile(e, e.base())}
	}
	if len(s.Files) == 0 {
		return
	}
	detectLanguage(r.tree, r.problem.Format, &s.Program)
	before := r.issues.rejected
	r.expect(&s)
	if r.issues.rejected == before {
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
