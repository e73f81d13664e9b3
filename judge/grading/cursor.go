package grading

import (
	"math"
	"slices"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Cursor goes over the units of a plan in judging order.
type Cursor struct {
	plan     *Plan
	stack    []frame
	passed   []bool // by node: all its test cases were accepted
	seen     scoreKinds
	atGrader bool     // the next unit is the grader of the innermost group
	outcome  *Outcome // nil in clones
}

// scoreKinds are the kinds of score files that were seen: the output validator's and the static validator's.
type scoreKinds struct {
	validator, static struct{ absolute, multiplier bool }
}

// frame is a group whose children are being visited.
type frame struct {
	node  *node
	next  int // child to be visited next
	tally tally
	// closed says that the children that follow do not count, and extra that the whole group does not.
	closed, extra bool
	lines         []Line // for a custom grader
}

// Line is what a custom grader is told of one child.
type Line struct {
	Verdict verdict.Code
	Score   float64
}

// Start returns a cursor at the first unit. It keeps the outcome.
func (p *Plan) Start() *Cursor {
	c := &Cursor{plan: p, passed: make([]bool, len(p.nodes)), outcome: newOutcome(p)}
	c.push(p.root, false)
	c.advance()
	return c
}

// Clone returns a cursor at the same place, which keeps no outcome.
func (c *Cursor) Clone() *Cursor {
	d := *c
	d.stack, d.passed, d.outcome = slices.Clone(c.stack), slices.Clone(c.passed), nil
	for i := range d.stack {
		d.stack[i].lines = slices.Clip(d.stack[i].lines)
	}
	return &d
}

// Next is the unit whose result is wanted; false at the end.
func (c *Cursor) Next() (unit int, ok bool) {
	if len(c.stack) == 0 {
		return 0, false
	}
	f := c.top()
	if c.atGrader {
		return f.node.grader, true
	}
	return f.node.items[f.next].unit, true
}

// GraderInput is what the grader that Next names is told; false when some of it is only assumed.
func (c *Cursor) GraderInput() (lines []Line, known bool) {
	f := c.top()
	return f.lines, !f.tally.assumed
}

// Put gives the result of the unit that Next names, and goes on.
func (c *Cursor) Put(r Result) { c.put(r, false) }

// Assume goes on as if the unit that Next names were accepted.
func (c *Cursor) Assume() { c.put(Result{Verdict: verdict.Accepted}, true) }

func (c *Cursor) put(r Result, assumed bool) {
	f := c.top()
	if c.atGrader {
		c.atGrader = false
		c.leave(c.graded(f, r, assumed))
		c.advance()
		return
	}
	at := f.node.items[f.next]
	f.next++
	if f.closed || f.extra {
		c.outcome.unit(at.unit, r, value{verdict: r.Verdict, noScore: true})
	} else {
		c.count(f, at, c.unit(f, at.unit, r, assumed))
	}
	c.advance()
}

// unit is what the result of a unit is worth to its group.
func (c *Cursor) unit(f *frame, unit int, r Result, assumed bool) value {
	if assumed {
		return value{verdict: verdict.Accepted, unit: -1, assumed: true}
	}
	var v value
	err := &Error{Class: r.Class, Message: r.Message}
	if r.Verdict != verdict.JudgeError {
		v, err = f.node.units.unit(c, c.plan.Units[unit], r)
	}
	if v.unit = unit; err != nil {
		v = value{verdict: verdict.JudgeError, unit: unit, err: err, noScore: true}
	}
	c.outcome.unit(unit, r, v)
	return v
}

// count adds a child to its group.
func (c *Cursor) count(f *frame, child item, v value) {
	if f.closed || f.extra {
		return
	}
	if f.node.custom != nil {
		f.lines = append(f.lines, Line{Verdict: v.verdict, Score: v.score})
	}
	if !f.node.rules.counts(child) {
		return
	}
	f.tally.add(v)
	f.closed = v.verdict == verdict.JudgeError || f.node.rules.stops(v)
}

// advance goes to the next unit, entering and leaving groups on the way.
func (c *Cursor) advance() {
	for len(c.stack) > 0 {
		f := c.top()
		if f.next == len(f.node.items) {
			if c.wantsGrader(f) {
				c.atGrader = true
				return
			}
			c.leave(c.result(f))
			continue
		}
		at, extra := f.node.items[f.next], f.closed || f.extra
		switch {
		case extra && !c.visitsExtra(at):
			f.next++
		case at.node == nil:
			return
		default:
			f.next++
			c.enter(f, at, extra)
		}
	}
}

// visitsExtra says whether a child is visited though it does not count.
func (c *Cursor) visitsExtra(at item) bool {
	if c.plan.allTests {
		return true
	}
	if !c.plan.feedback {
		return false
	}
	if at.node != nil {
		return at.node.feedback
	}
	u := c.plan.Units[at.unit]
	return u.Kind == TestCase && c.plan.problem.Tests[u.Test].FullFeedback
}

// enter goes into a group, unless it requires what did not pass.
func (c *Cursor) enter(f *frame, at item, extra bool) {
	if extra || at.node.rules.enter(c) {
		c.push(at.node, extra)
		return
	}
	c.count(f, at, value{verdict: verdict.Skipped, unit: -1})
	if c.plan.allTests {
		c.push(at.node, true)
	}
}

func (c *Cursor) push(n *node, extra bool) { c.stack = append(c.stack, frame{node: n, extra: extra}) }

func (c *Cursor) top() *frame { return &c.stack[len(c.stack)-1] }

// wantsGrader reports whether a custom grader has to decide the group: not when nothing depends on it.
func (c *Cursor) wantsGrader(f *frame) bool {
	if f.node.custom == nil || f.extra {
		return false
	}
	_, failed := f.tally.error()
	return !failed
}

// leave ends the innermost group with its value.
func (c *Cursor) leave(v value) {
	f := c.top()
	n, extra := f.node, f.extra
	c.stack = c.stack[:len(c.stack)-1]
	if extra {
		return
	}
	c.passed[n.id] = f.tally.passed == f.tally.seen && !f.tally.partial && v.verdict != verdict.JudgeError
	c.outcome.group(n, v)
	if len(c.stack) > 0 {
		c.count(c.top(), item{node: n}, v)
	} else {
		c.outcome.end(v)
	}
}

// result is the value of a group whose children are over.
func (c *Cursor) result(f *frame) value {
	if f.extra {
		return value{}
	}
	if v, failed := f.tally.error(); failed {
		return v
	}
	v, err := f.node.rules.result(&f.tally)
	return checked(f, v, err)
}

// graded is the value of a group that has a custom grader.
func (c *Cursor) graded(f *frame, r Result, assumed bool) value {
	if assumed {
		return value{verdict: verdict.Accepted, unit: -1, assumed: true}
	}
	if r.Verdict == verdict.JudgeError {
		return checked(f, value{}, &Error{Class: r.Class, Message: r.Message})
	}
	v, err := f.node.custom.graded(r)
	v.unit = f.tally.worst.unit
	if f.tally.worst.verdict == "" {
		v.unit = -1
	}
	return checked(f, v, err)
}

// checked makes a judge error of a value that breaks a rule, and of a score that is no number.
func checked(f *frame, v value, err *Error) value {
	if err == nil && !v.assumed && (math.IsInf(v.score, 0) || math.IsNaN(v.score)) {
		err = groupError(f.node.group, "has a score that is too large to be a number")
	}
	if err == nil {
		return v
	}
	return value{verdict: verdict.JudgeError, unit: -1, err: err}
}
