package judge

import (
	"slices"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// besideProgram are the files that a program finds in its working directory although it does not consist of them: the
// package's include files, which it may read, and in format 2025-09 everything that was submitted.
func (s *session) besideProgram() ([]sandbox.File, error) {
	files := s.files
	if f := s.problem.Format; f == problem.Legacy || f == problem.LegacyICPC {
		files = nil
	}
	files, err := withInclude(files, s.problem, s.language)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(files, func(f sandbox.File) bool {
		return slices.ContainsFunc(s.program.program.Files, func(p sandbox.File) bool { return p.Path == f.Path })
	}), nil
}
