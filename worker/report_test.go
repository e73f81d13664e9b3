package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
)

// reported is a package with an accepted submission, and a wrong one whose messages try to be markup.
func reported() *packageReport {
	p := &packageReport{Problem: &problem.Problem{Name: "sum", Title: "Sum <of> two", Format: problem.Legacy}}
	p.add(verify.Row{Submission: "submissions/accepted/a.c", OK: true, Report: api.Report{
		Verdict: verdict.Accepted, CPUUsec: 500_000, TimeLimitUsec: 1_000_000,
		Tests: []api.TestReport{
			{Name: "sample/1", Verdict: verdict.Accepted, CPUUsec: 100},
			{Name: "secret/a/1", Verdict: verdict.Accepted, CPUUsec: 500_000},
			{Name: "secret/b/1", Verdict: verdict.Accepted, CPUUsec: 200},
		},
	}})
	p.add(verify.Row{
		Submission: "submissions/wrong_answer/b.c", Complaints: []string{"got RTE, must get WA"},
		Report: api.Report{
			Verdict: verdict.RunTimeError, CPUUsec: 10, TimeLimitUsec: 1_000_000,
			Tests: []api.TestReport{
				{Name: "sample/1", Verdict: verdict.RunTimeError, CPUUsec: 10, JudgeMessage: "<script>alert(1)</script>"},
				{Name: "secret/a/1", Verdict: verdict.Skipped},
				{Name: "secret/b/1", Verdict: verdict.Skipped},
			},
		},
	})
	p.finish(verify.Findings{TimeLimit: time.Second, Margins: verify.Margins{Factor: 2}})
	return p
}

func TestReportPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	r := report{Version: "gavel test", Packages: []*packageReport{reported()}}
	if err := r.write(path); err != nil {
		t.Fatalf("write() = %v", err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Sum &lt;of&gt; two", "1 not ok", "submissions/wrong_answer/b.c", "got RTE, must get WA",
		"&lt;script&gt;alert(1)&lt;/script&gt;", `class="test RTE s0 first"`, `class="test AC s2 first"`, "time limit</text>", "50 %",
	} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, not := range []string{"<script", "http://", "https://", "url("} {
		if bytes.Contains(page, []byte(not)) {
			t.Errorf("the page has %q; it must run nothing and load nothing", not)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".gavel-report-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("write() left %q, %v", left, err)
	}
}

func TestReportPageNowhere(t *testing.T) {
	r := report{}
	err := r.write(filepath.Join(t.TempDir(), "missing", "report.html"))
	if err == nil || !strings.HasPrefix(err.Error(), "write report: ") || !strings.Contains(err.Error(), "missing") {
		t.Errorf("write() = %v, want an error that names the directory", err)
	}
}

func TestMatrixRow(t *testing.T) {
	rows := reported().Rows
	for i, want := range []string{". . .", "R - -"} {
		if got := matrixRow(rows[i].Report.Tests); got != want {
			t.Errorf("matrixRow(%s) = %q, want %q", rows[i].Submission, got, want)
		}
	}
}

// TestLetters makes sure that no two verdicts look the same.
func TestLetters(t *testing.T) {
	seen := map[string]verdict.Code{}
	for _, c := range verdict.Codes() {
		l := letter(c)
		if other, ok := seen[l]; ok && c != verdict.Canceled {
			t.Errorf("letter(%s) and letter(%s) are both %q", c, other, l)
		}
		if l == "?" {
			t.Errorf("letter(%s) is unknown", c)
		}
		seen[l] = c
	}
}

func TestChartKeepsToItsWidth(t *testing.T) {
	p := reported()
	p.Rows[0].Report.CPUUsec, p.Rows[0].Report.Tests[0].CPUUsec = 100_000_000, 100_000_000
	c := p.Chart()
	if len(c.Lines) != 2 || c.Lines[0].Name != "submissions/wrong_answer/b.c" {
		t.Fatalf("Chart() has lines %+v, want the slowest last", c.Lines)
	}
	for _, l := range c.Lines {
		for _, m := range l.Marks {
			if m.X < chartLeft || m.X > chartWidth {
				t.Errorf("mark %q at %v is outside of the chart", m.Text, m.X)
			}
		}
	}
	if !(c.Near < c.Limit && c.Limit < c.Far) {
		t.Errorf("margin from %v to %v, with the limit at %v", c.Near, c.Far, c.Limit)
	}
}
