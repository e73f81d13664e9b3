package problem

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// settleDialect decides by whose rules testdata.yaml is read. DOMjudge's differ from those of Kattis, and the same file
// gives other scores; see LegacyGrading. They hold where gavel.yaml says so, and else for packages that were made for
// DOMjudge: its own file lies beside problem.yaml, or submissions have its tag for scores.
func settleDialect(t *tree, meta *metadata, dialect string, issues *findings) {
	if !meta.kind.Scoring {
		return
	}
	switch {
	case dialect != "":
		meta.domjudge = dialect == domjudgeDialect
	case !meta.format.legacy() && meta.format != Draft2023:
	case t.file(domjudgeFile) != nil:
		meta.domjudge = true
	default:
		meta.domjudge = t.tagged(scoreTag)
	}
	if meta.domjudge {
		meta.scores = true
	}
	if meta.domjudge && dialect == "" {
		issues.warn("", 0, "scores are those of DOMjudge's rules, because the package was made for it",
			fmt.Sprintf("write \"grading_dialect: %s\" in %s for those of Kattis", kattisDialect, settingsFile))
	}
}

// tagged says whether an example submission has a tag.
func (t *tree) tagged(tag string) bool {
	return slices.ContainsFunc(t.files("submissions"), func(e *entry) bool {
		f, err := t.open(e.path)
		if err != nil {
			return false
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxTextFile))
		return err == nil && bytes.Contains(text, []byte(tag))
	})
}

// domjudgeFlags are the grader flags that DOMjudge knows.
var domjudgeFlags = []string{"sum", "avg", "min", "max", ignoreSample}

// checkDOMjudge looks at what DOMjudge has other rules for than Kattis.
func (r *dataReader) checkDOMjudge(m *mapping, g *LegacyGrading) {
	for _, flag := range g.Flags {
		if !slices.Contains(domjudgeFlags, flag) {
			m.warn("grader_flags", fmt.Sprintf("has %.40q, which DOMjudge does not know and ignores", flag), "use "+strings.Join(domjudgeFlags, ", "))
		}
	}
	if g.Custom {
		m.reject("grading", "cannot be custom by the rules of DOMjudge", fmt.Sprintf("write \"grading_dialect: %s\" in %s",
			kattisDialect, settingsFile))
	}
	if m.has("range") && (g.Most < 0 || g.Least < 0 && !isInfinite(g.Least)) {
		m.reject("range", "must not be negative by the rules of DOMjudge", "write the least and the most score, such as \"0 100\"")
	}
}
