package judge

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// filled evaluates results in order and fills a report with them; items says which tests are equal.
func filled(p *problem.Problem, results []*testResult, items []int) api.Report {
	plan := grading.New(p, false)
	c := plan.Start()
	for u, ok := c.Next(); ok; u, ok = c.Next() {
		c.Put(results[items[u]].forGrading(plan.Units[u]))
	}
	var r api.Report
	fillReport(&r, plan, c.Outcome(), func(unit int) *testResult { return results[items[unit]] }, items)
	return r
}

func TestReportCountsOnlyWhatWasVisited(t *testing.T) {
	results := []*testResult{
		{TestReport: api.TestReport{Name: "0", Verdict: "AC", CPUUsec: 5}},
		nil,
		{TestReport: api.TestReport{Name: "2", Verdict: "MLE", Reason: "peak", CPUUsec: 7}},
		{TestReport: api.TestReport{Name: "3", Verdict: "TLE", CPUUsec: 100, WallUsec: 100, PeakMemory: 100}}, // had run by chance
	}
	got := filled(problemWith(5), results, []int{0, 0, 2, 3, 0})
	want := api.Report{
		Verdict: "MLE", KattisVerdict: "RTE", Reason: "peak", CPUUsec: 7, Groups: []api.GroupReport{},
		Tests: []api.TestReport{
			results[0].TestReport,
			{Name: "1", Verdict: "AC", CPUUsec: 5, SameAs: "0"},
			results[2].TestReport,
			{Name: "3", Verdict: "SK"},
			{Name: "4", Verdict: "SK"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fillReport() (-want +got):\n%s", diff)
	}
}

func TestReportShowsScoresAndBrokenRules(t *testing.T) {
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
	results := []*testResult{
		{TestReport: api.TestReport{Verdict: "AC"}},
		{given: tooMuch, TestReport: api.TestReport{Verdict: "AC", JudgeMessage: "well done"}},
	}
	got := filled(p, results, []int{0, 1})
	message := "output validator of test secret/2: it gave the score 6, but a test case of the group secret gets 5 at most"
	want := api.Report{
		Verdict: "JE", Score: &zero, Error: &api.ErrorReport{Class: verdict.ClassChecker, Message: message},
		Groups: []api.GroupReport{{Name: "secret", Verdict: "JE", Score: &zero, MaxScore: &ten}},
		Tests: []api.TestReport{
			{Name: "secret/1", Verdict: "AC", Score: &five},
			{Name: "secret/2", Verdict: "JE", JudgeMessage: message + "\nwell done"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fillReport() (-want +got):\n%s", diff)
	}
}

// problemWith is a problem with n tests.
func problemWith(n int) *problem.Problem {
	p := &problem.Problem{}
	for i := range n {
		p.Tests = append(p.Tests, &problem.Test{Name: strconv.Itoa(i)})
	}
	return p
}
