package judge

import (
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/message/verdict"
)

// fold puts the outcome and what the tests got into the report. result is what the piece of work of a unit gave, and
// is not asked for units that were not visited.
func fold(r *Report, plan *grading.Plan, o *grading.Outcome, result func(unit int) *TestReport, work []int) {
	r.Verdict = o.Verdict
	if o.Unit >= 0 && o.Units[o.Unit].Error == nil {
		r.Reason = result(o.Unit).Reason
	}
	if o.Verdict == verdict.MemoryLimitExceeded || o.Verdict == verdict.OutputLimitExceeded {
		r.KattisVerdict = verdict.RunTimeError
	}
	if o.Error != nil {
		r.Error = &ErrorReport{Class: o.Error.Class, Message: o.Error.Message}
	}
	if plan.Scoring {
		r.Score = &o.Score
	}
	r.Groups = groupReports(o.Groups)
	r.Tests = make([]TestReport, plan.Tests)
	owner := map[int]string{} // the test case that a piece of work was done for
	for i := range r.Tests {
		name := plan.Units[i].Name
		if !o.Units[i].Visited {
			r.Tests[i] = TestReport{Name: name, Verdict: verdict.Skipped}
			continue
		}
		t := *result(i)
		t.Name = name
		if t.SameAs = owner[work[i]]; t.SameAs == "" {
			owner[work[i]] = name
		}
		apply(&t, o.Units[i])
		r.Tests[i] = t
		r.CPUUsec = max(r.CPUUsec, t.CPUUsec)
		r.WallUsec = max(r.WallUsec, t.WallUsec)
		r.PeakMemory = max(r.PeakMemory, t.PeakMemory)
	}
}

// apply adds what the rules of grading made of the result.
func apply(t *TestReport, u grading.UnitOutcome) {
	t.Score = u.Score
	if u.Error != nil {
		t.Verdict, t.Reason, t.Class = verdict.JudgeError, "", u.Error.Class
		t.JudgeMessage = u.Error.Message + "\n" + t.JudgeMessage
	}
}

func groupReports(groups []grading.GroupOutcome) []GroupReport {
	reports := make([]GroupReport, len(groups))
	for i, g := range groups {
		reports[i] = GroupReport{Name: g.Name, Verdict: g.Verdict, Score: g.Score, MaxScore: g.Max}
	}
	return reports
}
