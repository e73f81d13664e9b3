package verification

import (
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/worker/terminal"
)

// letter is a verdict in one column of a matrix.
func letter(c verdict.Code) string {
	switch c {
	case verdict.Accepted:
		return "."
	case verdict.WrongAnswer:
		return "W"
	case verdict.TimeLimitExceeded:
		return "T"
	case verdict.MemoryLimitExceeded:
		return "M"
	case verdict.OutputLimitExceeded:
		return "O"
	case verdict.RunTimeError:
		return "R"
	case verdict.PartiallyAccepted:
		return "P"
	case verdict.CompileError:
		return "C"
	case verdict.JudgeError:
		return "J"
	case verdict.Skipped, verdict.Canceled:
		return "-"
	}
	return "?"
}

// matrixLegend explains the letters.
const matrixLegend = ". AC  W WA  T TLE  M MLE  O OLE  R RTE  P PAC  J JE  - not run"

// matrixRow is one letter for each test, with a blank where another group begins.
func matrixRow(tests []api.TestReport) string {
	var b strings.Builder
	for i, t := range tests {
		if i > 0 && groupOf(tests[i-1].Name) != groupOf(t.Name) {
			b.WriteByte(' ')
		}
		b.WriteString(letter(t.Verdict))
	}
	return b.String()
}

// groupOf is the directory of a test case.
func groupOf(test string) string {
	dir, _, _ := cutLast(test)
	return dir
}

// cutLast cuts a path before its last element.
func cutLast(name string) (dir, base string, found bool) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}

// printMatrix prints the submissions of a package by its tests, each with its slowest test and what part of the time
// limit that took.
func printMatrix(out *terminal.Output, rows []verify.Row) {
	table := [][]string{}
	for _, r := range rows {
		line := []string{"", r.Submission, string(r.Report.Verdict), matrixRow(r.Report.Tests)}
		if t, found := r.Report.SlowestTest(); found && r.Report.TimeLimitUsec > 0 {
			line = append(line, terminal.Seconds(t.CPUUsec), terminal.Percent(t.CPUUsec, r.Report.TimeLimitUsec), t.Name)
		}
		table = append(table, line)
	}
	out.Linef("     %s", matrixLegend)
	out.Table(table)
}
