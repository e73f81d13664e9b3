package verify

import (
	"slices"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Margins tell how far the example submissions are from the time limit.
type Margins struct {
	// Factor is the safety margin of the package: a time limit is safe when times that matter are off by more.
	Factor float64
	// Slowest is the slowest run that must keep the time limit, and Fastest the fastest submission that must not, by its
	// slowest run; nil where there is none.
	Slowest, Fastest *Margin
}

// Margin is one time beside the time limit.
type Margin struct {
	Submission, Test string
	Time             time.Duration
	// AtLeast says that the run was stopped after Time.
	AtLeast bool
	// Ratio is the larger of Time and time limit divided by the other.
	Ratio float64
	// Close says that the time limit is no safe one: that it is on the wrong side, or the ratio below the factor.
	Close bool
}

// bounds says whether some test cases of a submission bound the time limit from one side.
func bounds(s problem.Submission, side problem.TimeUse) bool {
	return slices.ContainsFunc(s.Expected.Rules, func(r problem.Rule) bool { return r.Bound() == side })
}

// near names the tests that are closer to the time limit than the margin. Those that were stopped at the limit could be
// anywhere beyond, so they count only when the run went on to the end of the margin.
func (f *Findings) near(r *api.Report, stretched bool) []string {
	var names []string
	least := float64(f.TimeLimit.Microseconds()) / f.Margins.Factor
	most := float64(f.TimeLimit.Microseconds())
	if stretched {
		most *= f.Margins.Factor
	}
	for _, t := range r.Tests {
		if cpu := float64(t.CPUUsec); f.Margins.Factor > 1 && cpu >= least && cpu <= most && t.Verdict != verdict.Skipped {
			names = append(names, t.Name)
		}
	}
	return names
}

// add takes the times of a submission into account.
func (f *Findings) add(s problem.Submission, r *api.Report) {
	if r.Verdict == verdict.CompileError || r.Verdict == verdict.JudgeError {
		return
	}
	for _, rule := range s.Expected.Rules {
		side := rule.Bound()
		if side != problem.TimeLower && side != problem.TimeUpper {
			continue
		}
		b := bound(s, rule, side, example{report: r})
		if b.Missing != "" {
			continue
		}
		m := f.margin(b)
		switch {
		case side == problem.TimeLower && (f.Margins.Slowest == nil || m.Time > f.Margins.Slowest.Time):
			f.Margins.Slowest = m
		case side == problem.TimeUpper && (f.Margins.Fastest == nil || m.Time < f.Margins.Fastest.Time):
			f.Margins.Fastest = m
		}
	}
}

func (f *Findings) margin(b TimeBound) *Margin {
	m := &Margin{Submission: b.Submission, Test: b.Test, Time: b.Time, AtLeast: b.AtLeast}
	part, whole := b.Time, f.TimeLimit
	if b.Side == problem.TimeUpper {
		part, whole = whole, part
	}
	m.Ratio = float64(max(part, whole)) / float64(max(min(part, whole), time.Microsecond))
	m.Close = part > whole || m.Ratio < f.Margins.Factor
	return m
}

// hidesTooSlow says whether a run that was given more time than the limit met something else later on, which it would not
// have met in time.
func hidesTooSlow(r *api.Report) bool {
	return slices.ContainsFunc(r.Tests, func(t api.TestReport) bool {
		return slices.Contains(t.Flags, "cpu") && t.Verdict != verdict.TimeLimitExceeded
	})
}
