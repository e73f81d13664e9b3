package reader

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/examples"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// settleDialect decides by whose rules testdata.yaml is read. DOMjudge's differ from those of Kattis, and the same file
// gives other scores; see LegacyGrading. They hold where gavel.yaml says so, and else for packages that were made for
// DOMjudge: its own file lies beside problem.yaml, or submissions have its tag for scores and no group asks for what
// only Kattis has.
func settleDialect(t *source, meta *metadata, dialect string, issues *issue.Findings) {
	if !meta.kind.Scoring {
		return
	}
	switch {
	case dialect != "":
		meta.domjudge = dialect == domjudgeDialect
	case !meta.format.IsLegacy() && meta.format != problem.Draft2023:
	case t.File(tree.DOMjudgeFile) != nil:
		meta.domjudge = true
	default:
		meta.domjudge = t.tagged(examples.ScoreTag) && !t.kattisGrading()
	}
	if meta.domjudge {
		meta.scores = true
	}
	if meta.domjudge && dialect == "" {
		issues.Warn("", 0, "scores are those of DOMjudge's rules, because the package was made for it",
			fmt.Sprintf("write \"grading_dialect: %s\" in %s for those of Kattis", kattisDialect, tree.SettingsFile))
	}
}

// kattisGrading says whether a group asks for what DOMjudge does not have: a grader of the package's own, or a flag of
// the default grader.
func (t *source) kattisGrading() bool {
	return slices.ContainsFunc(t.Files("data"), func(e *tree.Entry) bool {
		if e.Base() != legacyGroupFile {
			return false
		}
		m := t.ReadYAML(e.Path, new(issue.Findings)) // what is wrong with it is told by who reads the groups
		if m == nil {
			return false
		}
		grading, _ := m.Text("grading")
		return grading == "custom" || slices.ContainsFunc(m.Words("grader_flags"), func(flag string) bool {
			return !slices.Contains(domjudgeFlags, flag)
		})
	})
}

// tagged says whether an example submission has a tag.
func (t *source) tagged(tag string) bool {
	return slices.ContainsFunc(t.Files("submissions"), func(e *tree.Entry) bool {
		f, err := t.Open(e.Path)
		if err != nil {
			return false
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, tree.MaxTextFile))
		return err == nil && bytes.Contains(text, []byte(tag))
	})
}

// domjudgeFlags are the grader flags that DOMjudge knows.
var domjudgeFlags = []string{"sum", "avg", "min", "max", ignoreSample}

// checkDOMjudge looks at what DOMjudge has other rules for than Kattis.
func (r *dataReader) checkDOMjudge(m *yamlmap.Map, g *problem.LegacyGrading) {
	for _, flag := range g.Flags {
		if !slices.Contains(domjudgeFlags, flag) {
			m.Warn("grader_flags", fmt.Sprintf("has %.40q, which DOMjudge does not know and ignores", flag), "use "+strings.Join(domjudgeFlags, ", "))
		}
	}
	if g.Custom {
		m.Reject("grading", "cannot be custom by the rules of DOMjudge", fmt.Sprintf("write \"grading_dialect: %s\" in %s",
			kattisDialect, tree.SettingsFile))
	}
	if m.Has("range") && (g.Most < 0 || g.Least < 0 && !math.IsInf(g.Least, 0)) {
		m.Reject("range", "must not be negative by the rules of DOMjudge", "write the least and the most score, such as \"0 100\"")
	}
}
