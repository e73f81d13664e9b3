package debug

import (
	"encoding/json"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/worker/terminal"
)

// withheldText stands in place of what may repeat test data.
const withheldText = "(left out, may hold test data: --with-data has it)"

// isSample reports whether a test case is one of those that everybody may see.
func isSample(test string) bool { return strings.HasPrefix(test, "sample/") }

// withhold takes out of a report what holds data of secret tests, or may: a program can print its input, and a checker says what it
// wanted. of names the report. With --with-data all is left as it is.
func (d *collector) withhold(r api.Report, of string) api.Report {
	if d.withData {
		return r
	}
	messages, transcripts, artifacts := 0, 0, 0
	tests := make([]api.TestReport, len(r.Tests))
	for i, t := range r.Tests {
		if !isSample(t.Name) {
			messages += withholdText(&t.JudgeMessage) + withholdText(&t.TeamMessage)
			transcripts += withholdText(&t.Transcript)
			artifacts += len(t.Artifacts)
			t.Artifacts = nil
		}
		tests[i] = t
	}
	if r.Tests != nil {
		r.Tests = tests
	}
	if r.Error != nil && r.Error.Class == verdict.ClassChecker {
		e := *r.Error
		messages += withholdText(&e.Message)
		r.Error = &e
	}
	for _, what := range []struct {
		n    int
		text string
	}{
		{messages, terminal.Plural(messages, "message") + " of checkers"},
		{transcripts, terminal.Plural(transcripts, "transcript")},
		{artifacts, terminal.Plural(artifacts, "output or other file")},
	} {
		if what.n > 0 {
			d.hold("%s of secret tests, %s", what.text, of)
		}
	}
	return r
}

// withholdText replaces a text, and returns 1 where there was one.
func withholdText(text *string) int {
	if *text == "" {
		return 0
	}
	*text = withheldText
	return 1
}

// withholdLine takes what a checker said out of a line of the log.
func (d *collector) withholdLine(line string) string {
	var fields map[string]any
	if d.withData || json.Unmarshal([]byte(line), &fields) != nil || fields["class"] != string(verdict.ClassChecker) {
		return line
	}
	changed := false
	for _, field := range []string{"reason", "error"} {
		if _, there := fields[field]; there {
			fields[field], changed = withheldText, true
		}
	}
	if !changed {
		return line
	}
	d.hold("what a checker said, in a line of the log")
	text, err := json.Marshal(fields)
	if err != nil {
		return withheldText
	}
	return string(text)
}
