package judge

import "github.com/gaveloj/gavel/judge/verdict"

// fold puts what the tests got together into the report, as if they had been run one after the other: without
// allTests, every test after the first that was not accepted is skipped, also when it happened to have run.
// results holds one entry per test in judging order; nil where a test was not run, which only such tests may be.
func (r *Report) fold(names []string, results []*TestReport, allTests bool) {
	r.Verdict, r.Tests = verdict.Accepted, make([]TestReport, len(names))
	decided := false
	for i, t := range results {
		if t == nil || decided && !allTests {
			r.Tests[i] = TestReport{Name: names[i], Verdict: verdict.Skipped}
			continue
		}
		r.Tests[i] = *t
		r.CPUUsec = max(r.CPUUsec, t.CPUUsec)
		r.WallUsec = max(r.WallUsec, t.WallUsec)
		r.PeakMemory = max(r.PeakMemory, t.PeakMemory)
		if t.Verdict != verdict.Accepted && !decided {
			decided = true
			r.Verdict, r.Reason = t.Verdict, t.Reason
		}
	}
}
