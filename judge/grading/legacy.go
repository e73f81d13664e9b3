package grading

import (
	"math"
	"slices"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// The flags of the default grader. Of those that exclude each other, the last one counts.
const (
	flagWorstError   = "worst_error"
	flagFirstError   = "first_error"
	flagAlwaysAccept = "always_accept"
	flagNoErrors     = "no_errors" // another name of always_accept
	flagAcceptIfAny  = "accept_if_any_accepted"
	flagIgnoreSample = "ignore_sample"
)

// unusual says whether a grader flag in the tree accepts a submission that has a test case not accepted.
func unusual(g *problem.Group) bool {
	if g.Legacy == nil {
		return false
	}
	for _, f := range g.Legacy.Flags {
		if f == flagAlwaysAccept || f == flagNoErrors || f == flagAcceptIfAny || f == flagIgnoreSample {
			return true
		}
	}
	return slices.ContainsFunc(g.Children, func(c problem.Child) bool { return c.Group != nil && unusual(c.Group) })
}

// legacy are the rules of testdata.yaml.
type legacy struct {
	group   *problem.Group
	grading *problem.LegacyGrading
	scoring bool
	sample  *node // the samples, when they are to be ignored

	verdicts, scores string // modes of the default grader
	acceptIfAny      bool
}

// legacy makes the node of a group and those below it.
func (b *builder) legacy(g *problem.Group, scoring bool) *node {
	l := &legacy{group: g, grading: g.Legacy, scoring: scoring}
	l.modes()
	n := b.node(g, l)
	if scoring && g.Legacy.Custom {
		n.custom = l
	}
	b.static(n, g)
	for _, c := range g.Children {
		if c.Test != nil {
			b.test(n, c.Test)
			continue
		}
		below := b.legacy(c.Group, scoring)
		n.items = append(n.items, item{node: below})
		if c.Group.Name == sampleDir {
			l.sample = below
		}
	}
	if !slices.Contains(g.Legacy.Flags, flagIgnoreSample) || n.custom != nil || len(n.items) < 2 {
		l.sample = nil
	}
	return n
}

// sampleDir is the group of the samples.
const sampleDir = "sample"

// modes reads the flags. In a pass-fail problem the first error is the verdict, in all formats.
func (l *legacy) modes() {
	l.verdicts = flagWorstError
	for _, f := range l.grading.Flags {
		switch f {
		case flagWorstError, flagFirstError, flagAlwaysAccept:
			l.verdicts = f
		case flagNoErrors:
			l.verdicts = flagAlwaysAccept
		case flagAcceptIfAny:
			l.acceptIfAny = true
		case "sum", "avg", "min", "max":
			l.scores = f
		}
	}
	if !l.scoring && l.verdicts == flagWorstError {
		l.verdicts = flagFirstError
	}
}

func (l *legacy) enter(*Cursor) bool { return true }

func (l *legacy) counts(child item) bool { return child.node == nil || child.node != l.sample }

func (l *legacy) stops(v value) bool { return l.grading.Break && !passes(v.verdict) }

func (l *legacy) most() (float64, bool) {
	return l.grading.Most, !math.IsInf(l.grading.Most, 0)
}

// unit scores a test case: what the validator gave, or the score that the group has for its kind of result.
func (l *legacy) unit(c *Cursor, u Unit, r Result) (value, *Error) {
	v := value{verdict: r.Verdict, noScore: !l.scoring}
	switch {
	case l.scoring && r.Verdict == accepted && r.Score.Kind != verdict.ScoreNone && c.plan.kattis(u) && !c.plan.problem.Scores:
		return v, unitError(u, `it wrote score.txt, but validation in problem.yaml is not "custom score"`)
	case !passes(r.Verdict):
		v.score = l.grading.RejectScore
	case r.Score.Kind == verdict.ScoreNone:
		v.score = l.grading.AcceptScore
	case r.Score.Kind == verdict.ScoreMultiplier:
		v.score = r.Score.Value * l.grading.AcceptScore
	default:
		v.score = r.Score.Value
	}
	return v, nil
}

// result is the default grader. The score of a group that is not accepted is ignored, which makes it 0.
func (l *legacy) result(t *tally) (value, *Error) {
	v := l.verdict(t)
	if !l.scoring {
		v.noScore = true
		return v, nil
	}
	if !passes(v.verdict) || v.assumed {
		return v, nil
	}
	v.score = t.aggregate(l.scores)
	return v, l.inRange(v.score)
}

func (l *legacy) verdict(t *tally) value {
	switch {
	case t.passed == t.seen, l.acceptIfAny && t.passed > 0, l.verdicts == flagAlwaysAccept:
		return t.accepted()
	case l.verdicts == flagFirstError:
		return t.firstError()
	}
	return value{verdict: t.worst.verdict, unit: t.worst.unit, assumed: t.assumed}
}

// graded takes over what a custom grader said.
func (l *legacy) graded(r Result) (value, *Error) {
	v := value{verdict: r.Verdict}
	if !passes(r.Verdict) {
		return v, nil
	}
	v.score = r.Score.Value
	return v, l.inRange(v.score)
}

// inRange finds a score that the package itself says is impossible.
func (l *legacy) inRange(score float64) *Error {
	least, most := l.grading.Least, l.grading.Most
	if above(least, score) || above(score, most) {
		return groupError(l.group, "got the score %s, which is outside of its range %s to %s: correct range, "+
			"accept_score or the grader flags in its testdata.yaml", Number(score), Number(least), Number(most))
	}
	return nil
}

// accepted is short for the verdict that the rules turn on.
const accepted = verdict.Accepted
