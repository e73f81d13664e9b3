package verification

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/google/go-cmp/cmp"
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
		"&lt;script&gt;alert(1)&lt;/script&gt;", `<td class="test RTE s0"`, `<td class="test AC s2"`, "time limit</text>", "50 %",
		`<th class="group" scope="colgroup" colspan="2" data-group="1">secret/a</th>`, `<td>secret/a/1</td>`,
		`<a href="#p1-of1">submissions/wrong_answer/b.c</a>`, `<details id="p1-of1" open>`, `<a href="#p1-row1">`, `<tr id="p1-row1" data-bad>`,
		`<li>sample/1: RTE,`, `<h2 id="p1">`, `aria-labelledby="p1"`, "<main>", "<caption>", `<span class="words">AC 0.500 s `,
		`<script type="application/json" id="data">[{"problem":"sum","ok":false,"warnings":[],"judgements":[{`,
	} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, not := range []string{"<script src", "http://", "https://", "url(", "@import", " title=", "<script>alert"} {
		if bytes.Contains(page, []byte(not)) {
			t.Errorf("the page has %q; it must load nothing, run nothing of others, and hide nothing in titles", not)
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
			if m.X < float64(c.Left) || m.X > float64(c.Width) {
				t.Errorf("mark %q at %v is outside of the chart", m.Text, m.X)
			}
		}
	}
	if !(c.Near < c.Limit && c.Limit < c.Far) {
		t.Errorf("margin from %v to %v, with the limit at %v", c.Near, c.Far, c.Limit)
	}
}

