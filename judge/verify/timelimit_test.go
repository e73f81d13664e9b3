package verify

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

func TestLeastTimeLimit(t *testing.T) {
	legacy := problem.Multipliers{AcceptedToLimit: 5, LimitToExceeded: 2, Resolution: time.Second}
	modern := problem.Multipliers{AcceptedToLimit: 2, LimitToExceeded: 1.5, Resolution: time.Second}
	fine := problem.Multipliers{AcceptedToLimit: 1.1, LimitToExceeded: 1.5, Resolution: 100 * time.Millisecond}
	tests := map[string]struct {
		slowest     time.Duration
		multipliers problem.Multipliers
		want        time.Duration
	}{
		"at least one step":          {0, legacy, time.Second},
		"legacy":                     {201 * time.Millisecond, legacy, 2 * time.Second},
		"equal is enough":            {200 * time.Millisecond, legacy, time.Second},
		"modern":                     {501 * time.Millisecond, modern, 2 * time.Second},
		"a microsecond more":         {500*time.Millisecond + time.Microsecond, modern, 2 * time.Second},
		"fine":                       {time.Second, fine, 1100 * time.Millisecond},
		"binary fractions":           {3 * time.Second, fine, 3300 * time.Millisecond},
		"more binary fractions":      {7 * time.Second, fine, 7700 * time.Millisecond},
		"just above binary fraction": {7*time.Second + time.Microsecond, fine, 7800 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := leastTimeLimit(tt.slowest, tt.multipliers); got != tt.want {
				t.Errorf("leastTimeLimit(%v) = %v, want %v", tt.slowest, got, tt.want)
			}
		})
	}
}

// timed is a report with a few tests and the time that each took.
func timed(v verdict.Code, tests ...api.TestReport) *api.Report {
	return &api.Report{Verdict: v, Tests: tests}
}

func took(name string, v verdict.Code, ms int64) api.TestReport {
	return api.TestReport{Name: name, Verdict: v, CPUUsec: ms * 1000}
}

func TestBound(t *testing.T) {
	const ac, tle, sk = verdict.Accepted, verdict.TimeLimitExceeded, verdict.Skipped
	idle := took("secret/2", tle, 1)
	idle.Reason, idle.WallUsec = verdict.ReasonWall, 4_000_000
	tests := map[string]struct {
		report *api.Report
		want   TimeBound
	}{
		"slowest":          {timed(ac, took("secret/1", ac, 5), took("secret/2", ac, 9), took("secret/3", ac, 7)), TimeBound{Time: 9 * time.Millisecond, Test: "secret/2"}},
		"stopped":          {timed(tle, took("secret/1", tle, 9), took("secret/2", ac, 10)), TimeBound{Time: 9 * time.Millisecond, Test: "secret/1", AtLeast: true}},
		"idle":             {timed(tle, took("secret/1", ac, 9), idle), TimeBound{Time: 4 * time.Second, Test: "secret/2", AtLeast: true}},
		"skipped":          {timed(ac, took("secret/1", ac, 5), took("secret/2", sk, 0)), TimeBound{Time: 5 * time.Millisecond, Test: "secret/1"}},
		"nothing":          {timed(ac, took("secret/1", sk, 0)), TimeBound{Missing: "none of its test cases was run"}},
		"does not compile": {timed(verdict.CompileError), TimeBound{Missing: "got CE"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.want.Side = problem.TimeLower
			if diff := cmp.Diff(tt.want, bound(problem.Submission{}, problem.Rule{}, problem.TimeLower, example{report: tt.report})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMargins(t *testing.T) {
	const ac, tle = verdict.Accepted, verdict.TimeLimitExceeded
	submission := func(path string, side problem.TimeUse) problem.Submission {
		return problem.Submission{Program: problem.Program{Path: path}, Expected: problem.Expectation{Rules: []problem.Rule{{Time: side}}}}
	}
	v := Findings{TimeLimit: time.Second, Margins: Margins{Factor: 2}}
	v.add(submission("a", problem.TimeLower), timed(ac, took("1", ac, 100)))
	v.add(submission("b", problem.TimeLower), timed(ac, took("1", ac, 800), took("2", ac, 300)))
	v.add(submission("c", problem.TimeUnused), timed(ac, took("1", ac, 900)))
	v.add(submission("d", problem.TimeUpper), timed(tle, took("1", tle, 2001)))
	v.add(submission("e", problem.TimeUpper), timed(tle, took("1", ac, 10), took("2", tle, 2000)))
	v.add(submission("f", problem.TimeLower), timed(verdict.CompileError))
	want := Margins{
		Factor:  2,
		Slowest: &Margin{Submission: "b", Test: "1", Time: 800 * time.Millisecond, Ratio: 1.25, Close: true},
		Fastest: &Margin{Submission: "e", Test: "2", Time: 2 * time.Second, AtLeast: true, Ratio: 2},
	}
	if diff := cmp.Diff(want, v.Margins); diff != "" {
		t.Error(diff)
	}
	v.add(submission("g", problem.TimeUpper), timed(ac, took("1", ac, 400)))
	want.Fastest = &Margin{Submission: "g", Test: "1", Time: 400 * time.Millisecond, Ratio: 2.5, Close: true}
	if diff := cmp.Diff(want, v.Margins); diff != "" {
		t.Errorf("what must be too slow and is not: %s", diff)
	}
}

func TestNear(t *testing.T) {
	const ac, tle = verdict.Accepted, verdict.TimeLimitExceeded
	r := timed(tle, took("far", ac, 499), took("near", ac, 500), took("at", ac, 1000), took("over", tle, 1001),
		took("end", tle, 2000), took("beyond", tle, 2001))
	v := Findings{TimeLimit: time.Second, Margins: Margins{Factor: 2}}
	if diff := cmp.Diff([]string{"near", "at"}, v.near(r, false)); diff != "" {
		t.Errorf("stopped at the limit: %s", diff)
	}
	if diff := cmp.Diff([]string{"near", "at", "over", "end"}, v.near(r, true)); diff != "" {
		t.Errorf("stopped beyond it: %s", diff)
	}
}
