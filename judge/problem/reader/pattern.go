package reader

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// testPattern says how the files of test cases are called: each has one "*", which stands for the name of the test
// case.
type testPattern struct {
	input, answer string
	names         []string // of the test cases in judging order, where the package lists them; nil for all that are there
}

// usualPatterns are tried in this order when a package does not say how its test cases are called.
func usualPatterns() []testPattern {
	usual := []struct{ input, answer string }{
		{"*.in", "*.out"},
		{"*.in", "*.ans"},
		{"*.in", "*.a"},
		{"*.in", "*.sol"},
		{"*.inp", "*.out"},
		{"*.dat", "*.ans"},
		{"*", "*.a"},
		{"*", "*.ans"},
		{"*", "*.out"},
		{"input*.txt", "output*.txt"},
		{"input*", "output*"},
		{"input.*", "output.*"},
		{"in.*", "out.*"},
		{"in*.txt", "out*.txt"},
		{"in*", "out*"},
	}
	patterns := make([]testPattern, len(usual))
	for i, p := range usual {
		patterns[i] = testPattern{input: path.Join(tree.TestsDir, p.input), answer: path.Join(tree.TestsDir, p.answer)}
	}
	return patterns
}

// readPattern reads how the test cases are called, or finds it out.
func readPattern(t *source, m *yamlmap.Map, issues *issue.Findings) (testPattern, bool) {
	if !m.Has("tests") {
		m.Take("tests")
		return t.detectPattern(issues)
	}
	c := m.Child("tests")
	input, hasInput := c.Text("input")
	answer, hasAnswer := c.Text("answer")
	var names []string
	if c.Has("names") {
		names, _ = c.TextOrSequence("names")
	}
	c.Done()
	sound := true
	for _, key := range []string{"input", "answer"} {
		if c.Has(key) && strings.Count(c.Nodes[key].Value, "*") != 1 {
			c.Reject(key, fmt.Sprintf("%.60q has not one \"*\", which stands for the name of the test case", c.Nodes[key].Value),
				"write such as tests/*.in")
			sound = false
		}
	}
	if !sound {
		return testPattern{}, false
	}
	if !hasInput || !hasAnswer {
		m.Reject("tests", "needs both input and answer", "write such as {input: tests/*.in, answer: tests/*.out}")
		return testPattern{}, false
	}
	return testPattern{path.Clean(input), path.Clean(answer), names}, true
}

// detectPattern takes the first of the usual patterns by which there is an answer for every input.
func (t *source) detectPattern(issues *issue.Findings) (testPattern, bool) {
	for _, p := range usualPatterns() {
		if found, complete := t.match(p); len(found) > 0 && complete {
			return p, true
		}
	}
	issues.Reject(tree.TestsDir, 0, "holds no inputs with an answer each, by any of the usual names",
		"say in "+tree.SettingsFile+" how they are called, such as \"tests: {input: tests/*.in, answer: tests/*.out}\"")
	return testPattern{}, false
}

// testFiles are the files of one test case; answer is nil when it is missing.
type testFiles struct {
	name          string
	input, answer *tree.Entry
}

// match finds the test cases by a pattern, in natural order of their names, and says whether each has an answer. A file
// that is the answer of another is no input.
func (t *source) match(p testPattern) ([]testFiles, bool) {
	var found []testFiles
	answers := make(map[string]bool)
	for _, e := range t.Files(patternDir(p.input)) {
		name, ok := cutPattern(p.input, e.Path)
		if !ok {
			continue
		}
		f := testFiles{name: name, input: e, answer: t.File(strings.Replace(p.answer, "*", name, 1))}
		if f.answer != nil {
			answers[f.answer.Path] = true
		}
		found = append(found, f)
	}
	found = slices.DeleteFunc(found, func(f testFiles) bool { return answers[f.input.Path] && f.answer != f.input })
	slices.SortFunc(found, func(a, b testFiles) int { return naturalOrder(a.name, b.name) })
	complete := !slices.ContainsFunc(found, func(f testFiles) bool { return f.answer == nil || f.answer == f.input })
	return found, complete
}

// patternDir is the directory that all files of a pattern are below.
func patternDir(pattern string) string {
	before, _, _ := strings.Cut(pattern, "*")
	return path.Dir(before + "x")
}

// cutPattern returns what the "*" of a pattern stands for; it does not cross directories.
func cutPattern(pattern, name string) (string, bool) {
	before, after, _ := strings.Cut(pattern, "*")
	rest, ok := strings.CutPrefix(name, before)
	if !ok {
		return "", false
	}
	middle, ok := strings.CutSuffix(rest, after)
	return middle, ok && middle != "" && !strings.Contains(middle, "/")
}

// naturalOrder compares names so that 2 comes before 10.
func naturalOrder(a, b string) int {
	for i, j := 0, 0; ; {
		if i == len(a) || j == len(b) {
			if c := cmp.Compare(len(a)-i, len(b)-j); c != 0 {
				return c
			}
			return strings.Compare(a, b)
		}
		if digit(a[i]) && digit(b[j]) {
			x, y := digits(a[i:]), digits(b[j:])
			if c := compareDigits(x, y); c != 0 {
				return c
			}
			i, j = i+len(x), j+len(y)
			continue
		}
		if a[i] != b[j] {
			return cmp.Compare(a[i], b[j])
		}
		i, j = i+1, j+1
	}
}

func digit(b byte) bool { return b-'0' <= 9 }

// digits is the run of digits that s begins with.
func digits(s string) string {
	for i := range len(s) {
		if !digit(s[i]) {
			return s[:i]
		}
	}
	return s
}

// compareDigits compares whole numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
