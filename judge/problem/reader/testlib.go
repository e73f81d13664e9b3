package reader

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/examples"
	"github.com/gaveloj/gavel/judge/problem/glob"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
	"github.com/gaveloj/gavel/sandbox"
)

// defaultTestlibMemory is the memory limit where a testlib-style package gives none; Polygon has the same.
const defaultTestlibMemory = 256 * sandbox.MiB

// testlibKeys are the keys of gavel.yaml that describe a package which has no problem.yaml.
func testlibKeys() []string {
	return []string{
		"name", "time_limit", "memory_limit", "output_limit", "tests", "samples", "validator", "points", "groups", "solutions",
		"languages", "include",
	}
}

// testlibReader reads a package of the style that grew around testlib: tests, a checker, maybe an interactor and a
// validator of inputs, and gavel.yaml, which says what is what.
type testlibReader struct {
	tree     *source
	m        *yamlmap.Map
	issues   *issue.Findings
	settings settings
	problem  *problem.Problem
}

// assembleTestlib builds the problem of a package that has gavel.yaml alone.
func assembleTestlib(t *source, name string, s settings, issues *issue.Findings) *problem.Problem {
	r := testlibReader{tree: t, m: s.mapping, issues: issues, settings: s}
	r.problem = &problem.Problem{
		Name: name, Title: name, Format: problem.Testlib, Scores: true, Include: make(map[string][]tree.File), AllowFileWriting: true, Tree: t.Tree,
	}
	p := r.problem
	if title, ok := r.m.Text("name"); ok {
		p.Title = title
	}
	r.limits()
	p.Languages = readLanguages(r.m)
	r.include()
	r.findChecker()
	r.settings.apply(p, t, issues)
	r.inputValidators()
	r.tests()
	p.Tests = p.Groups.AllTests()
	if !slices.ContainsFunc(p.Tests, func(t *problem.Test) bool { return !t.Sample }) && len(p.Tests) > 0 && !s.samplesOnly {
		p.SamplesOnly = true
		issues.Warn(r.m.File, 0, "has samples only, by which nothing is judged but examples",
			"leave some of the tests out of samples, or write \"samples_only: true\"")
	}
	solutions := r.readSolutions()
	examples.Read(p, false, issues)
	p.Examples = append(p.Examples, solutions...)
	r.m.Done()
	return p
}

// limits reads the limits that such packages have; the others are those of the legacy format.
func (r *testlibReader) limits() {
	l := problem.DefaultLimits(problem.Legacy)
	l.Memory = defaultTestlibMemory
	if readDuration(r.m, "time_limit", &l.Time) {
		l.TimeSource = problem.TimeSettings
	}
	readSize(r.m, "memory_limit", sandbox.MiB, &l.Memory)
	readSize(r.m, "output_limit", sandbox.MiB, &l.Output)
	r.problem.Limits = l
}

// findChecker looks for a checker by its usual names when gavel.yaml names none. What is called check.cpp in such a
// package speaks the protocol of testlib.
func (r *testlibReader) findChecker() {
	if r.settings.checker != nil || r.settings.interactor != nil {
		return
	}
	for _, name := range []string{"check.cpp", "checker.cpp"} {
		if r.tree.File(name) != nil {
			r.settings.checker = &checkerSetting{at: issue.Place{File: r.m.File}, path: name, protocol: checker.Testlib}
			return
		}
	}
}

// inputValidators reads the programs that look at the inputs.
func (r *testlibReader) inputValidators() {
	at := r.m.At("validator")
	files, _ := r.m.TextOrSequence("validator")
	for _, file := range files {
		if v := r.tree.program(file, at, r.issues); v != nil {
			v.Protocol = checker.Testlib
			r.problem.InputValidators = append(r.problem.InputValidators, v)
		}
	}
}

// include reads the files that are added to submissions: a map from the code of a language, or default for all, to their
// paths. Each is added under the last element of its path.
func (r *testlibReader) include() {
	m := r.m.Child("include")
	for _, code := range m.Unread() {
		files, _ := m.TextOrSequence(code)
		if !knownLanguage(code) && code != includeForAll {
			m.Reject(code, "is no language of the package formats", "use a code such as cpp or python3, or default for all languages")
			continue
		}
		for _, file := range files {
			e := r.tree.File(path.Clean(file))
			if e == nil {
				m.Reject(code, fmt.Sprintf("names %.80q, which is not there", file), "give the path of a file below the package")
				continue
			}
			r.problem.Include[code] = append(r.problem.Include[code], r.tree.AsFile(e, e.Base()))
		}
	}
	m.Done()
}

