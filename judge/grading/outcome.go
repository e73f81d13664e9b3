package grading

import (
	"fmt"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Outcome is what a submission got.
type Outcome struct {
	Verdict verdict.Code
	// Unit decided the verdict; -1 when it was no single one.
	Unit int
	// Score is that of a scoring problem.
	Score float64
	// Error is set with verdict JE.
	Error *Error
	// Units are the results of the units that were visited, by unit; those of the others are zero.
	Units []UnitOutcome
	// Groups are the groups of a scoring problem in judging order.
	Groups []GroupOutcome

	groups []int // index into Groups by node, -1 for those that are not there
}

// UnitOutcome is what the rules made of the result of one unit.
type UnitOutcome struct {
	Visited bool
	// Score is what the unit adds to its group; nil where it has none by itself.
	Score *float64
	// Error says that the result breaks a rule of the format, so that its verdict is JE.
	Error *Error
}

// GroupOutcome is what one test group got.
type GroupOutcome struct {
	Name    string
	Verdict verdict.Code // SK when it was not run, or does not count
	Score   *float64     // nil for a group that never has one
	Max     *float64     // nil where it is unbounded
}

func newOutcome(p *Plan) *Outcome {
	o := &Outcome{Verdict: verdict.Accepted, Unit: -1, Units: make([]UnitOutcome, len(p.Units)), groups: make([]int, len(p.nodes))}
	for i, n := range p.nodes {
		o.groups[i] = -1
		if !p.Scoring || n.silent {
			continue
		}
		g := GroupOutcome{Name: n.group.Name, Verdict: verdict.Skipped}
		if !n.unscored {
			g.Score = new(float64)
		}
		if most, ok := n.rules.most(); ok {
			g.Max = &most
		}
		o.groups[i] = len(o.Groups)
		o.Groups = append(o.Groups, g)
	}
	return o
}

// Outcome is what the submission got, once Next has nothing more. A Clone has none.
func (c *Cursor) Outcome() *Outcome { return c.outcome }

// Nothing is the outcome of a submission of which nothing was run, with the verdict that says why.
func (p *Plan) Nothing(v verdict.Code) *Outcome {
	o := newOutcome(p)
	o.Verdict = v
	return o
}

// unit takes the result of a unit in. Nothing is kept by a clone, whose outcome is nil.
func (o *Outcome) unit(unit int, r Result, v value) {
	if o == nil {
		return
	}
	u := &o.Units[unit]
	u.Visited = true
	switch {
	case v.err != nil && r.Verdict != verdict.JudgeError:
		u.Error = v.err
	case v.err == nil && !v.noScore && !v.hidden:
		u.Score = &v.score
	}
}

// group takes the value of a group in.
func (o *Outcome) group(n *node, v value) {
	if o == nil || o.groups[n.id] < 0 {
		return
	}
	g := &o.Groups[o.groups[n.id]]
	g.Verdict = v.verdict
	if g.Score != nil {
		*g.Score = v.score
	}
}

// end takes the value of all in.
func (o *Outcome) end(v value) {
	if o == nil {
		return
	}
	o.Verdict, o.Unit, o.Score, o.Error = v.verdict, v.unit, v.score, v.err
}

func groupError(g *problem.Group, format string, args ...any) *Error {
	name := "group " + g.Name
	if g.Name == "" {
		name = "the group of all test cases"
	}
	return &Error{Class: verdict.ClassProblem, Message: name + " " + fmt.Sprintf(format, args...)}
}

func unitError(u Unit, format string, args ...any) *Error {
	name := "output validator of test " + u.Name
	if u.Kind == StaticTest {
		name = "static validator: test " + u.Name
	}
	return &Error{Class: verdict.ClassChecker, Message: name + ": " + fmt.Sprintf(format, args...)}
}
