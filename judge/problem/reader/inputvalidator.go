package reader

import (
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// readInputValidators lists the programs that look at inputs: each source file and each directory is one. Files in the
// languages of other tools, such as .ctd and .viva, are left to those.
func readInputValidators(t *source, issues *issue.Findings) []*problem.Validator {
	var all []*problem.Validator
	for _, e := range t.List(tree.InputValidatorsDir) {
		if !e.Dir && problem.LanguageOf(e.Base()) == "" {
			continue
		}
		v := t.sourceProgram(e)
		if v.Language == "" && !v.Build && !v.Run {
			issues.Warn(e.Path, 0, "ignored, because it is no program in one known language", "")
			continue
		}
		all = append(all, v)
	}
	return all
}
