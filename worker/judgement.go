package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// judgement is one judged submission as judge, verify and submit print it. The names are a contract with
// scripts.
type judgement struct {
	Problem    string         `json:"problem"`
	Submission string         `json:"submission"` // path in the package, or the files' names
	Language   string         `json:"language"`
	Expected   []verdict.Code `json:"expected"` // codes of which one must come; empty means any but JE
	Verdict    verdict.Code   `json:"verdict"`  // "" when it could not be judged: see error
	OK         bool           `json:"ok"`
	// Score and Groups are there in scoring problems only.
	Score  *float64              `json:"score,omitempty"`
	Groups []message.GroupReport `json:"groups,omitempty"`
	// NearLimit names tests whose time is within the safety margin of the limit.
	NearLimit  []string        `json:"near_limit,omitempty"`
	Complaints []string        `json:"complaints,omitempty"` // why it is not ok
	CPUUsec    int64           `json:"cpu_us"`               // slowest test
	PeakMemory int64           `json:"peak_memory_bytes"`
	Tests      []testJudgement `json:"tests"`
	Error      string          `json:"error,omitempty"`
}

// testJudgement is one test of a judgement.
type testJudgement struct {
	Name       string         `json:"name"`
	Verdict    verdict.Code   `json:"verdict"`
	Reason     verdict.Reason `json:"reason"`
	CPUUsec    int64          `json:"cpu_us"`
	WallUsec   int64          `json:"wall_us"`
	PeakMemory int64          `json:"peak_memory_bytes"`
	Score      *float64       `json:"score,omitempty"`
	SameAs     string         `json:"same_as,omitempty"` // an equal test whose result this is
}

// newJudgement takes over what a report tells, and why it is not as expected.
func newJudgement(submission string, expected []verdict.Code, complaints []string, r message.Report) judgement {
	j := judgement{
		Problem:    r.Problem,
		Submission: submission,
		Language:   r.Language,
		Expected:   append([]verdict.Code{}, expected...),
		Verdict:    r.Verdict,
		OK:         len(complaints) == 0,
		Score:      r.Score,
		Groups:     r.Groups,
		Complaints: complaints,
		CPUUsec:    r.CPUUsec,
		PeakMemory: r.PeakMemory,
		Tests:      make([]testJudgement, len(r.Tests)),
	}
	for i, t := range r.Tests {
		j.Tests[i] = testJudgement{t.Name, t.Verdict, t.Reason, t.CPUUsec, t.WallUsec, t.PeakMemory, t.Score, t.SameAs}
	}
	if r.Error != nil {
		j.Error = r.Error.Message
	}
	return j
}

// print prints one line of a table; width is that of the longest submission to come.
func (j judgement) print(out *output, width int) error {
	if out.json {
		return out.object(j)
	}
	line := []string{out.mark(j.OK), pad(j.Problem+" "+j.Submission, width), j.verdict(out)}
	switch {
	case j.Error != "":
	case !j.OK:
		line = append(line, strings.Join(j.Complaints, "; "))
	case len(j.NearLimit) > 0:
		line = append(line, out.paint(faint, "near the time limit on "+fewNames(j.NearLimit)))
	}
	out.linef("%s", strings.Join(line, "  "))
	return nil
}

// printAlone prints a submission of which nothing is known in advance.
func (j judgement) printAlone(out *output) error {
	if out.json {
		return out.object(j)
	}
	out.linef("%s  %s", j.Problem+" "+j.Submission, j.verdict(out))
	return nil
}

// verdict is what the judge says: language, verdict, and usage or the error.
func (j judgement) verdict(out *output) string {
	line := pad(j.Language, 10) + "  " + pad(string(j.Verdict), 4) + "  "
	if j.Score != nil {
		line += pad(scoreText(*j.Score, mostOf(j.Groups)), 8) + "  "
	}
	if j.Error != "" {
		return line + j.Error
	}
	return line + out.paint(faint, seconds(j.CPUUsec)+"  "+mebibytes(j.PeakMemory))
}

// mostOf is the most that a submission can get; nil where there is no such figure.
func mostOf(groups []message.GroupReport) *float64 {
	for _, name := range []string{"", "secret"} {
		for _, g := range groups {
			if g.Name == name {
				return g.MaxScore
			}
		}
	}
	return nil
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
