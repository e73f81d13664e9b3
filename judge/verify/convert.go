package verify

import (
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
)

// Judged is what the expectation of an example submission is compared with.
func Judged(r *api.Report) problem.Judged {
	j := problem.Judged{Verdict: r.Verdict, Score: r.Score, Log: r.Compile.Log, Cases: make([]problem.JudgedCase, len(r.Tests))}
	if r.Error != nil {
		j.Cause = r.Error.Message
	}
	for i, t := range r.Tests {
		j.Cases[i] = problem.JudgedCase{Name: t.Name, Verdict: t.Verdict, Score: t.Score}
		if t.JudgeMessage != "" {
			j.Cases[i].Messages = []string{t.JudgeMessage}
		}
	}
	for _, g := range r.Groups {
		j.Groups = append(j.Groups, problem.JudgedGroup{Name: g.Name, Score: g.Score})
	}
	return j
}
