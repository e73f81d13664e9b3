package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/sandbox"
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
	Problem  *problem.Problem
	Limit    time.Duration
	Factor   float64 // safety margin of the time limit
	Slowest  *verify.Margin
	Fastest  *verify.Margin
	Data     *verify.DataCheck // nil when it was not asked for
	Rows     []verify.Row
	Broken   string // why the package could not be verified, or not whole
	testName []string
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

// column is a test in the head of the matrix.
type column struct {
	Name, Base string
	First      bool // of its group
}

// Columns are the tests, in judging order.
func (p *packageReport) Columns() []column {
	columns := make([]column, len(p.testName))
	for i, name := range p.testName {
		dir, base, _ := cutLast(name)
		columns[i] = column{Name: name, Base: base, First: i == 0 || groupOf(p.testName[i-1]) != dir}
	}
	return columns
}

// Shade is how much of the time limit a test took, in steps from 0 to 4.
func (p *packageReport) Shade(t api.TestReport) int {
	if p.Limit <= 0 {
		return 0
	}
	part := float64(t.CPUUsec) / float64(p.Limit.Microseconds())
	return min(int(part*5), 4)
}

// The chart of times, in units of its view box.
const (
	chartWidth  = 900
	chartLeft   = 260
	chartRow    = 18
	chartMargin = 26
)

// chart shows the CPU time of every test of every submission on a logarithmic axis.
type chart struct {
	Height, Bottom int
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
		_, ran := slowestTest(r.Report)
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
	axis := newAxis(most * 5 / 4)
	c := &chart{
		Height: len(rows)*chartRow + 2*chartMargin, Limit: axis.at(p.Limit),
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
type axis struct{ least, most float64 }

func newAxis(most time.Duration) axis {
	return axis{least: float64(time.Millisecond), most: max(float64(most), float64(10*time.Millisecond))}
}

func (a axis) at(d time.Duration) float64 {
	part := math.Log(max(float64(d), a.least)/a.least) / math.Log(a.most/a.least)
	return math.Round(10*(chartLeft+min(part, 1)*(chartWidth-chartLeft-20))) / 10
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
	page, err := template.New("report").Funcs(template.FuncMap{
		"letter": letter, "seconds": terminal.Seconds, "mebibytes": terminal.Mebibytes, "points": points, "messages": pageMessages,
		"size": func(b sandbox.Bytes) string { return terminal.Mebibytes(int64(b)) }, "share": share, "usec": func(d time.Duration) string { return terminal.Seconds(d.Microseconds()) },
	}).Parse(reportPage)
	if err != nil {
		return fmt.Errorf("read report template: %w", err)
	}
	if err := wholefile.Write(path, func(w io.Writer) error { return page.Execute(w, r) }); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// share is a part of a whole in percent.
func share(part, whole int64) string {
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}
