package reader

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// groups reads how points are given, fills secret, and returns the test cases that are in no group.
//
//	points: 100            # of the problem, shared out evenly, or
//	groups:
//	  - {name: small, tests: "0*", points: 30}               # all or nothing
//	  - {name: large, tests: ["1*"], points: 70, scoring: sum, requires: small}
func (r *testlibReader) groups(secret *problem.Group, tests []testFiles) []testFiles {
	points, hasPoints := readPoints(r.m, "points")
	list := r.m.Children("groups")
	r.problem.Kind.Scoring = hasPoints || len(list) > 0
	secret.Modern = &problem.ModernGrading{Group: true, Unbounded: true, Aggregation: problem.AggregatePassFail}
	if !r.problem.Kind.Scoring {
		return tests
	}
	total := 0.0
	for _, m := range list {
		var g *problem.Group
		g, tests = r.group(m, secret, tests)
		total += g.Modern.MaxScore
		secret.Children = append(secret.Children, problem.Child{Group: g})
	}
	switch {
	case len(list) == 0:
		total = points
	case hasPoints && points != total:
		r.m.Reject("points", fmt.Sprintf("is %v, but the groups have %v together", points, total), "remove it")
	}
	secret.Modern = &problem.ModernGrading{Group: true, MaxScore: total, Aggregation: problem.AggregateSum}
	if len(list) > 0 && len(tests) > 0 {
		r.m.Reject("groups", fmt.Sprintf("leaves out the test case %s", tests[0].name), "put it into a group, or among the samples")
	}
	return tests
}

// group reads one group, and returns the test cases that are left for others.
func (r *testlibReader) group(m *yamlmap.Map, secret *problem.Group, tests []testFiles) (*problem.Group, []testFiles) {
	defer m.Done()
	name, _ := m.Text("name")
	others := len(secret.Children)
	if !m.Issues.Spend(others, issue.Place{File: m.File, Line: m.Line}) {
		others = 0
	}
	g := &problem.Group{Name: path.Join(secretGroup, name), Modern: &problem.ModernGrading{Group: true, Aggregation: problem.AggregatePassFail}}
	switch {
	case !tree.ValidName(name):
		requireKey(m, "name", "a name of letters, digits, '_', '.' and '-'")
	case slices.ContainsFunc(secret.Children[:others], func(c problem.Child) bool { return c.Group.Name == g.Name }):
		m.Reject("name", fmt.Sprintf("%q is that of another group", name), "rename one")
	}
	points, ok := readPoints(m, "points")
	if !ok && !m.Has("points") {
		requireKey(m, "points", "the points of the group")
	}
	g.Modern.MaxScore = points
	readScoring(m, g.Modern)
	g.Modern.RequirePass = readRequired(m, "requires")
	for _, required := range g.Modern.RequirePass {
		if !m.Issues.Spend(others, m.At("requires")) {
			break
		}
		known := slices.ContainsFunc(secret.Children, func(c problem.Child) bool { return c.Group.Name == required })
		if !known && required != sampleGroup {
			m.Reject("requires", fmt.Sprintf("%.60q, which is no group before this one", strings.TrimPrefix(required, secretGroup+"/")),
				"name groups in the order in which they are judged")
		}
	}
	if !m.Has("tests") {
		requireKey(m, "tests", "patterns of test cases")
	}
	at := m.At("tests")
	patterns, _ := m.TextOrSequence("tests")
	taken, left := splitTests(patterns, tests, at, m.Prefix+"tests", r.issues)
	for _, f := range taken {
		g.Children = append(g.Children, problem.Child{Test: r.test(f, g.Name)})
	}
	return g, left
}

// readScoring reads how the scores of a group's test cases become its own.
func readScoring(m *yamlmap.Map, g *problem.ModernGrading) {
	word, ok := m.Text("scoring")
	switch {
	case !ok, word == "all":
		g.Aggregation = problem.AggregatePassFail
	case word == "sum":
		g.Aggregation = problem.AggregateSum
	case word == "min":
		g.Aggregation = problem.AggregateMin
	default:
		m.Reject("scoring", fmt.Sprintf("%q is not known", word), "use all (or nothing), sum (of the test cases) or min (of them)")
	}
}

// readPoints reads a score that can be got.
func readPoints(m *yamlmap.Map, key string) (float64, bool) {
	v, ok := m.Number(key)
	if ok && v < 0 {
		m.Reject(key, fmt.Sprintf("must be zero or more, not %v", v), "")
		return 0, false
	}
	return v, ok
}

// requireKey says that a key is missing, or holds nothing of use.
func requireKey(m *yamlmap.Map, key, what string) {
	if m.Has(key) {
		m.Reject(key, "must be "+what, "")
		return
	}
	m.Issues.Reject(m.File, m.Line, strings.TrimSuffix(m.Prefix, ".")+" has no "+key, "give "+what)
}
