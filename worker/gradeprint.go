package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gaveloj/gavel/worker/grade"
	"github.com/gaveloj/gavel/worker/terminal"
)

// gradeSaveEvery is how often what there is goes to the disk, so that little is lost with the host.
const gradeSaveEvery = 5 * time.Second

// gradeProgress is how far a class is.
type gradeProgress struct {
	total, ready, judged int // judged: without those that are kept
	start, saved         time.Time
	failed               bool // saving did; the end of the command says why
}

// done shows the progress and saves the book now and then.
func (g *grader) done(_ grade.Student, kept bool, sofar func() *grade.Book) {
	p := &g.shown
	p.ready++
	if !kept {
		p.judged++
	}
	now := time.Now()
	g.out.Progressf("%s", p.line(now))
	if p.saved.IsZero() {
		p.saved = p.start
	}
	if now.Sub(p.saved) >= gradeSaveEvery && !p.failed {
		p.saved = now
		p.failed = sofar().Save(g.Out) != nil
	}
}

// line is such as "[#####---------------] 12 of 50 graded, 3.1/s, 12 s left".
func (p *gradeProgress) line(now time.Time) string {
	const width = 20
	full := width * p.ready / max(p.total, 1)
	text := fmt.Sprintf("[%s%s] %d of %d graded", strings.Repeat("#", full), strings.Repeat("-", width-full), p.ready, p.total)
	if took := now.Sub(p.start).Seconds(); p.judged > 0 && took > 0 {
		rate := float64(p.judged) / took
		left := time.Duration(float64(p.total-p.ready) / rate * float64(time.Second)).Round(time.Second)
		text += fmt.Sprintf(", %.1f/s, %v left", rate, left)
	}
	return text
}

// print prints who was not graded and why, and a summary; for programs the rows.
func (g *grader) print(book *grade.Book) error {
	if g.out.JSON {
		for _, s := range book.Students {
			if err := g.out.Object(s); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	for _, s := range book.Students {
		if s.Status != grade.Graded && s.Status != grade.Waiting {
			rows = append(rows, []string{g.out.Paint(terminal.Red, string(s.Status)), terminal.SingleLine(s.Student), terminal.SingleLine(s.Detail)})
		}
	}
	g.out.Table(rows)
	if len(rows) > 0 {
		g.out.Linef("")
	}
	rows = nil
	for _, c := range book.Counts() {
		rows = append(rows, []string{string(c.Status), strconv.Itoa(c.Rows)})
	}
	if mean, median, ok := book.Statistics(); ok {
		rows = append(rows, []string{"mean", scoreText(mean, book.Max)}, []string{"median", scoreText(median, book.Max)})
	}
	g.out.Table(rows)
	if book.Count(grade.Ambiguous) > 0 {
		g.out.Note("--file 'PATTERN' says for all which of several files is meant, --language ID in which language")
	}
	return g.out.Err()
}

// plural2 is plural for things that do not end in s.
func plural2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
