package checker

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// xmlReport is the report that testlib writes with -appes.
type xmlReport struct {
	XMLName xml.Name `xml:"result"`
	Outcome string   `xml:"outcome,attr"`
	Points  string   `xml:"points,attr"`
	Partial string   `xml:"pctype,attr"`
	Message string   `xml:",chardata"`
}

// maxReport bounds a report; testlib cuts messages at 32,000 bytes.
const maxReport = 1 << 20

// parseReport reads a report.
func parseReport(text []byte) (xmlReport, error) {
	var report xmlReport
	if len(text) > maxReport {
		return report, fmt.Errorf("it has %d bytes, at most %d are read", len(text), maxReport)
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = cyrillicReader
	if err := d.Decode(&report); err != nil {
		return report, fmt.Errorf("it is not the XML of a report: %w", err)
	}
	return report, nil
}

// cyrillicReader reads windows-1251, in which testlib says that it writes. Most checkers write bytes of UTF-8 all
// the same, so those are left alone.
func cyrillicReader(_ string, in io.Reader) (io.Reader, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	if utf8.Valid(text) {
		return bytes.NewReader(text), nil
	}
	return charmap.Windows1251.NewDecoder().Reader(bytes.NewReader(text)), nil
}

// testlibXML reads the answer of a checker from its report. Its exit code means nothing: it depends on how the
// checker was compiled.
func (r *reply) testlibXML() Result {
	text, found := r.feedback.get(reportName)
	if !found {
		return r.complain(fmt.Sprintf("ended with exit code %d and left no report", r.facts.ExitCode))
	}
	report, err := parseReport(text)
	if err != nil {
		return r.complain("left a report that cannot be read: " + strings.ToValidUTF8(err.Error(), "\uFFFD"))
	}
	message := clip([]byte(strings.TrimSpace(report.Message)), int(MaxMessage))
	switch report.Outcome {
	case "accepted":
		return Result{Decision: Accepted, JudgeMessage: message}
	case "wrong-answer":
		return Result{Decision: Wrong, JudgeMessage: message}
	case "presentation-error", "unexpected-eof":
		return presentation(message)
	case "fail":
		return r.failed(message)
	case "points", "relative-scoring":
		if number := strings.TrimSpace(report.Points); isUnsigned(number) {
			return r.scoredPoints(number, message)
		}
		return r.complain(fmt.Sprintf("left a report with the points %q, which are no number", shown([]byte(report.Points))))
	case "partially-correct":
		if n, ok := smallNumber(report.Partial); ok {
			return r.partial(n, message)
		}
		return r.complain(fmt.Sprintf("left a report with the pctype %q, which is no whole number from 0 to 255",
			shown([]byte(report.Partial))))
	}
	return r.complain(fmt.Sprintf("left a report with the unknown outcome %q", shown([]byte(report.Outcome))))
}

// smallNumber reads a whole number from 0 to 255.
func smallNumber(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if !allDigits(text) || len(text) > 3 {
		return 0, false
	}
	n := 0
	for _, c := range text {
		n = 10*n + int(c-'0')
	}
	return n, n <= 255
}
