package problem

import (
	"slices"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Expectation is what an example submission must get. The zero value expects nothing in particular.
type Expectation struct {
	// Final lists the verdicts of which the submission must get one; empty means any but JE.
	Final []verdict.Code
	// Permitted, when not empty, lists the verdicts that each test case may get.
	Permitted []verdict.Code
	// Required, when not empty, lists verdicts of which at least one test case must get one.
	Required []verdict.Code
	// Source says where this was read: "directory", "@EXPECTED_RESULTS@", or "" when nowhere.
	Source string
}

// Known says whether the package expects anything of the submission.
func (e Expectation) Known() bool {
	return len(e.Final) > 0 || len(e.Permitted) > 0 || len(e.Required) > 0
}

// Match says whether a submission that got the verdict final, and tests on the test cases that were run, is as
// expected. Skipped test cases do not matter. A judge error is never expected.
func (e Expectation) Match(final verdict.Code, tests []verdict.Code) bool {
	if final == verdict.JudgeError || final == verdict.Canceled || slices.Contains(tests, verdict.JudgeError) {
		return false
	}
	if len(e.Final) > 0 && !slices.Contains(e.Final, final) {
		return false
	}
	return e.permits(tests) && e.requirementMet(final, tests)
}

func (e Expectation) permits(tests []verdict.Code) bool {
	if len(e.Permitted) == 0 {
		return true
	}
	return !slices.ContainsFunc(tests, func(c verdict.Code) bool {
		return c != verdict.Skipped && !slices.Contains(e.Permitted, c)
	})
}

// requirementMet looks at the final verdict too: it is that of a test case, even when the tests are not told.
func (e Expectation) requirementMet(final verdict.Code, tests []verdict.Code) bool {
	if len(e.Required) == 0 || slices.Contains(e.Required, final) {
		return true
	}
	return slices.ContainsFunc(tests, func(c verdict.Code) bool { return slices.Contains(e.Required, c) })
}
