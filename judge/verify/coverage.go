package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/verdict"
)

// coverage is what the example submissions show of the test cases. Its user guards it.
type coverage struct {
	failed    map[string]bool // test cases that some submission does not pass
	asked     map[string]int  // how many submissions that must be accepted were run on a test case
	wrong     map[string]int  // how many of those got WA
	anyFailed bool
	rejected  []rejectedRow // submissions that must be rejected and fail on something
}

// rejectedRow is a submission that fails on some test cases.
type rejectedRow struct {
	submission string
	failed     []string
}

func newCoverage() *coverage {
	return &coverage{failed: make(map[string]bool), asked: make(map[string]int), wrong: make(map[string]int)}
}

// add takes in what a submission got.
func (c *coverage) add(row Row) {
	accepted := slices.Contains(row.Expected, verdict.Accepted) && !slices.ContainsFunc(row.Expected, func(v verdict.Code) bool {
		return v != verdict.Accepted && v != verdict.PartiallyAccepted
	})
	var failed []string
	for _, t := range row.Report.Tests {
		switch t.Verdict {
		case verdict.Skipped, verdict.Canceled, verdict.JudgeError, verdict.CompileError:
			continue
		case verdict.Accepted, verdict.WrongAnswer, verdict.TimeLimitExceeded, verdict.MemoryLimitExceeded,
			verdict.OutputLimitExceeded, verdict.RunTimeError, verdict.PartiallyAccepted:
		}
		if accepted {
			c.asked[t.Name]++
		}
		if accepted && t.Verdict == verdict.WrongAnswer {
			c.wrong[t.Name]++
		}
		if t.Verdict != verdict.Accepted {
			c.failed[t.Name], c.anyFailed = true, true
			failed = append(failed, t.Name)
		}
	}
	if !accepted && row.OK && len(failed) > 0 && len(row.Expected) > 0 {
		c.rejected = append(c.rejected, rejectedRow{row.Submission, failed})
	}
}

// doubtful tells of test cases on which all that must be accepted get WA, and of submissions that are rejected for these
// alone.
func (c *coverage) doubtful(tests []*problem.Test) (warnings []issue.Issue) {
	isDoubtful := func(test string) bool { return c.asked[test] > 0 && c.wrong[test] == c.asked[test] }
	var names []string
	for _, t := range tests {
		if isDoubtful(t.Name) {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	more := ""
	if n := len(names) - 1; n > 0 {
		more = fmt.Sprintf(" (and those of %d more test cases)", n)
	}
	warnings = append(warnings, issue.Issue{
		File: "test case " + names[0], Remedy: "look at the answer first",
		What: fmt.Sprintf("every submission that must be accepted gets WA: its answer%s is probably wrong, or what judges it", more),
	})
	slices.SortFunc(c.rejected, func(a, b rejectedRow) int { return strings.Compare(a.submission, b.submission) })
	for _, r := range c.rejected {
		if !slices.ContainsFunc(r.failed, func(test string) bool { return !isDoubtful(test) }) {
			warnings = append(warnings, issue.Issue{
				File: r.submission, Remedy: "judge it again once those are right",
				What: "fails only where those that must be accepted fail too, and may be right itself",
			})
		}
	}
	return warnings
}

// undecided are the secret test cases that no submission fails, and the test groups that consist of them.
func (c *coverage) undecided(p *problem.Problem) (tests []string, warnings []issue.Issue) {
	if !c.anyFailed || p.Scores && p.Validator != nil { // where a validator gives scores, nothing needs to be failed
		return nil, nil
	}
	for _, t := range p.Tests {
		if !t.Sample && !c.failed[t.Name] {
			tests = append(tests, t.Name)
		}
	}
	if !p.Kind.Scoring {
		return tests, nil
	}
	var groups []string
	for _, top := range p.Groups.Children {
		if top.Group == nil || top.Group.Name == "sample" {
			continue
		}
		for _, g := range top.Group.Children {
			if g.Group != nil && !c.fails(g.Group) {
				groups = append(groups, g.Group.Name)
			}
		}
	}
	if len(groups) > 0 {
		warnings = append(warnings, issue.Issue{
			File: "test group " + groups[0], Remedy: "add a submission that passes the others and fails it",
			What: "no submission fails it" + also(groups[1:]),
		})
	}
	return tests, warnings
}

// also lists more names of which the same is to be said.
func also(names []string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n <= 3:
		return fmt.Sprintf(", nor %q", names)
	default:
		return fmt.Sprintf(", nor %d more", n)
	}
}

func (c *coverage) fails(g *problem.Group) bool {
	return slices.ContainsFunc(g.Children, func(child problem.Child) bool {
		if child.Test != nil {
			return c.failed[child.Test.Name]
		}
		return c.fails(child.Group)
	})
}
