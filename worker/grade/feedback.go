package grade

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Audience says who reads the feedback.
type Audience string

// The audiences. Students never see the name of a secret test, nor anything of its data: no input, no output, no answer, no
// message for judges and no transcript. What a package's validator says to the team it says to them.
const (
	ForStudents Audience = "students"
	ForJudges   Audience = "judges"
)

// secret reports whether a test case is hidden from students.
func secret(test string) bool { return !strings.HasPrefix(test, "sample/") }

// withoutSecrets replaces the names of secret tests in what a program has written.
func withoutSecrets(text string, r *api.Report) string {
	names := []string{}
	for _, t := range r.Tests {
		if secret(t.Name) {
			names = append(names, t.Name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // one may begin with another
	for _, name := range names {
		text = strings.ReplaceAll(text, name, "a secret test")
	}
	return text
}

// printable replaces what could move a cursor or change the direction of text.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' || unicode.IsPrint(c) || c == '\u200d' { // the last joins emoji and letters of some scripts
			return c
		}
		return unicode.ReplacementChar
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

// firstLine is the first line that is not blank, of bounded length.
func firstLine(text string) string {
	const most = 300
	for line := range strings.Lines(printable(text)) {
		if line = strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")); line != "" {
			if runes := []rune(line); len(runes) > most {
				return string(runes[:most]) + "…"
			}
			return line
		}
	}
	return ""
}

// oneLine is the feedback for a table: the first line of the compiler, or what is told of the first test that was not accepted.
func oneLine(s *Student) string {
	switch {
	case s.Verdict == verdict.CompileError:
		return cmp.Or(firstLine(s.Report.Compile.Log), words(s.Verdict))
	case s.Verdict == verdict.Accepted && (s.Percent == nil || *s.Percent >= 100):
		return ""
	}
	for _, t := range s.Report.Tests {
		if t.Verdict != verdict.Accepted && t.Verdict != verdict.Skipped {
			return cmp.Or(firstLine(withoutSecrets(t.TeamMessage, s.Report)), fmt.Sprintf("%s on a %s test", words(t.Verdict), visibility(t.Name)))
		}
	}
	return ""
}

func visibility(test string) string {
	if secret(test) {
		return "secret"
	}
	return "sample"
}

// words are a verdict for people who do not know the letters.
func words(c verdict.Code) string {
	text := map[verdict.Code]string{
		verdict.Accepted: "accepted", verdict.WrongAnswer: "wrong answer", verdict.TimeLimitExceeded: "time limit exceeded",
		verdict.MemoryLimitExceeded: "memory limit exceeded", verdict.OutputLimitExceeded: "output limit exceeded",
		verdict.RunTimeError: "run-time error", verdict.PartiallyAccepted: "partially accepted", verdict.CompileError: "compile error",
		verdict.JudgeError: "judge error", verdict.Skipped: "not run", verdict.Canceled: "canceled",
	}[c]
	return cmp.Or(text, string(c))
}

// writer writes lines, and keeps the first error.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) linef(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.w, format+"\n", args...)
	}
}

// writeFeedback writes what one student is told, in Markdown.
func writeFeedback(out io.Writer, b *Book, s *Student, audience Audience) error {
	w := &writer{w: out}
	w.linef("# %s: %s\n", inline(b.Title), inline(s.name()))
	if s.Status != Graded {
		w.linef("Not graded: %s", inline(string(s.Status)))
		if s.Detail != "" && (s.Status != JudgeError || audience == ForJudges) { // what broke is no business of the student's
			w.linef("\n%s", inline(s.Detail))
		}
		return w.err
	}
	if !b.Scoring || s.Verdict == verdict.CompileError { // else the verdict is of the first test that was not accepted, and says little
		w.linef("Verdict: %s (%s)\n", words(s.Verdict), s.Verdict)
	}
	w.linef("Points: %s%s\n", number(s.Score), outOf(s.Max))
	w.linef("Language: %s", s.Language)
	if len(s.LeftOut) > 0 {
		w.linef("\nNot taken for a part of the program: %s", inline(few(s.LeftOut)))
	}
	if len(s.Groups) > 0 {
		w.linef("\n| group | points |\n|---|---|")
		for _, g := range s.Groups {
			w.linef("| %s | %s%s |", inline(g.Name), number(g.Score), outOf(g.Max))
		}
	}
	if log := strings.TrimSpace(s.Report.Compile.Log); log != "" {
		w.linef("\n## Compiler\n\n%s", fenced(log))
	}
	if s.Verdict != verdict.CompileError {
		w.tests(s.Report, audience)
	}
	return w.err
}

func outOf(most *float64) string {
	if most == nil {
		return ""
	}
	return " of " + number(most)
}

// tests writes the tests that the audience may know of one by one, and counts the others.
func (w *writer) tests(r *api.Report, audience Audience) {
	if len(r.Tests) == 0 {
		return
	}
	w.linef("\n## Tests\n")
	count, hidden := map[verdict.Code]int{}, 0
	for _, t := range r.Tests {
		if audience == ForStudents && secret(t.Name) {
			hidden++
			count[t.Verdict]++
			continue
		}
		w.linef("- %s: %s, %.3f s, %.1f MiB", inline(t.Name), words(t.Verdict), float64(t.CPUUsec)/1e6, float64(t.PeakMemory)/(1<<20))
		w.message(withoutSecretsFor(audience, t.TeamMessage, r))
		if audience == ForJudges {
			w.message(t.JudgeMessage)
		}
	}
	if hidden == 0 {
		return
	}
	w.linef("- secret tests: %d, of which", hidden)
	for _, c := range verdict.Codes() {
		if count[c] > 0 {
			w.linef("  - %s: %d", words(c), count[c])
		}
	}
	w.firstSecret(r)
}

// firstSecret says what the package tells the team of the first secret test that was not accepted.
func (w *writer) firstSecret(r *api.Report) {
	for _, t := range r.Tests {
		if secret(t.Name) && t.Verdict != verdict.Accepted && t.Verdict != verdict.Skipped {
			w.linef("- the first secret test that was not accepted: %s", words(t.Verdict))
			w.message(withoutSecrets(t.TeamMessage, r))
			return
		}
	}
}

func withoutSecretsFor(audience Audience, text string, r *api.Report) string {
	if audience == ForStudents {
		return withoutSecrets(text, r)
	}
	return text
}

func (w *writer) message(text string) {
	if text = strings.TrimSpace(text); text != "" {
		w.linef("\n%s\n", fenced(text))
	}
}

// fenced is a text as it is, in Markdown.
func fenced(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "text\n" + printable(strings.TrimRight(text, "\n")) + "\n" + fence
}

// inline is a text that Markdown and HTML leave alone, on one line.
func inline(text string) string {
	text = strings.ReplaceAll(printable(text), "\n", " ")
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`,
		"&", `\&`, "!", `\!`).Replace(text)
}
