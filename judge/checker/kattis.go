package checker

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// The exit codes of the Kattis protocol.
const (
	exitAccepted = 42
	exitWrong    = 43
)

// kattis reads the answer of a program that stayed within its limits.
func (r *reply) kattis() Result {
	var out Result
	switch r.facts.ExitCode {
	case exitAccepted:
		out.Decision = Accepted
	case exitWrong:
		out.Decision = Wrong
	default:
		return r.badExit(fmt.Sprintf("%d (accepted) or %d (wrong answer)", exitAccepted, exitWrong))
	}
	if _, found := r.feedback.get(scoreFile); found && out.Decision == Wrong && r.in.LegacyScores && !r.in.ScoresOfWrong {
		out.JudgeMessage = fmt.Sprintf("warning: %s beside exit code %d is ignored", scoreFile, exitWrong)
		return out
	}
	var err error
	if out.Score, err = r.feedback.score(r.in.LegacyScores); err != nil {
		return r.complain("left a score that cannot be used: " + err.Error())
	}
	return out
}

// addFeedback adds the messages and the files to what was decided, also when that is an error.
func (r *reply) addFeedback(out *Result) error {
	out.JudgeMessage = joinMessages(out.JudgeMessage, r.feedback.message(judgeMessageFile))
	out.TeamMessage = r.feedback.message(teamMessageFile)
	meant := []string{judgeMessageFile, teamMessageFile, scoreFile}
	if !r.in.LegacyScores {
		meant = append(meant, multiplierFile)
	}
	if r.in.MultiPass {
		meant = append(meant, nextPassFile)
		if err := r.addNextPass(out); err != nil {
			return err
		}
	}
	out.Artifacts = r.feedback.artifacts(meant...)
	return nil
}

// addNextPass looks for the input of another pass, and says what is left for it.
func (r *reply) addNextPass(out *Result) (err error) {
	input, found := r.feedback.get(nextPassFile)
	switch {
	case !found || out.Decision == Error:
		return nil
	case out.Decision != Accepted:
		message := out.JudgeMessage
		*out = r.complain(fmt.Sprintf("asked for another pass by %s and ended with exit code %d; only %d (accepted) goes with it",
			nextPassFile, exitWrong, exitAccepted))
		out.JudgeMessage = joinMessages(out.JudgeMessage, message)
		return nil
	}
	if out.NextPass, err = sandbox.MemFile("next-pass", input); err != nil {
		return fmt.Errorf("keep input of the next pass: %w", err)
	}
	out.Feedback = slices.DeleteFunc(slices.Clone(r.feedback.files), func(f sandbox.File) bool {
		return f.Path == nextPassFile || f.Path == scoreFile || !r.in.LegacyScores && f.Path == multiplierFile
	})
	return nil
}

// score reads the score files. The error names what is wrong with them.
func (f feedback) score(legacy bool) (verdict.Score, error) {
	text, absolute := f.get(scoreFile)
	factor, multiplier := f.get(multiplierFile)
	multiplier = multiplier && !legacy
	switch {
	case absolute && multiplier:
		return verdict.Score{}, errors.New("both " + scoreFile + " and " + multiplierFile + " are there; only one may be")
	case absolute:
		v, err := parseScore(scoreFile, text)
		if err == nil && v < 0 && !legacy {
			err = fmt.Errorf("%s says %q, which is negative", scoreFile, shown(text))
		}
		return verdict.Score{Kind: verdict.ScoreAbsolute, Value: v}, err
	case multiplier:
		v, err := parseScore(multiplierFile, factor)
		if err == nil && (v < 0 || v > 1) {
			err = fmt.Errorf("%s says %q, which is not between 0 and 1", multiplierFile, shown(factor))
		}
		return verdict.Score{Kind: verdict.ScoreMultiplier, Value: v}, err
	}
	return verdict.Score{}, nil
}
