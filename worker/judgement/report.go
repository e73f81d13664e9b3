package judgement

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/worker/terminal"
)

// printReport prints the tests and what the compiler and the checker said.
func printReport(out *terminal.Output, r api.Report) {
	// The compiler's words tell of what was compiled and fails as well: a warning, or why nothing can be started.
	if r.Verdict == verdict.CompileError || r.Verdict == verdict.RunTimeError {
		out.Note(terminal.PrintableLines(strings.TrimRight(r.Compile.Log, "\n")))
	}
	if r.CancelReason != "" {
		out.Notef("canceled: %s", r.CancelReason)
	}
	rows := make([][]string, len(r.Tests))
	for i, t := range r.Tests {
		rows[i] = []string{
			t.Name, string(t.Verdict), string(t.Reason), About(r, terminal.Seconds(t.CPUUsec)), terminal.Mebibytes(t.PeakMemory), terminal.SingleLine(firstLine(t.JudgeMessage)),
		}
		if r.Score != nil {
			rows[i] = slices.Insert(rows[i], 2, optionalScore(t.Score, nil))
		}
	}
	out.Table(rows)
	groups := make([][]string, len(r.Groups))
	for i, g := range r.Groups {
		groups[i] = []string{"group " + cmp.Or(g.Name, "of all"), string(g.Verdict), optionalScore(g.Score, g.MaxScore)}
	}
	out.Table(groups)
	if Approximate(r) {
		out.Note(ApproximateNote)
	}
	for _, what := range r.Omitted {
		out.Notef("too large for the queue, and left out: %s", what)
	}
}

func optionalScore(score, most *float64) string {
	if score == nil {
		return ""
	}
	return ScoreText(*score, most)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
