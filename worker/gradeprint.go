package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gaveloj/gavel/worker/grade"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/terminal"
)

// gradeSaveEvery is how often what there is goes to the disk, so that little is lost with the host.
const gradeSaveEvery = 5 * time.Second

// gradeProgress is how far a class is.
type gradeProgress struct {
	bar    *terminal.Bar // of those that are judged, without those that are kept
	judged int
	saved  time.Time
	failed bool // saving did; the end of the command says why
}

// done shows the progress and saves the book now and then.
func (g *grader) done(s grade.Student, kept bool, sofar func() *grade.Book) {
	p := &g.shown
	if kept {
		p.bar.Skip()
	} else {
		p.judged++
		p.bar.Set(p.judged, "graded %s", s.Student)
	}
	now := time.Now()
	if now.Sub(p.saved) >= gradeSaveEvery && !p.failed {
		p.saved = now
		p.failed = sofar().Save(g.Out) != nil
	}
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
		rows = append(rows, []string{"mean", judgement.ScoreText(mean, book.Max)}, []string{"median", judgement.ScoreText(median, book.Max)})
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
