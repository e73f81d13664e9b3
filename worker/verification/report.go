package verification

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/wholefile"
)

//go:embed report.html
var reportPage string

// report is what verify --report shows: one page that needs nothing else.
type report struct {
	Version  string
	Made     time.Time
	Packages []*packageReport
}

// packageReport is a package and its matrix.
type packageReport struct {
	ID       string // in the page; set when it is written
	Problem  *problem.Problem
	Limit    time.Duration
	Factor   float64 // safety margin of the time limit
	Slowest  *verify.Margin
	Fastest  *verify.Margin
	Data     *verify.DataCheck // nil when it was not asked for
	Rows     []verify.Row
	Broken   string // why the package could not be verified, or not whole
	Warnings []string
	// Undecided names the secret tests that no submission fails.
	Undecided []string
	testName  []string
}

// add takes one submission in.
func (p *packageReport) add(row verify.Row) {
	p.Rows = append(p.Rows, row)
	if len(row.Report.Tests) > len(p.testName) {
		p.testName = p.testName[:0]
		for _, t := range row.Report.Tests {
			p.testName = append(p.testName, t.Name)
		}
	}
}

// finish takes in what is known at the end.
func (p *packageReport) finish(v verify.Findings) {
	p.Limit, p.Factor = v.TimeLimit, v.Margins.Factor
	p.Slowest, p.Fastest = v.Margins.Slowest, v.Margins.Fastest
	p.Undecided = v.Undecided
}

// NotOK counts the submissions that are not as expected.
func (p *packageReport) NotOK() int {
	n := 0
	for _, r := range p.Rows {
		if !r.OK {
			n++
		}
	}
	return n
}

// pageGroup is a directory of test cases in the head of a matrix.
type pageGroup struct {
	Name    string // "sample", "secret/small"
	Columns []column
}

// column is a test in the head of the matrix.
type column struct {
	Name, Base string
	// Quiet says that all is well there: it is left out of a large matrix until it is asked for.
	Quiet bool
}

// Groups are the tests by the directory that they lie in, in judging order.
func (p *packageReport) Groups() []pageGroup {
	failing := map[string]bool{}
	for _, r := range p.Rows {
		for _, t := range r.Report.Tests {
			failing[t.Name] = failing[t.Name] || !r.OK && t.Verdict != verdict.Accepted && t.Verdict != verdict.Skipped
		}
	}
	var groups []pageGroup
	for _, name := range p.testName {
		dir, base, _ := cutLast(name)
		if len(groups) == 0 || groups[len(groups)-1].Name != dir {
			groups = append(groups, pageGroup{Name: dir})
		}
		g := &groups[len(groups)-1]
		g.Columns = append(g.Columns, column{Name: name, Base: base, Quiet: !failing[name]})
	}
	return groups
}

// manyTests is how many tests a matrix shows at once; of a larger one, only groups and what fails.
const manyTests = 60

// Large says whether the matrix has too many tests to show them all at once.
func (p *packageReport) Large() bool { return len(p.testName) > manyTests }

// groupCell is what a submission got in a group.
type groupCell struct {
	Verdict verdict.Code // of its first test that was run and not passed; AC where there is none
	Points  string       // such as "20/40"; "" where the group has none
	Slowest api.TestReport
	Ran     bool
	Tests   []api.TestReport // by column; one without a name was not reported
}

// Cells are what a submission got, by group.
func (p *packageReport) Cells(r verify.Row) []groupCell {
	byName := make(map[string]api.TestReport, len(r.Report.Tests))
	for _, t := range r.Report.Tests {
		byName[t.Name] = t
	}
	groups := p.Groups()
	cells := make([]groupCell, len(groups))
	for i, g := range groups {
		c := groupCell{Verdict: verdict.Accepted, Points: groupPoints(r.Report, g.Name)}
		for _, column := range g.Columns {
			t := byName[column.Name]
			c.Tests = append(c.Tests, t)
			if t.Name == "" || t.Verdict == verdict.Skipped {
				continue
			}
			if !c.Ran || t.CPUUsec > c.Slowest.CPUUsec {
				c.Slowest, c.Ran = t, true
			}
			if c.Verdict == verdict.Accepted {
				c.Verdict = t.Verdict
			}
		}
		if !c.Ran {
			c.Verdict = verdict.Skipped
		}
		cells[i] = c
	}
	return cells
}

