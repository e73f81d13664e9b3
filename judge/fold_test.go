package judge

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
)

// folded evaluates results in order and folds them; work says which tests are equal.
func folded(p *problem.Problem, results []*TestReport, work []int) Report {
	plan := grading.New(p, false)
	c := plan.Start()
	for u, ok := c.Next(); ok; u, ok = c.Next() {
		c.Put(graded(plan.Units[u], results[work[u]]))
	}
	var r Report
	fold(&r, plan, c.Outcome(), func(unit int) *TestReport { return results[work[unit]] }, work)
	return r
}

func TestFoldCountsOnlyWhatWasVisited(t *testing.T) {
	results := []*TestReport{
		{Name: "0", Verdict: "AC", CPUUsec: 5},
		nil,
		{Name: "2", Verdict: "MLE", Reason: "peak", CPUUsec: 7},
		{Name: "3", Verdict: "TLE", CPUUsec: 100, WallUsec: 100, PeakMemory: 100}, // had run by chance
	}
	got := folded(flatProblem(5), results, []int{0, 0, 2, 3, 0})
	want := Report{
		Verdict: "MLE", KattisVerdict: "RTE", Reason: "peak", CPUUsec: 7, Groups: []GroupReport{},
		Tests: []TestReport{
			*results[0],
			{Name: "1", Verdict: "AC", CPUUsec: 5, SameAs: "0"},
			*results[2],
			{Name: "3", Verdict: "SK"},
			{Name: "4", Verdict: "SK"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fold() (-want +got):\n%s", diff)
	}
}

func TestFoldShowsScoresAndBrokenRules(t *testing.T) {
	group := &problem.Group{Name: "secret", Modern: &problem.ModernGrading{Group: true, Aggregation: problem.AggregateSum, MaxScore: 10}}
	p := &problem.Problem{
		Kind:      problem.Kind{Scoring: true},
		Validator: &problem.Validator{Protocol: checker.Kattis},
		Groups:    &problem.Group{Modern: &problem.ModernGrading{}, Children: []problem.Child{{Group: group}}},
	}
	for _, name := range []string{"secret/1", "secret/2"} {
		p.Tests = append(p.Tests, &problem.Test{Name: name})
		group.Children = append(group.Children, problem.Child{Test: p.Tests[len(p.Tests)-1]})
	}
	five, ten, zero := 5.0, 10.0, 0.0
	tooMuch := verdict.Score{Kind: verdict.ScoreAbsolute, Value: 6}
	results := []*TestReport{{Verdict: "AC"}, {Verdict: "AC", Given: tooMuch, JudgeMessage: "well done"}}
	got := folded(p, results, []int{0, 1})
	message := "output validator of test secret/2: it gave the score 6, but a test case of the group secret gets 5 at most"
	want := Report{
		Verdict: "JE", Score: &zero, Error: &ErrorReport{Class: verdict.ClassChecker, Message: message},
		Groups: []GroupReport{{Name: "secret", Verdict: "JE", Score: &zero, MaxScore: &ten}},
		Tests: []TestReport{
			{Name: "secret/1", Verdict: "AC", Score: &five},
			{Name: "secret/2", Verdict: "JE", Given: tooMuch, JudgeMessage: message + "\nwell done", Class: verdict.ClassChecker},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fold() (-want +got):\n%s", diff)
	}
}
