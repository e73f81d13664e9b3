package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// groups reads how points are given, fills secret, and returns the test cases that are in no group.
//
//	points: 100            # of the problem, shared out evenly, or
//	groups:
//	  - {name: small, tests: "0*", points: 30}               # all or nothing
//	  - {name: large, tests: ["1*"], points: 70, scoring: sum, requires: small}
func (r *testlibReader) groups(secret *Group, tests []testFiles) []testFiles {
	points, hasPoints := readPoints(r.m, "points")
	list := r.m.children("groups")
	r.problem.Kind.Scoring = hasPoints || len(list) > 0
	secret.Modern = &ModernGrading{Group: true, Unbounded: true, Aggregation: AggregatePassFail}
	if !r.problem.Kind.Scoring {
		return tests
	}
	total := 0.0
	for _, m := range list {
		var g *Group
		g, tests = r.group(m, secret, tests)
		total += g.Modern.MaxScore
		secret.Children = append(secret.Children, Child{Group: g})
	}
	switch {
	case len(list) == 0:
		total = points
	case hasPoints && points != total:
		r.m.reject("points", fmt.Sprintf("is %v, but the groups have %v together", points, total), "remove it")
	}
	secret.Modern = &ModernGrading{Group: true, MaxScore: total, Aggregation: AggregateSum}
	if len(list) > 0 && len(tests) > 0 {
		r.m.reject("groups", fmt.Sprintf("leaves out the test case %s", tests[0].name), "put it into a group, or among the samples")
	}
	return tests
}

// group reads one group, and returns the test cases that are left for others.
func (r *testlibReader) group(m *mapping, secret *Group, tests []testFiles) (*Group, []testFiles) {
	defer m.done()
	name, _ := m.text("name")
	others := len(secret.Children)
	if !m.issues.spend(others, place{m.file, m.line}) {
		others = 0
	}
	g := &Group{Name: path.Join(secretGroup, name), Modern: &ModernGrading{Group: true, Aggregation: AggregatePassFail}}
	switch {
	case !validName(name):
		requireKey(m, "name", "a name of letters, digits, '_', '.' and '-'")
	case slices.ContainsFunc(secret.Children[:others], func(c Child) bool { return c.Group.Name == g.Name }):
		m.reject("name", fmt.Sprintf("%q is that of another group", name), "rename one")
	}
	points, ok := readPoints(m, "points")
	if !ok && !m.has("points") {
		requireKey(m, "points", "the points of the group")
	}
	g.Modern.MaxScore = points
	readScoring(m, g.Modern)
	g.Modern.RequirePass = readRequired(m, "requires")
	for _, required := range g.Modern.RequirePass {
		if !m.issues.spend(others, m.at("requires")) {
			break
		}
		known := slices.ContainsFunc(secret.Children, func(c Child) bool { return c.Group.Name == required })
		if !known && required != sampleGroup {
			m.reject("requires", fmt.Sprintf("%.60q, which is no group before this one", strings.TrimPrefix(required, secretGroup+"/")),
				"name groups in the order in which they are judged")
		}
	}
	if !m.has("tests") {
		requireKey(m, "tests", "patterns of test cases")
	}
	at := m.at("tests")
	patterns, _ := m.textOrSequence("tests")
	taken, left := splitTests(patterns, tests, at, m.prefix+"tests", r.issues)
	for _, f := range taken {
		g.Children = append(g.Children, Child{Test: r.test(f, g.Name)})
	}
	return g, left
}

// readScoring reads how the scores of a group's test cases become its own.
func readScoring(m *mapping, g *ModernGrading) {
	word, ok := m.text("scoring")
	switch {
	case !ok, word == "all":
		g.Aggregation = AggregatePassFail
	case word == "sum":
		g.Aggregation = AggregateSum
	case word == "min":
		g.Aggregation = AggregateMin
	default:
		m.reject("scoring", fmt.Sprintf("%q is not known", word), "use all (or nothing), sum (of the test cases) or min (of them)")
	}
}

// readPoints reads a score that can be got.
func readPoints(m *mapping, key string) (float64, bool) {
	v, ok := m.number(key)
	if ok && v < 0 {
		m.reject(key, fmt.Sprintf("must be zero or more, not %v", v), "")
		return 0, false
	}
	return v, ok
}

// requireKey says that a key is missing, or holds nothing of use.
func requireKey(m *mapping, key, what string) {
	if m.has(key) {
		m.reject(key, "must be "+what, "")
		return
	}
	m.issues.reject(m.file, m.line, strings.TrimSuffix(m.prefix, ".")+" has no "+key, "give "+what)
}
