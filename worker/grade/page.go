package grade

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/gaveloj/gavel/judge/verdict"
)

//go:embed page.html
var pageText string

// page is what report.html shows: one page for the grader, which needs nothing else. It has what students must not see.
type page struct {
	*Book
	Rows []pageRow
}

// pageRow is a student on the page.
type pageRow struct {
	*Student
	Shown string // what people call the student
	Row   int    // for links within the page
}

func writePage(w io.Writer, b *Book) error {
	t, err := template.New("grades").Funcs(template.FuncMap{
		"number": number, "words": words, "printable": printable,
		"seconds":   func(usec int64) string { return fmt.Sprintf("%.3f s", float64(usec)/1e6) },
		"mebibytes": func(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) },
	}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("read template of the page: %w", err)
	}
	p := page{Book: b}
	for i := range b.Students {
		p.Rows = append(p.Rows, pageRow{Student: &b.Students[i], Shown: b.Students[i].name(), Row: i + 1})
	}
	return t.Execute(w, p)
}

// Counted is a status with the number of its rows.
type Counted struct {
	Status Status
	Rows   int
}

// Counts lists the statuses that rows have.
func (b *Book) Counts() []Counted {
	var all []Counted
	for _, s := range Statuses() {
		if n := b.Count(s); n > 0 {
			all = append(all, Counted{s, n})
		}
	}
	return all
}

// Missing names the students of the roster who have handed in nothing.
func (p page) Missing() []string {
	return p.names(func(s *Student) bool { return s.Status == Missing })
}

// Unlisted names the students whom the roster does not have.
func (p page) Unlisted() []string { return p.names(func(s *Student) bool { return s.Unlisted }) }

func (p page) names(of func(*Student) bool) []string {
	var all []string
	for _, r := range p.Rows {
		if of(r.Student) {
			all = append(all, r.Shown)
		}
	}
	return all
}

// Rest is how many columns stand behind that of the student.
func (p page) Rest() int { return len(p.Groups) + 7 }

// Summary is the mean and the median for people; "" where nobody was graded.
func (p page) Summary() string {
	mean, median, ok := p.Statistics()
	if !ok {
		return ""
	}
	text := fmt.Sprintf("mean %s, median %s", number(&mean), number(&median))
	if p.Max != nil {
		text += " of " + number(p.Max)
	}
	return text
}

// pageBar is a bar with its height in percent of the highest.
type pageBar struct {
	Bar
	Height int
}

// Bars are the histogram.
func (p page) Bars() []pageBar {
	most := 1
	bars := p.Histogram()
	for _, b := range bars {
		most = max(most, b.Count)
	}
	all := make([]pageBar, len(bars))
	for i, b := range bars {
		all[i] = pageBar{b, b.Count * 100 / most}
	}
	return all
}

// Class is how points are coloured on the page.
func (g Points) Class() string {
	switch {
	case g.Score == nil || g.Max == nil:
		return ""
	case *g.Score >= *g.Max:
		return "all"
	case *g.Score > 0:
		return "some"
	}
	return "none"
}

// OK reports whether nothing is left to get. The verdict alone does not tell where there are points.
func (r pageRow) OK() bool {
	return r.Verdict == verdict.Accepted && (r.Percent == nil || *r.Percent >= 100)
}
