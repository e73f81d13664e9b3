package checker

import (
	"bytes"
	"fmt"

	"github.com/gaveloj/gavel/judge/verdict"
)

// The words of a checker of sinol-pack, on the first line of its standard output.
const (
	sinolRight = "OK"
	sinolWrong = "WRONG"
)

// sinol reads three lines of standard output: OK or WRONG, a comment for the team, and the percentage of the score; of the
// last two, either may be missing. Exit code 1 is known beside WRONG.
func (r *reply) sinol() Result {
	if r.facts.ExitCode != 0 && r.facts.ExitCode != 1 {
		return r.badExit("0, or 1 beside WRONG")
	}
	lines := bytes.SplitN(r.facts.Stdout, []byte("\n"), 4)
	for len(lines) < 3 {
		lines = append(lines, nil)
	}
	out := Result{TeamMessage: clip(bytes.TrimSpace(lines[1]), int(MaxMessage))}
	switch word := string(bytes.TrimSpace(lines[0])); {
	case word == sinolWrong:
		out.Decision = Wrong
		return out
	case word != sinolRight || r.facts.ExitCode != 0:
		return r.complain(fmt.Sprintf("ended with exit code %d, and the first line of its standard output is %q; "+
			"it must be OK with 0, or WRONG", r.facts.ExitCode, shown(lines[0])))
	}
	v := 100.0
	if percent := bytes.TrimSpace(lines[2]); len(percent) > 0 {
		var err error
		v, err = parseScore("the third line of its standard output", percent)
		if err == nil && (v < 0 || v > 100) {
			err = fmt.Errorf("the third line of its standard output says %q, which is not between 0 and 100", shown(percent))
		}
		if err != nil {
			return r.complain("gave no score: " + err.Error())
		}
	}
	out.Score = verdict.Score{Kind: verdict.ScoreMultiplier, Value: v / 100}
	out.Decision = decisionOf(out.Score)
	return out
}
