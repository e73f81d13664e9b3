package problem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/glob"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Expectation is what an example submission must get. The zero value expects nothing in particular.
type Expectation struct {
	// Final lists the verdicts of which the submission must get one; empty means any but JE.
	Final []verdict.Code
	// Rules ask for verdicts, scores and messages on sets of test cases; each of them must be kept.
	Rules []Rule
	// Score is what the final score must be; nil means anything.
	Score *ScoreRange
	// PartialOf, when not nil, is the best score of the problem, which the submission must not get.
	PartialOf *float64
	// Source says where Final was read: "directory", "@EXPECTED_RESULTS@", or "" when nowhere.
	Source string
	// Unstated says, where nothing else is expected and something should be, why not; it is then never kept. "" where the
	// package may leave it open.
	Unstated string
}

// Rule is what a submission must get on a set of test cases. Its verdicts are those that the format knows: AC,
// WA, TLE and RTE, where RTE stands for MLE and OLE too, and AC for PAC.
type Rule struct {
	// Where this was read, such as "submissions/submissions.yaml:4" or "directory wrong_answer".
	Source string
	// Tests is a pattern of test cases and directories of them, such as "secret/*"; "" is every test case.
	Tests string
	// Permitted, when not empty, lists the verdicts that each of the test cases may get.
	Permitted []verdict.Code
	// Required, when not empty, lists verdicts of which at least one of the test cases must get one.
	Required []verdict.Code
	// Score bounds the score of the submission, or of what Tests names; nil means anything.
	Score *ScoreRange
	// Message must be part of what the judge is told about one of the test cases; "" asks for nothing.
	Message string
	// EndlessIsSlow has OLE stand for TLE, in place of RTE: the tools of the legacy formats let output go on until the time
	// is up.
	EndlessIsSlow bool
	// Time says what the times of these test cases mean for a computed time limit.
	Time TimeUse

	Pattern *glob.Glob // Tests; nil for every test case
}

// ScoreRange is what a score may be, ends included.
type ScoreRange struct{ Least, Most float64 }

// scoreSlack is how far a score may be from what was written of it in decimals.
const scoreSlack = 1e-6

func (r ScoreRange) holds(score float64) bool {
	return score >= r.Least-scoreSlack && score <= r.Most+scoreSlack
}

func (r ScoreRange) String() string {
	if r.Least == r.Most {
		return fmt.Sprintf("%v", r.Least)
	}
	return fmt.Sprintf("%v to %v", r.Least, r.Most)
}

// Judged is what a submission got: as much of a report as expectations look at.
type Judged struct {
	Verdict verdict.Code
	Score   *float64 // nil where there is none
	// Log is what the compiler said, and Cause why there is a judge error; "" for nothing.
	Log, Cause string
	Cases      []JudgedCase
	Groups     []JudgedGroup
}

// JudgedCase is the result of one test case. One that was skipped does not matter.
type JudgedCase struct {
	Name    string // such as "secret/03-big"
	Verdict verdict.Code
	Score   *float64
	// Messages are those of the validator for judges.
	Messages []string
}

// JudgedGroup is the score of a directory of test cases, such as "secret/small".
type JudgedGroup struct {
	Name  string
	Score *float64
}

// Known says whether the package expects anything of the submission.
func (e Expectation) Known() bool {
	return len(e.Final) > 0 || len(e.Rules) > 0 || e.Score != nil || e.PartialOf != nil
}

// Codes sums up in verdicts what is expected, for people: those of which the submission, or one of its test cases, must
// get one. They are empty where verdicts cannot say it.
func (e Expectation) Codes() []verdict.Code {
	var permitted, required []verdict.Code
	for _, r := range e.Rules {
		if r.Pattern != nil {
			continue
		}
		if required == nil {
			required = r.Required
		}
		if permitted == nil {
			permitted = r.Permitted
		}
	}
	switch {
	case required != nil:
		return required
	case len(e.Final) > 0:
		return e.Final
	}
	return permitted
}

// Check returns the reasons why a judged submission is not as expected; none when it is. A judge error is never
// expected.
func (e Expectation) Check(j Judged) []string {
	if failed := j.notJudged(); failed != nil {
		return failed
	}
	var reasons []string
	if e.Unstated != "" && !e.Known() {
		reasons = append(reasons, e.Unstated)
	}
	if len(e.Final) > 0 && !slices.Contains(e.Final, j.Verdict) {
		reasons = append(reasons, fmt.Sprintf("got %s, must get %s%s", j.Verdict, anyOf(e.Final), j.compilerSaid()))
	}
	if len(e.Final) == 0 && e.Known() && j.Verdict == verdict.CompileError {
		return append(reasons, "got CE, must compile"+j.compilerSaid())
	}
	reasons = append(reasons, e.checkScore(j)...)
	for _, r := range e.Rules {
		for _, reason := range r.check(j) {
			if !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
	}
	return reasons
}

func (e Expectation) checkScore(j Judged) []string {
	switch {
	case e.Score != nil && j.Score == nil:
		return []string{fmt.Sprintf("got no score, must get %v", e.Score)}
	case e.Score != nil && !e.Score.holds(*j.Score):
		return []string{fmt.Sprintf("got a score of %v, must get %v", *j.Score, e.Score)}
	case e.PartialOf != nil && j.Score != nil && *j.Score == *e.PartialOf && j.Verdict == verdict.Accepted:
		return []string{fmt.Sprintf("got the best score, %v, must get another", *j.Score)}
	}
	return nil
}

// notJudged says what kept a submission from a verdict; nil when nothing did.
func (j Judged) notJudged() []string {
	for _, c := range j.Cases {
		if c.Verdict != verdict.JudgeError {
			continue
		}
		reason := "got JE on " + c.Name
		if len(c.Messages) > 0 {
			reason += ": " + strings.Join(c.Messages, "; ")
		}
		return []string{reason}
	}
	if j.Verdict == verdict.JudgeError && j.Cause != "" {
		return []string{"got JE: " + j.Cause}
	}
	if j.Verdict == verdict.JudgeError || j.Verdict == verdict.Canceled {
		return []string{"got " + string(j.Verdict)}
	}
	return nil
}

// compilerSaid is the beginning of what the compiler said of a submission that did not compile, to be put behind the
// verdict.
func (j Judged) compilerSaid() string {
	const lines, most = 3, 400
	log := strings.TrimSpace(j.Log)
	if j.Verdict != verdict.CompileError || log == "" {
		return ""
	}
	first := strings.SplitN(log, "\n", lines+1)
	text := strings.Join(first[:min(len(first), lines)], "\n")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return ": " + text
}

// anyOf lists verdicts for people.
func anyOf(list []verdict.Code) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = string(c)
	}
	return strings.Join(words, " or ")
}