// TestReportLarge: a matrix with many tests opens with its groups and what fails, and is no larger than need be.
func TestReportLarge(t *testing.T) {
	p := &packageReport{Problem: &problem.Problem{Name: "large", Title: "Large", Format: problem.Legacy}}
	const tests, rows = 500, 30
	for n := range rows {
		r := api.Report{Verdict: verdict.Accepted, CPUUsec: 500, TimeLimitUsec: 1_000_000, Groups: []api.GroupReport{{Name: "secret/g1", Score: new(float64)}}}
		for i := range tests {
			r.Tests = append(r.Tests, api.TestReport{Name: fmt.Sprintf("secret/g%d/%d", i/50, i), Verdict: verdict.Accepted, CPUUsec: int64(i)})
		}
		row := verify.Row{Submission: fmt.Sprintf("submissions/accepted/jos\u00e9-%d.c", n), OK: n > 0, Report: r}
		if n == 0 {
			r.Tests[321].Verdict = verdict.WrongAnswer
			row.Complaints = []string{"got WA, must get AC"}
		}
		p.add(row)
	}
	p.finish(verify.Findings{TimeLimit: time.Second, Margins: verify.Margins{Factor: 2}})
	path := filepath.Join(t.TempDir(), "report.html")
	if err := (&report{Packages: []*packageReport{p, reported()}}).write(path); err != nil {
		t.Fatalf("write() = %v", err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(page); n > 12<<20 {
		t.Errorf("the page has %d bytes, want at most 12 MiB", n)
	}
	head, _, _ := bytes.Cut(page, []byte("</thead>\n<tbody><tr id="))
	if n := bytes.Count(head, []byte(`<th class="test"`)); n != tests {
		t.Errorf("the head has %d tests, want %d", n, tests)
	}
	if n := bytes.Count(head, []byte(" data-quiet>")); n != tests-1 {
		t.Errorf("%d columns are left out at first, want all but the one that fails", n)
	}
	for _, want := range []string{
		"jos\u00e9-7.c", "show all 0 tests", `data-large`, `<td class="sum WA">W<span class="words"> WA, slowest secret/g6/349 0.000 s</span></td>`,
		`<td class="sum AC">. 0<span`, `<td><span class="bad">FAIL</span></td><th scope="row"><a href="#p1">large</a></th>`,
	} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// TestReportOrder: in the table of packages, those that are not ok come first.
func TestReportOrder(t *testing.T) {
	well := &packageReport{Problem: &problem.Problem{Name: "well"}}
	broken := &packageReport{Problem: &problem.Problem{Name: "broken"}, Broken: "no test cases"}
	r := &report{Packages: []*packageReport{well, reported(), broken}}
	var names []string
	for _, p := range r.Sorted() {
		names = append(names, p.Problem.Name)
	}
	if diff := cmp.Diff([]string{"sum", "broken", "well"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestReportRowNotJudged: the reason stands beside the row, which has no cells.
func TestReportRowNotJudged(t *testing.T) {
	row := verify.Row{Submission: "a.swift", Skipped: true, Err: errors.New("language swift is not installed")}
	if got := why(row); got != "not judged: language swift is not installed" {
		t.Errorf("why() = %q", got)
	}
}

// TestReportContrast computes, in both schemes, the contrast of every text with what is behind it: WCAG 2.2 asks for 4.5:1,
// and for 3:1 of shapes. A rule with no background of its own stands on the paper.
func TestReportContrast(t *testing.T) {
	style := reportPage[strings.Index(reportPage, "<style>"):strings.Index(reportPage, "</style>")]
	light, dark, found := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("there is no dark scheme")
	}
	schemes := map[string]map[string]string{"light": {}, "dark": {}}
	variable := regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`)
	for _, m := range variable.FindAllStringSubmatch(light, -1) {
		schemes["light"][m[1]], schemes["dark"][m[1]] = m[2], m[2]
	}
	darkened := variable.FindAllStringSubmatch(dark, -1)
	if len(darkened) != len(schemes["light"]) {
		t.Errorf("the dark scheme sets %d colours, the light one %d", len(darkened), len(schemes["light"]))
	}
	for _, m := range darkened {
		schemes["dark"][m[1]] = m[2]
	}
	pairs := 0
	rule := regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	colour := func(property, body string) string {
		m := regexp.MustCompile(`(?:^|[ ;])` + property + `: var\(--([a-z0-9-]+)\)`).FindStringSubmatch(body)
		if m == nil {
			return ""
		}
		return m[1]
	}
	for _, m := range rule.FindAllStringSubmatch(dark, -1) {
		selector, body := strings.TrimSpace(m[1]), m[2]
		text, behind, least := colour("color", body), colour("background", body), 4.5
		if fill := colour("fill", body); fill != "" && !strings.Contains(selector, ".band") {
			text, behind = fill, "paper"
			if strings.HasPrefix(selector, "circle") {
				continue // its outline is ink
			}
		}
		switch {
		case text == "" && behind == "":
			continue
		case text == "":
			t.Errorf("%s: a background without the colour of what stands on it", selector)
		case behind == "":
			behind = "paper"
		}
		for name, colours := range schemes {
			pairs++
			if ratio := contrast(t, colours[text], colours[behind]); ratio < least {
				t.Errorf("%s, %s: %s on %s is %.2f:1, want %v:1", name, selector, text, behind, ratio, least)
			}
		}
	}
	for name, colours := range schemes {
		for _, pair := range [][2]string{{"bad", "band"}, {"ink", "band"}} {
			if ratio := contrast(t, colours[pair[0]], colours[pair[1]]); ratio < 3 {
				t.Errorf("%s: %s on %s is %.2f:1, want 3:1", name, pair[0], pair[1], ratio)
			}
		}
	}
	if pairs < 2*25 {
		t.Errorf("%d pairs of colours were found, which are too few to believe", pairs)
	}
}

// contrast is the ratio of WCAG of two colours like #1c2430.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(hex string) float64 {
		n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
		if err != nil {
			t.Fatalf("colour %q: %v", hex, err)
		}
		sum := 0.0
		for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
			c := float64(n>>(8*i)&0xff) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	high, low := luminance(a), luminance(b)
	return (max(high, low) + 0.05) / (min(high, low) + 0.05)
}
