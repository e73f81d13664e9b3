package grading

import (
	"math"
	"slices"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// domjudge are the rules of testdata.yaml in DOMjudge. A directory is a group when it has that file itself.
//   - accept_score is the score of a group all of whose test cases are accepted; one test case less, and it is 0.
//   - When the validator gave a score to any test case of the group, the scores of its test cases are put together
//     instead. Such a score counts for a wrong answer too, and is 0 for a run that failed.
//   - The scores of groups are put together whatever their verdicts.
type domjudge struct {
	group   *problem.Group
	grading *problem.LegacyGrading
	scored  bool
	parent  bool // it has groups below
	scores  string
	sample  *node // the samples, when they are to be ignored
}

// domjudge makes the node of a directory and those below it. The root is always a group.
func (b *builder) domjudge(g *problem.Group, scored bool) *node {
	d := &domjudge{group: g, grading: g.Legacy, scored: scored}
	for _, f := range g.Legacy.Flags {
		switch f {
		case "sum", "avg", "min", "max":
			d.scores = f
		}
	}
	n := b.node(g, d)
	n.silent = !scored
	for _, c := range g.Children {
		if c.Test != nil {
			b.test(n, c.Test)
			continue
		}
		group := scored && c.Group.Legacy != nil && c.Group.Legacy.Scored
		below := b.domjudge(c.Group, group)
		d.parent = d.parent || group
		n.items = append(n.items, item{node: below})
		if c.Group.Name == sampleDir && slices.Contains(g.Legacy.Flags, flagIgnoreSample) {
			d.sample = below
		}
	}
	return n
}

func (d *domjudge) enter(*Cursor) bool { return true }

func (d *domjudge) counts(child item) bool { return child.node == nil || child.node != d.sample }

func (d *domjudge) stops(v value) bool { return d.grading.Break && !passes(v.verdict) }

func (d *domjudge) most() (float64, bool) {
	return d.grading.Most, !math.IsInf(d.grading.Most, 0)
}

func (d *domjudge) unit(_ *Cursor, _ Unit, r Result) (value, *Error) {
	v := value{verdict: r.Verdict, noScore: !d.scored, hidden: r.Score.Kind == verdict.ScoreNone}
	if !passes(r.Verdict) && r.Verdict != verdict.WrongAnswer || v.noScore {
		return v, nil
	}
	v.given = r.Score.Kind != verdict.ScoreNone
	if v.score = r.Score.Value; r.Score.Kind == verdict.ScoreMultiplier {
		v.score *= d.grading.AcceptScore
	}
	return v, nil
}

func (d *domjudge) result(t *tally) (value, *Error) {
	v := t.firstError()
	if !d.scored {
		v.noScore = true
		return v, nil
	}
	if v.assumed {
		return v, nil
	}
	if v.score = t.aggregate(d.scores); !d.parent && !t.given {
		v.score = 0
		if passes(v.verdict) {
			v.score = d.grading.AcceptScore
		}
	}
	return v, d.inRange(v)
}

// inRange finds a score that is too high, or too low where all test cases were accepted.
func (d *domjudge) inRange(v value) *Error {
	least, most := d.grading.Least, d.grading.Most
	if above(v.score, most) || passes(v.verdict) && above(least, v.score) {
		return groupError(d.group, "got the score %s, which is outside of its range %s to %s: correct range or accept_score "+
			"in its testdata.yaml", Number(v.score), Number(least), Number(most))
	}
	return nil
}
