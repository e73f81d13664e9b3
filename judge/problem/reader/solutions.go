package reader

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/examples"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
	"github.com/gaveloj/gavel/judge/verdict"
)

// readSolutions reads what the solutions of a testlib-style package must get: a map from the path of each, which may be
// a pattern, to verdicts. A solution named in full is looked at before patterns.
//
//	solutions:
//	  solutions/main.cpp: AC
//	  "solutions/wrong*": [WA, RTE]
//	  solutions/slow.py: {verdict: PAC, score: 40}
//	  solutions/old.dpr: {verdict: AC, language: pascal}
func (r *testlibReader) readSolutions() []problem.Submission {
	m := r.m.Child("solutions")
	var all []problem.Submission
	named := make(map[string]string) // by path, the key that names it
	keys := m.Unread()
	slices.SortStableFunc(keys, func(a, b string) int { return boolOrder(isPattern(a), isPattern(b)) })
	for _, key := range keys {
		said := readSolution(m, key)
		found := r.solutionsAt(m, key)
		for _, e := range found {
			other, taken := named[e.Path]
			switch {
			case taken && isPattern(other):
				m.Reject(key, fmt.Sprintf("names %s, which %s names too", e.Path, other), "name it once, or in full")
			case !taken:
				named[e.Path] = key
				all = append(all, r.solution(e, said))
			}
		}
	}
	m.Done()
	return all
}

func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// boolOrder puts false before true.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// solutionsAt lists the files and directories that a key names.
func (r *testlibReader) solutionsAt(m *yamlmap.Map, key string) []*tree.Entry {
	if !isPattern(key) {
		if e := r.tree.Entries[path.Clean(key)]; e != nil {
			return []*tree.Entry{e}
		}
		m.Reject(key, "is not there", "give the path of a source file below the package")
		return nil
	}
	if _, err := path.Match(key, ""); err != nil {
		m.Reject(key, "is a broken pattern", "use *, ? and [a-z]")
		return nil
	}
	if !r.issues.Spend(len(r.tree.Entries), m.At(key)) {
		return nil
	}
	var found []*tree.Entry
	pattern := path.Clean(key)
	for name, e := range r.tree.Entries {
		if matchesShort(pattern, name) && r.tree.hasSource(e) {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		m.Reject(key, "matches no source file", "correct it")
	}
	slices.SortFunc(found, func(a, b *tree.Entry) int { return strings.Compare(a.Path, b.Path) })
	return found
}

// solution is the program in a file or a directory.
func (r *testlibReader) solution(e *tree.Entry, said solutionSetting) problem.Submission {
	s := problem.Submission{Program: problem.Program{Path: e.Path}, Expected: said.expected, Model: said.model}
	if e.Dir {
		s.Files = r.tree.ProgramFiles(e.Path)
	} else {
		s.Files = []tree.File{r.tree.AsFile(e, e.Base())}
	}
	r.tree.detect(&s.Program)
	s.Language = cmp.Or(said.language, s.Language)
	return s
}

// solutionSetting is what gavel.yaml says of a solution.
type solutionSetting struct {
	expected problem.Expectation
	language string // the format's code; "" leaves it to the names of the files
	model    bool
}

// readSolution reads one verdict, a list of which one must come, or a map of both, the score and the language.
func readSolution(m *yamlmap.Map, key string) solutionSetting {
	words, within := []string(nil), m
	if node := m.Nodes[key]; node.Kind == yaml.MappingNode {
		c := m.Child(key)
		defer c.Done()
		words, _ = c.TextOrSequence("verdict")
		within, key = c, "verdict"
	} else {
		words, _ = m.TextOrSequence(key)
	}
	var codes []verdict.Code
	for _, word := range words {
		known := solutionVerdicts(word)
		if len(known) == 0 {
			within.Reject(key, fmt.Sprintf("has the verdict %.40q, which is not known", word), "use AC, PAC, WA, TLE, MLE, OLE, RTE or CE")
		}
		codes = append(codes, known...)
	}
	s := solutionSetting{expected: examples.Finally(m.File+" solutions", codes...)}
	s.model = slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "main") })
	if within == m {
		return s
	}
	if score, ok := within.Number("score"); ok {
		s.expected.Score = &problem.ScoreRange{Least: score, Most: score}
	}
	if s.language, _ = within.Text("language"); s.language != "" && !knownLanguage(s.language) {
		within.Reject("language", fmt.Sprintf("%.40q is no language of the package formats", s.language), "use a code such as cpp or python3")
	}
	return s
}

// solutionVerdicts maps a code of ours, a result of DOMjudge or a tag of Polygon.
func solutionVerdicts(word string) []verdict.Code {
	switch name := strings.ReplaceAll(strings.ToUpper(word), "_", "-"); name {
	case "PAC", "PARTIALLY-ACCEPTED", "PARTIAL":
		return []verdict.Code{verdict.PartiallyAccepted}
	case "MAIN":
		return []verdict.Code{verdict.Accepted}
	case "PE", "PRESENTATION-ERROR":
		return []verdict.Code{verdict.WrongAnswer}
	case "REJECTED":
		return examples.DirectoryVerdicts("rejected")
	default:
		return examples.ResultVerdicts(name)
	}
}

// hasSource says whether a file, or one in a directory, is in a known language.
func (t *source) hasSource(e *tree.Entry) bool {
	return slices.ContainsFunc(t.Files(e.Path), func(f *tree.Entry) bool { return problem.LanguageOf(f.Base()) != "" })
}
