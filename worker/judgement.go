package main

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

// judgement is one judged submission as judge, verify, submit --wait and watch print it: the whole report, and what was
// expected. Schema: configs/schemas/judgement.json.
type judgement struct {
	api.Report
	Path     string         `json:"submission,omitempty"` // in the package, or the files' names; watch does not know it
	Expected []verdict.Code `json:"expected"`             // codes of which one must come; empty means any but JE
	OK       bool           `json:"ok"`
	// NearLimit names tests whose time is within the safety margin of the limit.
	NearLimit  []string `json:"near_limit,omitempty"`
	Complaints []string `json:"complaints,omitempty"` // why it is not ok
}

// newJudgement takes a report over, and why it is not as expected.
func newJudgement(path string, expected problem.Expectation, r api.Report) judgement {
	complaints := expected.Check(verify.Judged(&r))
	if r.Tests == nil {
		r.Tests = []api.TestReport{} // [] in JSON, not null
	}
	return judgement{
		Report: r, Path: path, Expected: append([]verdict.Code{}, expected.Codes()...),
		OK: len(complaints) == 0, Complaints: complaints,
	}
}

// acceptance is what must come of a submission of which nothing else is known.
func acceptance() problem.Expectation {
	return problem.Expectation{Final: []verdict.Code{verdict.Accepted}}
}

// err is exit.ErrNotOK unless it is ok.
func (j judgement) err() error {
	if j.OK {
		return nil
	}
	return exit.ErrNotOK
}

// approximate reports whether CPU time and memory of a report were measured without a control group.
func approximate(r api.Report) bool {
	return slices.ContainsFunc(r.Tests, func(t api.TestReport) bool { return slices.Contains(t.Flags, "approximate") })
}

// approximateNote explains the word about before CPU times and memory.
const approximateNote = "CPU times and memory are approximate: there is no control group to measure them with; see gavel doctor"

// about puts the word before a text where figures are approximate.
func about(r api.Report, text string) string {
	if approximate(r) {
		return "about " + text
	}
	return text
}

// print prints one line of a table; width is that of the longest submission to come.
func (j judgement) print(out *terminal.Output, width int) error {
	if out.JSON {
		return out.Object(j)
	}
	widths := []int{4, width, 10, 4}
	cells := []string{out.Mark(j.OK), terminal.SingleLine(j.Problem + " " + j.Path), j.Language, string(j.Verdict)}
	if j.Score != nil {
		widths, cells = append(widths, 8), append(cells, scoreText(*j.Score, j.MaxScore()))
	}
	if j.Error != nil {
		out.Row(widths, cells, terminal.SingleLine(j.Error.Message))
		return nil
	}
	rest := out.Paint(terminal.Faint, about(j.Report, terminal.Seconds(j.CPUUsec)+"  "+terminal.Mebibytes(j.PeakMemory)))
	switch {
	case !j.OK:
		rest += "  " + terminal.SingleLine(strings.Join(j.Complaints, "; "))
	case len(j.NearLimit) > 0:
		rest += "  " + out.Paint(terminal.Faint, "near the time limit on "+fewNames(j.NearLimit))
	}
	out.Row(widths, cells, rest)
	return nil
}

// printAlone prints a submission by itself: the report, and in text one sentence at the end.
func (j judgement) printAlone(out *terminal.Output) error {
	if out.JSON {
		return out.Object(j)
	}
	printReport(out, j.Report)
	out.Linef("%s", j.sentence())
	return nil
}

// sentence says who got what.
func (j judgement) sentence() string {
	text := fmt.Sprintf("%s %s: verdict %s", j.Problem, cmp.Or(j.Path, j.Submission), j.Verdict)
	if j.Score != nil {
		text += " " + scoreText(*j.Score, j.MaxScore())
	}
	if j.Language != "" {
		text += ", language " + j.Language
	}
	_, ran := slowestTest(j.Report)
	switch {
	case j.Error != nil:
		return text + ": " + terminal.SingleLine(j.Error.Message)
	case !ran:
		return text
	}
	return text + fmt.Sprintf(", slowest test %s of %s, largest %s of %s", about(j.Report, terminal.Seconds(j.CPUUsec)), terminal.Seconds(j.TimeLimitUsec),
		about(j.Report, terminal.Mebibytes(j.PeakMemory)), terminal.Mebibytes(j.MemoryLimit))
}

// scoreText is a score for people, with the most that there was to get.
func scoreText(score float64, most *float64) string {
	text := points(score)
	if most != nil {
		text += "/" + points(*most)
	}
	return text
}

// points writes a score with at most three decimals.
func points(score float64) string {
	return strconv.FormatFloat(math.Round(score*1000)/1000, 'f', -1, 64)
}

// fewNames lists names for people.
func fewNames(names []string) string {
	const few = 3
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
