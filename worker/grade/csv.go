package grade

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Header says for which program grades.csv is.
type Header string

// The headers. Plain has everything; the others are what course systems import.
const (
	Plain        Header = "plain"
	ToMoodle     Header = "moodle"     // grading worksheet of an assignment
	ToCanvas     Header = "canvas"     // gradebook
	ToGradescope Header = "gradescope" // grades of an assignment
)

// writeCSV writes the table as RFC 4180 has it. excel adds the mark by which a spreadsheet knows UTF-8.
func writeCSV(out io.Writer, b *Book, header Header, excel bool) error {
	if excel {
		if _, err := io.WriteString(out, "\ufeff"); err != nil {
			return err
		}
	}
	records := map[Header]func(*Book) [][]string{
		Plain: plainRecords, ToMoodle: moodleRecords, ToCanvas: canvasRecords, ToGradescope: gradescopeRecords,
	}[header](b)
	w := csv.NewWriter(out)
	w.UseCRLF = true
	for _, record := range records {
		for i := range record {
			record[i] = harmless(record[i])
		}
	}
	return w.WriteAll(records)
}

// harmless keeps spreadsheets from taking a text from outside for a formula: an apostrophe goes before it, as OWASP advises
// against CSV injection. Numbers stay.
func harmless(cell string) string {
	if cell == "" || cell == "-" || strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") != 0 {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil && cell[0] == '-' {
		return cell
	}
	return "'" + cell
}

func plainRecords(b *Book) [][]string {
	head := []string{"student", "id", "name", "email", "status", "language", "verdict", "score", "max", "percent"}
	for _, g := range b.Groups {
		head = append(head, g.Title())
	}
	records := [][]string{append(head, "slowest_ms", "peak_mib", "feedback")}
	for i := range b.Students {
		s := &b.Students[i]
		record := []string{
			s.Student, s.ID, s.name(), s.Email, string(s.Status), s.Language, string(s.Verdict), number(s.Score), number(s.Max), number(s.Percent),
		}
		for n := range b.Groups {
			points := ""
			if n < len(s.Groups) {
				points = number(s.Groups[n].Score)
			}
			record = append(record, points)
		}
		slowest, peak := "", ""
		if s.Status == Graded {
			slowest, peak = fmt.Sprint(s.SlowestMS), fmt.Sprint(s.PeakMiB)
		}
		records = append(records, append(record, slowest, peak, s.remark()))
	}
	return records
}

// remark is the feedback, or why there is none.
func (s *Student) remark() string {
	if s.Status == Graded {
		return s.Feedback
	}
	return firstLine(s.Detail)
}

// forStudent is remark without what is no business of the student's.
func (s *Student) forStudent() string {
	if s.Status == Graded {
		return s.Feedback
	}
	if s.Status == JudgeError || s.Status == Waiting {
		return "not graded yet"
	}
	return firstLine("not graded: " + string(s.Status) + ": " + s.Detail)
}

// moodleRecords are what Moodle calls a grading worksheet. It finds a student by the number behind the word Participant, and
// leaves alone whom it gives no grade.
func moodleRecords(b *Book) [][]string {
	records := [][]string{{
		"Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
		"Last modified (submission)", "Last modified (grade)", "Feedback comments",
	}}
	for i := range b.Students {
		s := &b.Students[i]
		id := s.ID
		if _, err := strconv.ParseUint(id, 10, 64); err == nil {
			id = "Participant " + id
		}
		records = append(records, []string{id, s.name(), s.Email, string(s.Status), number(s.Score), number(b.Max), "Yes", "-", "-", s.forStudent()})
	}
	return records
}

// canvasRecords are a gradebook with one assignment. The second line says what there is to get.
func canvasRecords(b *Book) [][]string {
	records := [][]string{
		{"Student", "ID", "SIS User ID", "SIS Login ID", "Section", b.Title},
		{"    Points Possible", "", "", "", "", number(b.Max)},
	}
	for i := range b.Students {
		s := &b.Students[i]
		records = append(records, []string{s.name(), s.ID, "", s.Email, "", number(s.Score)})
	}
	return records
}

func gradescopeRecords(b *Book) [][]string {
	records := [][]string{{"Name", "SID", "Email", "Total Score", "Max Points", "Status"}}
	for i := range b.Students {
		s := &b.Students[i]
		status := "Ungraded"
		if s.Status == Graded {
			status = "Graded"
		} else if s.Status == Missing {
			status = "Missing"
		}
		records = append(records, []string{s.name(), s.ID, s.Email, number(s.Score), number(b.Max), status})
	}
	return records
}
