package reader_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

const (
	ac, wa, tle, rte = verdict.Accepted, verdict.WrongAnswer, verdict.TimeLimitExceeded, verdict.RunTimeError
	mle, ole, ce     = verdict.MemoryLimitExceeded, verdict.OutputLimitExceeded, verdict.CompileError
	sk, je           = verdict.Skipped, verdict.JudgeError
)

type codes = []verdict.Code

// Judged is a submission with one verdict for each test case, called secret/1 and so on.
func Judged(final verdict.Code, tests ...verdict.Code) problem.Judged {
	j := problem.Judged{Verdict: final}
	for i, c := range tests {
		j.Cases = append(j.Cases, problem.JudgedCase{Name: "secret/" + string(rune('1'+i)), Verdict: c})
	}
	return j
}

func TestCheck(t *testing.T) {
	score := func(v float64) *float64 { return &v }
	final := problem.Expectation{Final: codes{wa}}
	slow := problem.Expectation{Rules: []problem.Rule{{Permitted: codes{ac, tle}, Required: codes{tle}}}}
	crash := problem.Expectation{Rules: []problem.Rule{{Permitted: codes{ac, rte}, Required: codes{rte}}}}
	message := problem.Expectation{Rules: []problem.Rule{{Message: "Too big"}}}
	said := Judged(wa, ac, wa)
	said.Cases[1].Messages = []string{"too small", "It is Too big."}
	scored := Judged(ac)
	scored.Score = score(33.3333333)
	ranged := problem.Expectation{Score: &problem.ScoreRange{Least: 33.333333, Most: 33.333333}}
	part := problem.Expectation{Final: codes{ac}, PartialOf: score(100)}
	full := problem.Judged{Verdict: ac, Score: score(100)}
	broken := Judged(wa, wa, je)
	broken.Cases[1].Messages = []string{"no answer"}
	tests := map[string]struct {
		expected problem.Expectation
		judged   problem.Judged
		want     []string
	}{
		"as expected":          {final, Judged(wa, ac, wa), nil},
		"other":                {final, Judged(ac, ac), []string{"got AC, must get WA"}},
		"later tests are free": {final, Judged(wa, ac, wa, tle), nil},
		"nothing expected":     {problem.Expectation{}, Judged(tle, tle), nil},
		"not even to compile":  {problem.Expectation{}, Judged(ce), nil},
		"but no judge error":   {problem.Expectation{}, Judged(je, je), []string{"got JE on secret/1"}},
		"nor a message of one": {final, broken, []string{"got JE on secret/2: no answer"}},
		"nor one without test": {final, Judged(je), []string{"got JE"}},
		"nor to be withdrawn":  {final, Judged(verdict.Canceled), []string{"got CANCELED"}},
		"permitted":            {slow, Judged(tle, ac, tle, sk), nil},
		"not permitted": {
			slow, Judged(tle, ac, tle, wa), []string{"secret/3 got WA, and each test case must get AC or TLE"},
		},
		"many not permitted": {
			slow, Judged(wa, wa, wa, wa, wa, tle),
			[]string{"secret/1 got WA, secret/2 got WA, secret/3 got WA and 1 more, and each test case must get AC or TLE"},
		},
		"required":          {slow, Judged(ac, ac), []string{"one test case must get TLE"}},
		"tests not told":    {slow, Judged(tle), nil},
		"compile error":     {slow, Judged(ce, sk), []string{"got CE, must compile"}},
		"memory is a crash": {crash, Judged(mle, ac, mle), nil},
		"output is a crash": {crash, Judged(ole, ac, ole), nil},
		"partly is right":   {crash, Judged(rte, verdict.PartiallyAccepted, rte), nil},
		"said":              {message, said, nil},
		"not said":          {message, Judged(wa, ac, wa), []string{`one test case must get a judge message with "Too big"`}},
		"score":             {ranged, scored, nil},
		"other score": {
			ranged, problem.Judged{Verdict: ac, Score: score(33.3)}, []string{"got a score of 33.3, must get 33.333333"},
		},
		"no score":   {ranged, Judged(ac, ac), []string{"got no score, must get 33.333333"}},
		"part":       {part, scored, nil},
		"not a part": {part, full, []string{"got the best score, 100, must get another"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.expected.Check(tt.judged)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReasonsSayWhy: a compile error comes with the compiler's first lines, a judge error with its cause.
func TestReasonsSayWhy(t *testing.T) {
	t.Parallel()
	accepted := problem.Expectation{Final: codes{ac}}
	for want, j := range map[string]problem.Judged{
		"got CE, must get AC: a.c:1: error: x\n2\n3": {Verdict: ce, Log: "a.c:1: error: x\n2\n3\n4\n"},
		"got CE, must get AC":                        {Verdict: ce},
		"got WA, must get AC":                        {Verdict: wa, Log: "a warning"},
		"got JE: the checker does not compile":       {Verdict: verdict.JudgeError, Cause: "the checker does not compile"},
	} {
		if got := accepted.Check(j); len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
