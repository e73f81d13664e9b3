package problem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
)

// TimeUse says what the time of a submission means for a computed time limit.
type TimeUse string

// The uses. The zero value leaves it to the verdicts that are permitted and required.
const (
	TimeByVerdict TimeUse = ""
	TimeUnused    TimeUse = "false"
	TimeLower     TimeUse = "lower" // the time limit must leave it room
	TimeUpper     TimeUse = "upper" // the time limit must stop it
)

// Bound says from which side the rule bounds a computed time limit: TimeLower where TLE is not permitted, TimeUpper where
// nothing but TLE will do, unless the package says otherwise.
func (r Rule) Bound() TimeUse {
	switch {
	case r.Time != TimeByVerdict:
		return r.Time
	case slices.Equal(r.Required, []verdict.Code{verdict.TimeLimitExceeded}):
		return TimeUpper
	case len(r.Permitted) > 0 && !slices.Contains(r.Permitted, verdict.TimeLimitExceeded):
		return TimeLower
	}
	return TimeUnused
}

// Matches says whether the rule is about a test case of this name.
func (r Rule) Matches(test string) bool { return r.Pattern == nil || r.Pattern.MatchesBelow(test) }

// check returns the reasons why the rule is not kept.
func (r Rule) check(j Judged) []string {
	cases := slices.DeleteFunc(slices.Clone(j.Cases), func(c JudgedCase) bool { return !r.Matches(c.Name) })
	var reasons []string
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if bad := r.notPermitted(cases); bad != "" {
		add("%s, and %s must get %s", bad, r.each(), anyOf(r.Permitted))
	}
	if !r.requirementMet(j, cases) {
		add("%s must get %s", r.one(), anyOf(r.Required))
	}
	if r.Message != "" && !slices.ContainsFunc(cases, r.said) {
		add("%s must get a judge message with %q", r.one(), r.Message)
	}
	return append(reasons, r.checkScore(j, cases)...)
}

// each and one say for people which test cases the rule is about.
func (r Rule) each() string { return "each test case" + r.of() }
func (r Rule) one() string  { return "one test case" + r.of() }

func (r Rule) of() string {
	if r.Pattern == nil {
		return ""
	}
	return " of " + r.Tests
}

// known maps a verdict to those that the format knows.
func (r Rule) known(c verdict.Code) verdict.Code {
	if c == verdict.OutputLimitExceeded && r.EndlessIsSlow {
		return verdict.TimeLimitExceeded
	}
	switch c {
	case verdict.MemoryLimitExceeded, verdict.OutputLimitExceeded:
		return verdict.RunTimeError
	case verdict.PartiallyAccepted:
		return verdict.Accepted
	case verdict.Accepted, verdict.WrongAnswer, verdict.TimeLimitExceeded, verdict.RunTimeError, verdict.CompileError,
		verdict.JudgeError, verdict.Skipped, verdict.Canceled:
	}
	return c
}

// notPermitted names the test cases that got what they may not; "" when there are none.
func (r Rule) notPermitted(cases []JudgedCase) string {
	if len(r.Permitted) == 0 {
		return ""
	}
	var bad []string
	for _, c := range cases {
		if c.Verdict != verdict.Skipped && !slices.Contains(r.Permitted, r.known(c.Verdict)) {
			bad = append(bad, fmt.Sprintf("%s got %s", c.Name, c.Verdict))
		}
	}
	const few = 3
	if len(bad) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(bad[:few], ", "), len(bad)-few)
	}
	return strings.Join(bad, ", ")
}

// requirementMet looks at the final verdict too where nothing is told of test cases: it is that of one of them.
func (r Rule) requirementMet(j Judged, cases []JudgedCase) bool {
	if len(r.Required) == 0 {
		return true
	}
	if len(j.Cases) == 0 {
		return slices.Contains(r.Required, r.known(j.Verdict))
	}
	return slices.ContainsFunc(cases, func(c JudgedCase) bool { return slices.Contains(r.Required, r.known(c.Verdict)) })
}

// said says whether the message came with a test case.
func (r Rule) said(c JudgedCase) bool {
	return slices.ContainsFunc(c.Messages, func(m string) bool { return strings.Contains(m, r.Message) })
}

// checkScore compares the score of what the rule is about: of the submission, of each group or test case that the
// pattern names, or else of all test cases below together.
func (r Rule) checkScore(j Judged, cases []JudgedCase) []string {
	if r.Score == nil {
		return nil
	}
	var reasons []string
	check := func(what string, score *float64) {
		switch {
		case score == nil:
			reasons = append(reasons, fmt.Sprintf("%sgot no score, must get %v", what, r.Score))
		case !r.Score.holds(*score):
			reasons = append(reasons, fmt.Sprintf("%sgot a score of %v, must get %v", what, *score, r.Score))
		}
	}
	if r.Pattern == nil {
		check("", j.Score)
		return reasons
	}
	named := false
	for _, g := range j.Groups {
		if r.Pattern.Matches(g.Name) {
			named = true
			check(g.Name+" ", g.Score)
		}
	}
	var total float64
	for _, c := range cases {
		if r.Pattern.Matches(c.Name) {
			named = true
			check(c.Name+" ", c.Score)
		}
		if c.Score != nil {
			total += *c.Score
		}
	}
	if !named && len(cases) > 0 {
		check(r.Tests+" ", &total)
	}
	return reasons
}
