package grading

import (
	"math"
	"strconv"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Result is what one unit of work gave.
type Result struct {
	Verdict verdict.Code
	// Score is what a validator gave, or a grader: then it is absolute.
	Score verdict.Score
	// Class and Message explain a JE.
	Class   verdict.Class
	Message string
}

// Error explains a judge error.
type Error struct {
	Class   verdict.Class
	Message string
}

// value is what a child is worth to its group.
type value struct {
	verdict verdict.Code
	score   float64
	unit    int    // that decided the verdict; -1 for none
	err     *Error // with verdict JE
	// assumed says that something below is not known yet, so that the score means nothing. A verdict that does not
	// pass is then still one that will not pass.
	assumed bool
	// given says that a validator gave the score.
	given bool
	// noScore says that there is a verdict, and nothing to add up.
	noScore bool
	// hidden says that the score is not told of this child by itself.
	hidden bool
}

// passes says whether a verdict is acceptance, in part at least.
func passes(v verdict.Code) bool {
	return v == verdict.Accepted || v == verdict.PartiallyAccepted
}

// tally adds up the children of a group.
type tally struct {
	seen, passed     int
	partial, assumed bool
	first, worst     value // among those that did not pass; no verdict when there is none
	skipped          bool  // a child was not run because of what it requires

	scores           int // how many were added up
	sum, least, most float64
	given            bool // by a validator, to some child
}

// add counts a child.
func (t *tally) add(v value) {
	t.seen++
	t.assumed = t.assumed || v.assumed
	switch {
	case v.verdict == verdict.Skipped:
		t.skipped = true
	case passes(v.verdict):
		t.passed++
		t.partial = t.partial || v.verdict == verdict.PartiallyAccepted
	default:
		if t.first.verdict == "" {
			t.first = v
		}
		if t.worst.verdict == "" || rank(v.verdict) < rank(t.worst.verdict) {
			t.worst = v
		}
	}
	if v.noScore {
		return
	}
	if t.scores == 0 {
		t.least, t.most = v.score, v.score
	}
	t.scores++
	t.sum += v.score
	t.least, t.most = min(t.least, v.score), max(t.most, v.score)
	t.given = t.given || v.given
}

// error is the judge error among the children.
func (t *tally) error() (value, bool) {
	w := t.worst
	return value{verdict: w.verdict, unit: w.unit, err: w.err}, w.verdict == verdict.JudgeError
}

// accepted is the value of a group whose verdict is that of children that all passed.
func (t *tally) accepted() value {
	v := value{verdict: verdict.Accepted, unit: -1, assumed: t.assumed}
	if t.partial {
		v.verdict = verdict.PartiallyAccepted
	}
	return v
}

// firstError is the value of a group whose verdict is the first of a child that did not pass.
func (t *tally) firstError() value {
	if t.first.verdict != "" {
		return value{verdict: t.first.verdict, unit: t.first.unit, assumed: t.assumed}
	}
	return t.accepted()
}

// rank orders verdicts from the worst, as the default grader of the legacy format does.
func rank(v verdict.Code) int {
	switch v {
	case verdict.JudgeError:
		return 0
	case verdict.RunTimeError:
		return 1
	case verdict.MemoryLimitExceeded:
		return 2
	case verdict.TimeLimitExceeded:
		return 3
	case verdict.OutputLimitExceeded:
		return 4
	case verdict.WrongAnswer:
		return 5
	case verdict.Accepted, verdict.PartiallyAccepted, verdict.CompileError, verdict.Skipped, verdict.Canceled:
	}
	return 6
}

// aggregate puts scores together as a flag of the default grader says.
func (t *tally) aggregate(mode string) float64 {
	switch {
	case t.scores == 0:
		return 0
	case mode == "min":
		return t.least
	case mode == "max":
		return t.most
	case mode == "avg":
		return tidy(t.sum / float64(t.scores))
	}
	return tidy(t.sum)
}

// tolerance is how far a score may pass a bound, relative to it: sums of fractions are not exact.
const tolerance = 1e-9

// above says whether a score is over a bound by more than rounding.
func above(score, bound float64) bool {
	return score > bound+tolerance*math.Max(1, math.Abs(bound))
}

// tidy removes what rounding left: three thirds of 100 are 100.
func tidy(score float64) float64 {
	const digits = 1e9
	if math.Abs(score) > 1e6 {
		return score
	}
	return math.Round(score*digits) / digits
}

// Number is a score for people and graders.
func Number(score float64) string { return strconv.FormatFloat(score, 'f', -1, 64) }
