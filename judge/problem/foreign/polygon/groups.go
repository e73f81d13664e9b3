package polygon

import (
	"fmt"
	"slices"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// The groups of Polygon give points for all their tests together, or for each test apart.
const (
	completeGroup = "complete-group"
	eachTest      = "each-test"
)

// group is a group of tests. Tests that are in none are one without a name.
type group struct {
	name      string
	number    int      // from 1
	declared  *element // nil where only tests name the group
	points    float64  // that the group itself names
	tests     []test
	requires  []string // names of groups of Polygon
	parts     []string // names of the groups of gavel.yaml that it becomes
	asSamples bool     // it is nothing but samples, and they give no points
}

// grouping makes groups of gavel.yaml.
type grouping struct {
	*reader
	set    *element
	tests  []test
	groups []*group // in the order of their first tests
	byName map[string]*group
	taken  map[string]bool // names of groups of gavel.yaml
	named  int             // groups that others require, altogether
}

// maxRequired bounds grouping.named.
const maxRequired = 1_000_000

func newGrouping(r *reader, set *element, tests []test) *grouping {
	g := &grouping{reader: r, set: set, tests: tests, byName: make(map[string]*group), taken: make(map[string]bool)}
	for _, t := range tests {
		of := g.byName[t.group]
		if of == nil {
			of = &group{name: t.group, number: len(g.groups) + 1}
			g.byName[t.group] = of
			g.groups = append(g.groups, of)
		}
		of.tests = append(of.tests, t)
	}
	for _, e := range set.child("groups").all("group") {
		e.known(r.report, "name points points-policy feedback-policy", "dependencies")
		of := g.byName[e.attr("name")]
		if of == nil {
			r.report.Warn(File, e.line, fmt.Sprintf("group %.60q has no tests, and is ignored", e.attr("name")), "")
			continue
		}
		of.declared = e
		if text := e.attr("points"); text != "" {
			of.points, _ = number(r.report, e.line, "points", text)
		}
		seen := make(map[string]bool)
		for _, d := range e.child("dependencies").all("dependency") {
			if name := d.attr("group"); !seen[name] {
				seen[name] = true
				of.requires = append(of.requires, name)
			}
		}
	}
	return g
}

// scoring reports whether anything gives points.
func (g *grouping) scoring() bool {
	return slices.ContainsFunc(g.groups, func(of *group) bool {
		return of.points > 0 || slices.ContainsFunc(of.tests, func(t test) bool { return t.points > 0 })
	})
}

// apply puts samples and groups into the settings.
func (g *grouping) apply() {
	s := &g.settings
	if !g.scoring() {
		s.Samples = samples(g.tests)
		return
	}
	for _, of := range g.groups {
		of.asSamples = g.points(of) == 0 && !slices.ContainsFunc(of.tests, func(t test) bool { return !t.sample })
		if of.asSamples {
			s.Samples = append(s.Samples, samples(of.tests)...)
		}
	}
	for _, of := range g.inOrder() {
		if !of.asSamples {
			g.add(of)
		}
	}
}

// samples are the names of the tests that are shown.
func samples(tests []test) []string {
	var names []string
	for _, t := range tests {
		if t.sample {
			names = append(names, t.name)
		}
	}
	return names
}

// points is what a group gives altogether.
func (g *grouping) points(of *group) float64 {
	if of.points > 0 && g.policy(of) == completeGroup {
		return of.points
	}
	sum := 0.0
	for _, t := range of.tests {
		sum += t.points
	}
	return sum
}

// policy says how the group gives points.
func (g *grouping) policy(of *group) string {
	if of.declared.attr("points-policy") == completeGroup {
		return completeGroup
	}
	return eachTest
}

// inOrder puts groups behind those that they depend on. Each is otherwise where its first test is.
func (g *grouping) inOrder() []*group {
	var ordered []*group
	state := make(map[*group]int) // 1 while it is looked at, 2 when it is in its place
	var place func(of *group)
	place = func(of *group) {
		if state[of] == 2 {
			return
		}
		if state[of] == 1 {
			g.reject(of.declared.at(), fmt.Sprintf("group %.60q depends on itself", of.name), "")
			return
		}
		state[of] = 1
		for _, name := range of.requires {
			if other := g.byName[name]; other != nil {
				place(other)
			} else {
				g.reject(of.declared.at(), fmt.Sprintf("group %.60q depends on %.60q, which has no tests", of.name, name), "")
			}
		}
		state[of] = 2
		ordered = append(ordered, of)
	}
	for _, of := range g.groups {
		place(of)
	}
	return ordered
}

// add makes the groups of gavel.yaml that a group becomes: one, or as many as there are runs of tests of the same points.
func (g *grouping) add(of *group) {
	var requires []string
	for _, name := range of.requires {
		other := g.byName[name]
		switch {
		case other == nil:
		case other.asSamples:
			requires = append(requires, "sample")
		default:
			requires = append(requires, other.parts...)
		}
	}
	if g.named += len(requires); g.named > maxRequired {
		g.reject(g.set.line, "groups depend on too many others altogether", "")
		return
	}
	if of.declared != nil && of.declared.attr("points-policy") != completeGroup && of.declared.attr("points-policy") != eachTest {
		g.report.Warn(File, of.declared.line, fmt.Sprintf("points-policy %.40q of group %.60q is not known: each test gives its points",
			of.declared.attr("points-policy"), of.name), "")
	}
	if g.policy(of) == completeGroup {
		g.append(of, foreign.Group{Points: g.points(of), Tests: names(of.tests), Scoring: "all", Requires: requires}, "")
		return
	}
	var runs [][]test
	for _, t := range of.tests {
		if n := len(runs); n > 0 && runs[n-1][0].points == t.points {
			runs[n-1] = append(runs[n-1], t)
			continue
		}
		runs = append(runs, []test{t})
	}
	for i, run := range runs {
		suffix := ""
		if len(runs) > 1 {
			suffix = fmt.Sprintf("-%d", i+1)
		}
		g.append(of, foreign.Group{
			Points: run[0].points * float64(len(run)), Tests: names(run), Scoring: "sum", Requires: requires,
		}, suffix)
	}
}

// append adds a group under a name that gavel.yaml takes.
func (g *grouping) append(of *group, as foreign.Group, suffix string) {
	as.Name = of.name + suffix
	if !foreign.IsName(of.name) {
		as.Name = fmt.Sprintf("group%d%s", of.number, suffix)
	}
	for g.taken[as.Name] {
		as.Name += "_"
	}
	g.taken[as.Name] = true
	of.parts = append(of.parts, as.Name)
	g.settings.Groups = append(g.settings.Groups, as)
}

func names(tests []test) []string {
	list := make([]string, len(tests))
	for i, t := range tests {
		list[i] = t.name
	}
	return list
}
