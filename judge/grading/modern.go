package grading

import (
	"slices"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// modernRoot puts data/sample and data/secret together: the score is that of secret.
type modernRoot struct{ sample *node }

// modern are the rules of test_group.yaml in 2025-09 for data/sample, data/secret, and a group below secret.
type modern struct {
	group    *problem.Group
	grading  *problem.ModernGrading
	sample   bool
	tests    int   // test cases, without the static one
	requires []int // nodes
}

// modernRoot makes the node of the directory data.
func (b *builder) modernRoot(root *problem.Group) *node {
	b.plan.feedback = true
	rules := &modernRoot{}
	n := b.node(root, rules)
	n.silent = true
	for _, c := range root.Children {
		if c.Group == nil {
			continue // data itself holds no test cases
		}
		below := b.modern(c.Group)
		if c.Group.Name == sampleDir {
			rules.sample = below
		}
		n.items = append(n.items, item{node: below})
		n.feedback = n.feedback || below.feedback
	}
	return n
}

// modern makes the node of a test group and those below it.
func (b *builder) modern(g *problem.Group) *node {
	m := &modern{group: g, grading: g.Modern, sample: g.Name == sampleDir}
	for _, before := range b.plan.nodes {
		if slices.Contains(g.Modern.RequirePass, before.group.Name) {
			m.requires = append(m.requires, before.id)
		}
	}
	n := b.node(g, m)
	n.unscored = m.sample
	b.modernItems(n, m, g)
	return n
}

// modernItems adds what is in a directory; directories that are no groups are seen through.
func (b *builder) modernItems(n *node, m *modern, g *problem.Group) {
	b.static(n, g)
	for _, c := range g.Children {
		switch {
		case c.Test != nil:
			m.tests++
			b.test(n, c.Test)
		case c.Group.Modern != nil && c.Group.Modern.Group:
			below := b.modern(c.Group)
			n.items = append(n.items, item{node: below})
			n.feedback = n.feedback || below.feedback
		default:
			b.modernItems(n, m, c.Group)
		}
	}
}

func (*modernRoot) enter(*Cursor) bool    { return true }
func (*modernRoot) counts(item) bool      { return true }
func (*modernRoot) stops(value) bool      { return false }
func (*modernRoot) most() (float64, bool) { return 0, false }

// result has the score of secret, the only child that has one.
func (*modernRoot) result(t *tally) (value, *Error) {
	v := t.firstError()
	v.score = t.sum
	return v, nil
}

// enter says whether all that is required was accepted.
func (m *modern) enter(c *Cursor) bool {
	return !slices.ContainsFunc(m.requires, func(id int) bool { return !c.passed[id] })
}

func (m *modern) counts(item) bool { return true }

// stops says whether nothing after v can change the score: sums alone need all of their parts.
func (m *modern) stops(v value) bool {
	switch m.grading.Aggregation {
	case problem.AggregateSum:
		return false
	case problem.AggregateMin:
		return !m.sample && !v.assumed && v.score == 0
	case problem.AggregatePassFail:
	}
	return v.verdict != accepted
}

func (m *modern) most() (float64, bool) {
	return m.grading.MaxScore, !m.grading.Unbounded && !m.sample
}

// passFail says whether test cases of the group are accepted or not, with nothing between.
func (m *modern) passFail() bool { return m.grading.Aggregation == problem.AggregatePassFail }

// unit scores a test case.
func (m *modern) unit(c *Cursor, u Unit, r Result) (value, *Error) {
	v := value{verdict: r.Verdict, noScore: m.sample || m.passFail()}
	if m.sample {
		return v, nil // what a validator says there is ignored
	}
	if err := m.misplaced(c, u, r); err != nil {
		return v, err
	}
	if v.noScore || !passes(r.Verdict) {
		return v, nil
	}
	var err *Error
	if v.score, err = m.score(c, u, r.Score); err != nil {
		return v, err
	}
	if most, bounded := m.caseMost(u); bounded && v.score >= most && !c.plan.kattis(u) {
		v.verdict = accepted // a checker that gives points does not know that these are all
	}
	return v, nil
}

// misplaced finds a score file where the format allows none.
func (m *modern) misplaced(c *Cursor, u Unit, r Result) *Error {
	if !c.plan.kattis(u) {
		return nil // other protocols have no score files
	}
	seen, kind := &c.seen.validator, "score.txt"
	if u.Kind == StaticTest {
		seen = &c.seen.static
	}
	switch r.Score.Kind {
	case verdict.ScoreNone:
		return nil
	case verdict.ScoreAbsolute:
		seen.absolute = true
	case verdict.ScoreMultiplier:
		kind = "score_multiplier.txt"
		seen.multiplier = true
	}
	switch {
	case !passes(r.Verdict):
		return unitError(u, "it wrote %s for an output that it did not accept", kind)
	case m.passFail():
		return unitError(u, "it wrote %s, but the group %s is pass-fail, where there are no scores", kind, m.group.Name)
	case u.Kind == StaticTest && m.group.Static.PassFail:
		return unitError(u, "it wrote %s, but static_validation_score is pass-fail", kind)
	case seen.absolute && seen.multiplier:
		return unitError(u, "it wrote %s here and the other kind of score for another test case; a validator must keep to one", kind)
	}
	return nil
}

// kattis says whether the validator behind a unit writes score files. Comparers in process do not.
func (p *Plan) kattis(u Unit) bool {
	v := p.problem.Validator
	return u.Kind == StaticTest || v != nil && (v.Protocol == "" || v.Protocol == checker.Kattis)
}

// score is that of an accepted test case in a group that has scores.
func (m *modern) score(c *Cursor, u Unit, s verdict.Score) (float64, *Error) {
	most, bounded := m.caseMost(u)
	switch {
	case !bounded && s.Kind == verdict.ScoreNone:
		return 0, unitError(u, "it accepted without writing score.txt, which it must in the unbounded group %s", m.group.Name)
	case !bounded && s.Kind == verdict.ScoreMultiplier:
		return 0, unitError(u, "it wrote score_multiplier.txt, but the group %s is unbounded, so there is nothing to multiply", m.group.Name)
	case !bounded:
		return s.Value, nil
	case s.Kind == verdict.ScoreNone:
		return most, nil
	case s.Kind == verdict.ScoreMultiplier:
		return s.Value * most, nil
	case above(s.Value, most) && c.plan.kattis(u): // points of other protocols are capped
		return 0, unitError(u, "it gave the score %s, but a test case of the group %s gets %s at most", Number(s.Value), m.group.Name, Number(most))
	}
	return min(s.Value, most), nil
}

// caseMost is the most that one test case can get; false where the group is unbounded.
func (m *modern) caseMost(u Unit) (float64, bool) {
	var static float64
	if m.group.Static != nil && !m.group.Static.PassFail {
		static = m.group.Static.Score
	}
	sum := m.grading.Aggregation == problem.AggregateSum
	switch {
	case sum && u.Kind == StaticTest:
		return static, true
	case m.grading.Unbounded:
		return 0, false
	case sum:
		return (m.grading.MaxScore - static) / float64(m.tests), true
	}
	return m.grading.MaxScore, true
}

// result puts the group together.
func (m *modern) result(t *tally) (value, *Error) {
	v := t.firstError()
	v.noScore = m.sample
	switch {
	case m.sample:
		return v, nil
	case m.passFail():
		if v.verdict != accepted || t.skipped {
			v.assumed = false // nothing can raise it any more
		} else {
			v.score = m.grading.MaxScore
		}
	case m.grading.Aggregation == problem.AggregateMin:
		v.score = t.aggregate("min")
	default:
		v.score = t.aggregate("sum")
	}
	if v.assumed {
		return v, nil
	}
	if !m.grading.Unbounded && above(v.score, m.grading.MaxScore) {
		return v, groupError(m.group, "got the score %s, but its max_score is %s", Number(v.score), Number(m.grading.MaxScore))
	}
	return v, nil
}
