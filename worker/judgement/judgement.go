// Package judgement says what came of submissions: a judged one in text and JSON, its stages while it is judged, and how many of
// several were not as they should be. What is printed is what judge, verify, submit, grade and watch have in common.
package judgement

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Judgement is one judged submission as judge, verify, submit --wait and watch print it: the whole report, and what was
// expected. Schema: configs/schemas/judgement.json.
type Judgement struct {
	api.Report
	Path     string         `json:"submission,omitempty"` // in the package, or the files' names; watch does not know it
	Expected []verdict.Code `json:"expected"`             // codes of which one must come; empty means any but JE
	OK       bool           `json:"ok"`
	// NearLimit names tests whose time is within the safety margin of the limit.
	NearLimit  []string `json:"near_limit,omitempty"`
	Complaints []string `json:"complaints,omitempty"` // why it is not ok
}

// New takes a report over, and why it is not as expected.
func New(path string, expected problem.Expectation, r api.Report) Judgement {
	complaints := expected.Check(verify.Judged(&r))
	if r.Tests == nil {
		r.Tests = []api.TestReport{} // [] in JSON, not null
	}
	return Judgement{
		Report: r, Path: path, Expected: append([]verdict.Code{}, expected.Codes()...),
		OK: len(complaints) == 0, Complaints: complaints,
	}
}

// Acceptance is what must come of a submission of which nothing else is known.
func Acceptance() problem.Expectation {
	return problem.Expectation{Final: []verdict.Code{verdict.Accepted}}
}

// Err is exit.ErrNotOK unless it is ok.
func (j Judgement) Err() error {
	if j.OK {
		return nil
	}
	return exit.ErrNotOK
}

// Approximate reports whether CPU time and memory of a report were measured without a control group.
func Approximate(r api.Report) bool {
	return slices.ContainsFunc(r.Tests, func(t api.TestReport) bool { return slices.Contains(t.Flags, "approximate") })
}

// ApproximateNote explains the word about before CPU times and memory.
const ApproximateNote = "CPU times and memory are approximate: there is no control group to measure them with; see gavel doctor"

// About puts the word before a text where figures are approximate.
func About(r api.Report, text string) string {
	if Approximate(r) {
		return "about " + text
	}
	return text
}

// Print prints one line of a table; width is that of the longest submission to come.
func (j Judgement) Print(out *terminal.Output, width int) error {
	if out.JSON {
		return out.Object(j)
	}
	widths := []int{4, width, 10, 4}
	cells := []string{out.Mark(j.OK), terminal.SingleLine(j.Problem + " " + j.Path), j.Language, string(j.Verdict)}
	if j.Score != nil {
		widths, cells = append(widths, 8), append(cells, ScoreText(*j.Score, j.MaxScore()))
	}
	if j.Error != nil {
		out.Row(widths, cells, terminal.SingleLine(j.Error.Message))
		return nil
	}
	rest := out.Paint(terminal.Faint, About(j.Report, terminal.Seconds(j.CPUUsec)+"  "+terminal.Mebibytes(j.PeakMemory)))
	switch {
	case !j.OK:
		rest += "  " + terminal.SingleLine(strings.Join(j.Complaints, "; "))
	case len(j.NearLimit) > 0:
		rest += "  " + out.Paint(terminal.Faint, "near the time limit on "+FewNames(j.NearLimit))
	}
	out.Row(widths, cells, rest)
	return nil
}

// PrintAlone prints a submission by itself: the report, and in text one sentence at the end.
func (j Judgement) PrintAlone(out *terminal.Output) error {
	if out.JSON {
		return out.Object(j)
	}
	printReport(out, j.Report)
	out.Linef("%s", j.sentence())
	return nil
}

// sentence says who got what.
func (j Judgement) sentence() string {
	text := fmt.Sprintf("%s %s: verdict %s", j.Problem, cmp.Or(j.Path, j.Submission), j.Verdict)
	if j.Score != nil {
		text += " " + ScoreText(*j.Score, j.MaxScore())
	}
	if j.Language != "" {
		text += ", language " + j.Language
	}
	_, ran := j.SlowestTest()
	switch {
	case j.Error != nil:
		return text + ": " + terminal.SingleLine(j.Error.Message)
	case !ran:
		return text
	}
	return text + fmt.Sprintf(", slowest test %s of %s, largest %s of %s", About(j.Report, terminal.Seconds(j.CPUUsec)), terminal.Seconds(j.TimeLimitUsec),
		About(j.Report, terminal.Mebibytes(j.PeakMemory)), terminal.Mebibytes(j.MemoryLimit))
}

// ScoreText is a score for people, with the most that there was to get.
func ScoreText(score float64, most *float64) string {
	text := Points(score)
	if most != nil {
		text += "/" + Points(*most)
	}
	return text
}

// Points writes a score with at most three decimals.
func Points(score float64) string {
	return strconv.FormatFloat(math.Round(score*1000)/1000, 'f', -1, 64)
}

// FewNames lists names for people.
func FewNames(names []string) string {
	const few = 3
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