func groupPoints(r api.Report, name string) string {
	for _, g := range r.Groups {
		if g.Name == name && g.Score != nil {
			return judgement.ScoreText(*g.Score, g.MaxScore)
		}
	}
	return ""
}

// notable are the tests of a row that are not accepted and were run.
func notable(r verify.Row) []api.TestReport {
	return slices.DeleteFunc(slices.Clone(r.Report.Tests), func(t api.TestReport) bool {
		return t.Verdict == verdict.Accepted || t.Verdict == verdict.Skipped
	})
}

// why says in a few words why a row is not as it must be, or was not judged.
func why(r verify.Row) string {
	const most = 300
	text := strings.Join(r.Complaints, "; ")
	switch {
	case r.Err != nil:
		text = "not judged: " + r.Err.Error()
	case text == "" && r.Report.Error != nil:
		text = r.Report.Error.Message
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " ..."
	}
	return text
}

// Sorted are the packages for the table on top: those that are not ok first.
func (r *report) Sorted() []*packageReport {
	sorted := slices.Clone(r.Packages)
	rank := func(p *packageReport) int {
		if p.Sound() {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(sorted, func(a, b *packageReport) int { return rank(a) - rank(b) })
	return sorted
}

// Sound says whether all that was verified is as it must be.
func (p *packageReport) Sound() bool {
	return p.NotOK() == 0 && p.Broken == "" && (p.Data == nil || len(p.Data.Complaints) == 0)
}

// Submissions counts those of all packages, and NotOK those that are not as they must be.
func (r *report) Submissions() (n int) {
	for _, p := range r.Packages {
		n += len(p.Rows)
	}
	return n
}

// NotOK is described at Submissions.
func (r *report) NotOK() (n int) {
	for _, p := range r.Packages {
		n += p.NotOK()
	}
	return n
}

// packageData is a package in the machine-readable part of the page. Judgements have the schema of verify --format json.
type packageData struct {
	Problem    string                `json:"problem"`
	OK         bool                  `json:"ok"`
	Broken     string                `json:"broken,omitempty"`
	Warnings   []string              `json:"warnings"`
	Judgements []judgement.Judgement `json:"judgements"`
}

// Machine is all that the page shows of submissions, for programs.
func (r *report) Machine() []packageData {
	all := make([]packageData, len(r.Packages))
	for i, p := range r.Packages {
		d := packageData{Problem: p.Problem.Name, OK: p.Sound(), Broken: p.Broken, Warnings: append([]string{}, p.Warnings...), Judgements: []judgement.Judgement{}}
		for n, row := range p.Rows {
			d.Judgements = append(d.Judgements, verifiedRow(fmt.Sprintf("example-%d", n+1), row))
		}
		all[i] = d
	}
	return all
}

// Shade is how much of the time limit a test took, in steps from 0 to 4.
func (p *packageReport) Shade(t api.TestReport) int {
	if p.Limit <= 0 {
		return 0
	}
	part := float64(t.CPUUsec) / float64(p.Limit.Microseconds())
	return min(int(part*5), 4)
}

// The chart of times, in units of its view box. The names stand before the axis, whole.
const (
	chartAxis   = 640
	chartLetter = 6.4 // the width of a letter, rather too much
	chartRow    = 18
	chartMargin = 26
)

// chart shows the CPU time of every test of every submission on a logarithmic axis.
type chart struct {
	Height, Bottom int
	Left, Width    int     // where the axis begins, and the whole
	Limit          float64 // where the time limit is
	Near, Far      float64 // where the safety margin begins and ends
	Ticks          []tick
	Lines          []chartLine
}

type tick struct {
	X    float64
	Text string
}

type chartLine struct {
	Y     int
	Name  string
	Marks []mark
}

type mark struct {
	X       float64
	Verdict verdict.Code
	Text    string
}

// Chart draws the times of the submissions that were run, slowest below.
func (p *packageReport) Chart() *chart {
	rows := slices.DeleteFunc(slices.Clone(p.Rows), func(r verify.Row) bool {
		_, ran := r.Report.SlowestTest()
		return !ran
	})
	if len(rows) == 0 || p.Limit <= 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b verify.Row) int { return cmp.Compare(a.Report.CPUUsec, b.Report.CPUUsec) })
	most := p.Limit
	for _, r := range rows {
		most = max(most, time.Duration(r.Report.CPUUsec)*time.Microsecond)
	}
	left := 0
	for _, r := range rows {
		left = max(left, int(chartLetter*float64(utf8.RuneCountInString(r.Submission)))+16)
	}
	axis := newAxis(left, most*5/4)
	c := &chart{
		Left: left, Width: left + chartAxis, Height: len(rows)*chartRow + 2*chartMargin, Limit: axis.at(p.Limit),
		Near: axis.at(scaledTime(p.Limit, 1/max(p.Factor, 1))), Far: axis.at(scaledTime(p.Limit, max(p.Factor, 1))),
		Ticks: axis.ticks(),
	}
	c.Bottom = c.Height - chartMargin
	for i, r := range rows {
		line := chartLine{Y: chartMargin + i*chartRow + chartRow/2, Name: r.Submission}
		for _, t := range r.Report.Tests {
			if t.Verdict != verdict.Skipped {
				took := time.Duration(t.CPUUsec) * time.Microsecond
				line.Marks = append(line.Marks, mark{axis.at(took), t.Verdict, fmt.Sprintf("%s: %s %s", t.Name, t.Verdict, terminal.Seconds(t.CPUUsec))})
			}
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

func scaledTime(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// axis maps times to places; below least everything is at the left end.
type axis struct {
	left        int
	least, most float64
}

func newAxis(left int, most time.Duration) axis {
	return axis{left: left, least: float64(time.Millisecond), most: max(float64(most), float64(10*time.Millisecond))}
}

func (a axis) at(d time.Duration) float64 {
	part := math.Log(max(float64(d), a.least)/a.least) / math.Log(a.most/a.least)
	return math.Round(10*(float64(a.left)+min(part, 1)*(chartAxis-20))) / 10
}

func (a axis) ticks() []tick {
	var all []tick
	for d := time.Millisecond; float64(d) <= a.most; d *= 10 {
		all = append(all, tick{a.at(d), d.String()})
	}
	return all
}

// pageMessage is a message about a submission or one of its tests.
type pageMessage struct{ Title, Text string }

// pageMessages lists the messages of compiler, checker and program about a submission.
func pageMessages(r verify.Row) []pageMessage {
	var all []pageMessage
	add := func(title, text string) {
		if text != "" {
			all = append(all, pageMessage{title, text})
		}
	}
	if r.Err != nil {
		add("not judged", r.Err.Error())
	} else {
		add("why it is not as it must be", strings.Join(r.Complaints, "\n"))
	}
	if r.Report.Error != nil {
		add("judge error", r.Report.Error.Message)
	}
	add("compiler", r.Report.Compile.Log)
	for _, t := range r.Report.Tests {
		add(t.Name+": for judges", t.JudgeMessage)
		add(t.Name+": for the team", t.TeamMessage)
		add(t.Name+": transcript", t.Transcript)
	}
	return all
}

// write makes the file, whole or not at all.
func (r *report) write(path string) error {
	for i, p := range r.Packages {
		p.ID = fmt.Sprintf("p%d", i+1)
	}
	page, err := template.New("report").Funcs(template.FuncMap{
		"letter": letter, "seconds": terminal.Seconds, "mebibytes": terminal.Mebibytes, "points": judgement.Points, "add": func(a, b int) int { return a + b }, "messages": pageMessages,
		"notable": notable, "why": why, "slowest": func(r api.Report) api.TestReport { t, _ := r.SlowestTest(); return t },
		"size": func(b sandbox.Bytes) string { return terminal.Mebibytes(int64(b)) }, "share": terminal.Percent, "usec": func(d time.Duration) string { return terminal.Seconds(d.Microseconds()) },
	}).Parse(reportPage)
	if err != nil {
		return fmt.Errorf("read report template: %w", err)
	}
	if err := wholefile.Write(path, func(w io.Writer) error { return page.Execute(w, r) }); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
