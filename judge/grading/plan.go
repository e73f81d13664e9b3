package grading

import (
	"slices"

	"github.com/gaveloj/gavel/judge/problem"
)

// UnitKind is what a unit of work is.
type UnitKind int

// The kinds.
const (
	TestCase UnitKind = iota
	StaticTest
	Grader
)

// Unit is something to be done for a submission.
type Unit struct {
	Kind UnitKind
	// Name is that of the test case. StaticTests are named after their group, such as "secret/small (static)", and
	// Graders have the name of their group.
	Name string
	// Test is the index into Problem.Tests, for a TestCase.
	Test int
	// Group is what a StaticTest or a Grader belongs to.
	Group *problem.Group
}

// staticSuffix makes the name of a virtual test case, which no file can have.
const staticSuffix = " (static)"

// Plan is how the submissions of a problem are graded. It is not changed by its cursors.
type Plan struct {
	// Units are the test cases and static tests in judging order, and after them the graders.
	Units []Unit
	// Tests is how many of the units are test cases and static tests.
	Tests int
	// Scoring says that there is a score.
	Scoring bool

	problem  *problem.Problem
	allTests bool
	// feedback says that a test case that the team may see all about is run also when it does not count.
	feedback bool
	root     *node
	nodes    []*node // in judging order, parents before their children
}

// node is a group of test cases with the rules that hold in it.
type node struct {
	id     int
	group  *problem.Group
	items  []item
	rules  rules
	units  unitRules // rules, where the group can have units of its own
	custom grader    // rules, where a custom grader decides; else nil
	grader int       // its unit
	// feedback says that the team may see all about a test case of it.
	feedback bool
	// silent groups are not reported.
	silent bool
	// unscored groups have a verdict alone.
	unscored bool
}

// item is one child of a node: a unit, or another node.
type item struct {
	unit int
	node *node // nil for a unit
}

// rules decide a group.
type rules interface {
	// enter says whether the group may be run at all.
	enter(c *Cursor) bool
	// counts says whether a child is looked at when the group is put together.
	counts(child item) bool
	// stops says whether children after this one, which counts, can be left out.
	stops(v value) bool
	// result is the value of the group.
	result(t *tally) (value, *Error)
	// most is what the group can get at most; false when there is no such figure.
	most() (float64, bool)
}

// unitRules are the rules of a group that has units of its own.
type unitRules interface {
	// unit is what the result of a unit of this group is worth. An *Error makes it a JE.
	unit(c *Cursor, u Unit, r Result) (value, *Error)
}

// grader is the rules of a group that a custom grader may decide.
type grader interface {
	// graded is the value of the group where the grader gave r.
	graded(r Result) (value, *Error)
}

// New makes the plan for a problem. With allTests every test case is visited; those that would not have been change
// nothing else.
func New(p *problem.Problem, allTests bool) *Plan {
	plan := &Plan{Scoring: p.Kind.Scoring, problem: p, allTests: allTests}
	b := builder{plan: plan, index: make(map[*problem.Test]int, len(p.Tests))}
	for i, t := range p.Tests {
		b.index[t] = i
	}
	plan.root = b.build(p)
	plan.Tests = len(plan.Units)
	for _, n := range plan.nodes {
		if n.custom != nil {
			n.grader = len(plan.Units)
			plan.Units = append(plan.Units, Unit{Kind: Grader, Name: n.group.Name, Test: -1, Group: n.group})
		}
	}
	return plan
}

// Has says whether there is a unit of that kind.
func (p *Plan) Has(kind UnitKind) bool {
	return slices.ContainsFunc(p.Units, func(u Unit) bool { return u.Kind == kind })
}

// builder makes the nodes of a plan.
type builder struct {
	plan  *Plan
	index map[*problem.Test]int
}

func (b *builder) build(p *problem.Problem) *node {
	root := p.Groups
	if root == nil {
		root = &problem.Group{}
		for _, t := range p.Tests {
			root.Children = append(root.Children, problem.Child{Test: t})
		}
	}
	switch {
	case p.Kind.Scoring && root.Modern != nil:
		return b.modernRoot(root)
	case p.Kind.Scoring && root.Legacy != nil && root.Legacy.DOMjudge:
		return b.domjudge(root, true)
	case root.Legacy != nil && (p.Kind.Scoring || unusual(root)):
		return b.legacy(root, p.Kind.Scoring)
	}
	return b.passFail(root)
}

// node starts the node of a group.
func (b *builder) node(g *problem.Group, r rules) *node {
	n := &node{id: len(b.plan.nodes), group: g, rules: r}
	n.units, _ = r.(unitRules)
	b.plan.nodes = append(b.plan.nodes, n)
	return n
}

// static adds the virtual test case of a group, which goes before the others: it takes no run of the program.
func (b *builder) static(n *node, g *problem.Group) {
	if g.Static != nil {
		n.items = append(n.items, b.unit(Unit{Kind: StaticTest, Name: g.Name + staticSuffix, Test: -1, Group: g}))
	}
}

func (b *builder) test(n *node, t *problem.Test) {
	n.feedback = n.feedback || t.FullFeedback
	n.items = append(n.items, b.unit(Unit{Kind: TestCase, Name: t.Name, Test: b.index[t]}))
}

func (b *builder) unit(u Unit) item {
	b.plan.Units = append(b.plan.Units, u)
	return item{unit: len(b.plan.Units) - 1}
}

// flat adds all test cases of a group and of the directories below it to n, where the directories are no groups.
func (b *builder) flat(n *node, g *problem.Group) {
	b.static(n, g)
	for _, c := range g.Children {
		if c.Test != nil {
			b.test(n, c.Test)
		} else {
			b.flat(n, c.Group)
		}
	}
}
