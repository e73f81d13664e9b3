package judge

import (
	"fmt"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// maxSubmitted bounds what a validator finds of a submission in its working directory. A program that is larger is
// left out: it is put there anew for every test case.
const maxSubmitted = 16 * sandbox.MiB

// compiledName is what a native program is called there.
const compiledName = "program"

// submittedTo are the files that validators of format 2025-09 find in their working directory: what was submitted,
// the package's include files, and what was compiled of them. Other formats promise nothing, and there are none.
func (s *session) submittedTo() ([]sandbox.File, error) {
	if f := s.problem.Format; f != problem.F2025 && f != problem.Draft2023 || s.problem.Kind.SubmitAnswer {
		return nil, nil
	}
	files, err := withInclude(s.files, s.problem, s.language)
	if err != nil {
		return nil, err
	}
	if s.program != nil {
		if files, err = withCompiled(files, s.program); err != nil {
			return nil, fmt.Errorf("read compiled program for validator: %w", err)
		}
	}
	return files, nil
}

// withCompiled adds what was compiled. It never replaces a source file.
func withCompiled(files []sandbox.File, a *artifact) ([]sandbox.File, error) {
	seen := map[string]bool{}
	var size sandbox.Bytes
	for _, f := range files {
		seen[f.Path] = true
		size += sandbox.Bytes(len(f.Data))
	}
	for _, f := range a.program.Files {
		if size += sandbox.Bytes(len(f.Data)); !seen[f.Path] && size <= maxSubmitted {
			files = append(files, f)
		}
	}
	if a.executable == nil || seen[compiledName] {
		return files, nil
	}
	info, err := a.executable.Stat()
	if err != nil {
		return nil, err
	}
	if size+sandbox.Bytes(info.Size()) > maxSubmitted {
		return files, nil
	}
	data, err := readAll(a.executable)
	if err != nil {
		return nil, err
	}
	return append(files, sandbox.File{Path: compiledName, Mode: 0o755, Data: data}), nil
}