// tests reads the test cases into data/sample and data/secret of our own tree, by the rules of 2025-09, which can say
// all that such packages mean.
func (r *testlibReader) tests() {
	sample := &problem.Group{Name: sampleGroup, Modern: &problem.ModernGrading{Group: true, Unbounded: true, Aggregation: problem.AggregatePassFail}}
	secret := &problem.Group{Name: secretGroup}
	r.problem.Groups = &problem.Group{Modern: &problem.ModernGrading{}}
	defer func() {
		if len(sample.Children) > 0 {
			r.problem.Groups.Children = append(r.problem.Groups.Children, problem.Child{Group: sample})
		}
		r.problem.Groups.Children = append(r.problem.Groups.Children, problem.Child{Group: secret})
	}()
	found := r.findTests()
	samples, rest := r.split("samples", found)
	for _, f := range samples {
		sample.Children = append(sample.Children, problem.Child{Test: r.test(f, sampleGroup)})
	}
	rest = r.groups(secret, rest)
	for _, f := range rest {
		secret.Children = append(secret.Children, problem.Child{Test: r.test(f, secretGroup)})
	}
}

// findTests lists the test cases, and says what is missing of them.
func (r *testlibReader) findTests() []testFiles {
	pattern, ok := readPattern(r.tree, r.m, r.issues)
	if !ok {
		return nil
	}
	found := r.namedTests(pattern)
	if pattern.names == nil {
		found, _ = r.tree.match(pattern)
	}
	if len(found) == 0 && pattern.names == nil {
		r.m.Reject("tests", fmt.Sprintf("finds no file %s", pattern.input), "correct it")
	}
	for _, f := range found {
		if f.answer == nil || f.answer == f.input {
			r.issues.RejectPart(f.input.Path, 0, "input without an answer", "add "+strings.Replace(pattern.answer, "*", f.name, 1))
		}
	}
	return slices.DeleteFunc(found, func(f testFiles) bool { return f.answer == nil || f.answer == f.input })
}

// namedTests are the test cases that the package lists, in that order.
func (r *testlibReader) namedTests(p testPattern) []testFiles {
	var found []testFiles
	seen := make(map[string]bool)
	for _, name := range p.names {
		f := testFiles{name: name, input: r.tree.File(strings.Replace(p.input, "*", name, 1)), answer: r.tree.File(strings.Replace(p.answer, "*", name, 1))}
		switch {
		case !tree.ValidName(name):
			r.m.Reject("tests", fmt.Sprintf("has the name %.60q", name), "use letters, digits, '_', '.' and '-'")
		case seen[name]:
			r.m.Reject("tests", fmt.Sprintf("names %.60q twice", name), "remove one")
		case f.input == nil:
			r.issues.Reject(strings.Replace(p.input, "*", name, 1), 0, "is not there, and is to be the input of a test case", "add it")
		default:
			found = append(found, f)
		}
		seen[name] = true
	}
	return found
}

// split takes out the test cases that the patterns below a key name.
func (r *testlibReader) split(key string, from []testFiles) (taken, left []testFiles) {
	at := r.m.At(key)
	patterns, _ := r.m.TextOrSequence(key)
	return splitTests(patterns, from, at, r.m.Prefix+key, r.issues)
}

// matchesShort is path.Match for patterns of a length that no real one exceeds, so that one comparison is bounded.
func matchesShort(pattern, name string) bool {
	if len(pattern) > glob.MaxLength {
		return false
	}
	ok, _ := path.Match(pattern, name) // whoever has the pattern checks it
	return ok
}

// splitTests takes out the test cases whose names match one of the patterns. A pattern that matches none is wrong.
func splitTests(patterns []string, from []testFiles, at issue.Place, key string, issues *issue.Findings) (taken, left []testFiles) {
	whole := make(map[string]int) // by name, the place of a pattern that is no more than a name
	var others []int
	for i, p := range patterns {
		if _, twice := whole[p]; isPattern(p) || twice {
			others = append(others, i)
			continue
		}
		whole[p] = i
	}
	if !issues.Spend(len(patterns)+len(from)+len(others)*len(from), at) {
		return nil, from
	}
	used := make([]bool, len(patterns))
	for _, f := range from {
		i, ok := whole[f.name]
		if !ok {
			j := slices.IndexFunc(others, func(j int) bool { return matchesShort(patterns[j], f.name) })
			if j < 0 {
				left = append(left, f)
				continue
			}
			i = others[j]
		}
		used[i] = true
		taken = append(taken, f)
	}
	for i, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			issues.Reject(at.File, at.Line, fmt.Sprintf("%s has the broken pattern %.60q", key, p), "use *, ? and [a-z]")
		} else if !used[i] && len(from) > 0 {
			issues.Reject(at.File, at.Line, fmt.Sprintf("%s has %.60q, which is the name of no test case left", key, p),
				"name test cases without directory and extension")
		}
	}
	return taken, left
}

// test makes the test case of two files in a group.
func (r *testlibReader) test(f testFiles, group string) *problem.Test {
	t := &problem.Test{
		Name: path.Join(group, f.name), Input: r.tree.OnDisk(f.input.Path), Answer: r.tree.OnDisk(f.answer.Path),
		Sample: group == sampleGroup, FullFeedback: group == sampleGroup,
	}
	c := r.settings.checker
	switch {
	case c != nil && c.path != "":
		t.ValidatorArgs = c.args
	case c != nil:
		t.Comparer = c.comparer
	case r.problem.Kind.Interactive:
	default:
		t.Comparer = checker.Options{}
	}
	if i := r.settings.interactor; i != nil && i.protocol == checker.Kattis {
		t.ValidatorArgs = i.args
	}
	return t
}
