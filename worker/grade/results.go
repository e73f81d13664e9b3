package grade

import (
	"cmp"
	"encoding/json"
	"io"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Results says for which course system a results.json is written for each student.
type Results string

// The systems; "" for none.
const (
	ForGradescope   Results = "gradescope"
	ForPrairieLearn Results = "prairielearn"
)

// gradescopeResult is what Gradescope's autograder writes. Students see it.
type gradescopeResult struct {
	Score      float64          `json:"score"`
	Output     string           `json:"output"`
	Visibility string           `json:"visibility"`
	Tests      []gradescopeTest `json:"tests"`
}

type gradescopeTest struct {
	Name     string   `json:"name"`
	Score    *float64 `json:"score,omitempty"`
	MaxScore *float64 `json:"max_score,omitempty"`
	Status   string   `json:"status,omitempty"` // passed or failed
	Output   string   `json:"output,omitempty"`
}

// prairieResult is what PrairieLearn's external grader writes. Its score is a part of one.
type prairieResult struct {
	Gradable bool          `json:"gradable"`
	Score    float64       `json:"score"`
	Message  string        `json:"message"`
	Output   string        `json:"output,omitempty"`
	Tests    []prairieTest `json:"tests"`
}

type prairieTest struct {
	Name      string   `json:"name"`
	Points    *float64 `json:"points,omitempty"`
	MaxPoints *float64 `json:"max_points,omitempty"`
	Message   string   `json:"message,omitempty"`
}

// part is one line of such a result: a test group, or a sample.
type part struct {
	name           string
	points, most   *float64
	failed         bool
	verdict, extra string
}

// parts are what students may see of a graded row: groups with their points, and the samples.
func (s *Student) parts() []part {
	var all []part
	for _, g := range s.Groups {
		all = append(all, part{name: g.Name, points: g.Score, most: g.Max, failed: g.Max != nil && *g.Score < *g.Max})
	}
	for _, t := range s.Report.Tests {
		if !secret(t.Name) {
			all = append(all, part{
				name: t.Name, failed: t.Verdict != verdict.Accepted, verdict: words(t.Verdict),
				extra: printable(withoutSecrets(t.TeamMessage, s.Report)),
			})
		}
	}
	return all
}

func writeResult(out io.Writer, b *Book, s *Student, system Results) error {
	var result any
	switch system {
	case ForGradescope:
		result = gradescope(s)
	case ForPrairieLearn:
		result = prairieLearn(b, s)
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

func gradescope(s *Student) gradescopeResult {
	r := gradescopeResult{Output: s.forStudent(), Visibility: "visible", Tests: []gradescopeTest{}}
	if s.Status != Graded {
		return r
	}
	r.Score = *s.Score
	r.Output = cmp.Or(r.Output, words(s.Verdict))
	for _, p := range s.parts() {
		status := "passed"
		if p.failed {
			status = "failed"
		}
		r.Tests = append(r.Tests, gradescopeTest{p.name, p.points, p.most, status, cmp.Or(p.extra, p.verdict)})
	}
	return r
}

func prairieLearn(b *Book, s *Student) prairieResult {
	r := prairieResult{Gradable: s.Status == Graded, Message: s.forStudent(), Tests: []prairieTest{}}
	if s.Status != Graded {
		return r
	}
	r.Message = cmp.Or(r.Message, words(s.Verdict))
	if b.Max != nil && *b.Max > 0 {
		r.Score = min(max(rounded(*s.Score / *b.Max, 6), 0), 1)
	}
	r.Output = printable(s.Report.Compile.Log)
	for _, p := range s.parts() {
		r.Tests = append(r.Tests, prairieTest{p.name, p.points, p.most, cmp.Or(p.extra, p.verdict)})
	}
	return r
}
