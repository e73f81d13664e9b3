package judge

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// packageFile reads a file of a problem package.
func packageFile(f tree.File) (sandbox.File, error) {
	if err := language.CheckPath(f.Name); err != nil {
		return sandbox.File{}, api.Refuse(verdict.ClassProblem, err)
	}
	data, err := f.Read()
	if err != nil {
		return sandbox.File{}, fmt.Errorf("read problem package: %w", err)
	}
	file := sandbox.File{Path: filepath.ToSlash(f.Name), Data: data}
	if f.Executable {
		file.Mode = 0o755
	}
	return file, nil
}

// included lists the package's include files for a language: those for all, those for its family, and those for the
// language alone, in this order.
func included(p *problem.Problem, l *language.Language) []tree.File {
	const all = "default"
	files := slices.Clone(p.Include[all])
	files = append(files, p.Include[l.Code]...)
	for _, name := range slices.Sorted(maps.Keys(p.Include)) {
		if name != all && name != l.Code && l.AllowedBy([]string{name}) {
			files = append(files, p.Include[name]...)
		}
	}
	return files
}

// includeFiles reads the package's include files for a language; later ones replace earlier ones of the same name.
func includeFiles(p *problem.Problem, l *language.Language) (files []sandbox.File, err error) {
	for _, inc := range included(p, l) {
		f, err := packageFile(inc)
		if err != nil {
			return nil, err
		}
		files = append(without(files, []sandbox.File{f}), f)
	}
	return files, nil
}

// without leaves out the files that have the name of one of others, which replace them.
func without(files, others []sandbox.File) []sandbox.File {
	names := make(map[string]bool, len(others))
	for _, f := range others {
		names[f.Path] = true
	}
	return slices.DeleteFunc(slices.Clone(files), func(f sandbox.File) bool { return names[f.Path] })
}

// withInclude adds the package's include files for the language; they replace submitted files of the same name.
func withInclude(files []sandbox.File, p *problem.Problem, l *language.Language) ([]sandbox.File, error) {
	include, err := includeFiles(p, l)
	return slices.Concat(without(files, include), include), err
}

// mainFile names the source file with which the program starts: a driver among the include files, whatever the submission
// asks for; else what it asks for, as "", or the main file among those that it brought.
func (c *compiler) mainFile(u *language.Unit) string {
	var names []string
	for _, f := range included(c.problem, c.language) {
		names = append(names, f.Name)
	}
	var others []string
	if c.problem.Format == problem.CMS {
		others = []string{"grader"} // by the name that it has there
	}
	if driver := c.language.Driver(names, others...); driver != "" {
		return driver
	}
	if c.entryPoint != "" {
		return ""
	}
	return u.MainFileOutside(names)
}

// filesBesideProgram are the files that a program finds in its working directory although it does not consist of them:
// the package's include files, which it may read, and in format 2025-09 everything that was submitted.
func (c *compiler) filesBesideProgram(program []sandbox.File) ([]sandbox.File, error) {
	var files []sandbox.File
	if c.besideProgram() {
		files = c.files
	}
	files, err := withInclude(files, c.problem, c.language)
	return without(files, program), err
}

// besideProgram reports whether a program finds what was submitted in its working directory.
func (c *compiler) besideProgram() bool {
	return c.keepsFiles || c.problem.Format != problem.Legacy && c.problem.Format != problem.LegacyICPC
}

// maxSubmitted bounds what a validator finds of a submission in its working directory. A program that is larger is
// left out: it is put there anew for every test case.
const maxSubmitted = 16 * sandbox.MiB

// compiledName is what a native program is called there.
const compiledName = "program"

// filesForValidators are the files that validators of format 2025-09 find in their working directory: what was submitted,
// the package's include files, and what was compiled of them. Other formats promise nothing, and there are none.
func (c *compiler) filesForValidators(compiled *artifact.Compiled) ([]sandbox.File, error) {
	if f := c.problem.Format; f != problem.F2025 && f != problem.Draft2023 {
		return nil, nil
	}
	files, err := withInclude(c.files, c.problem, c.language)
	if err != nil {
		return nil, err
	}
	if files, err = withCompiled(files, compiled); err != nil {
		return nil, fmt.Errorf("read compiled program for validator: %w", err)
	}
	return files, nil
}

// withCompiled adds what was compiled. It never replaces a source file, or a directory with some.
func withCompiled(files []sandbox.File, a *artifact.Compiled) ([]sandbox.File, error) {
	seen := map[string]bool{}
	var size sandbox.Bytes
	for _, f := range files {
		size += sandbox.Bytes(len(f.Data))
		for p := f.Path; p != "." && p != "/"; p = path.Dir(p) {
			seen[p] = true
		}
	}
	for _, f := range a.Program.Files {
		if size += sandbox.Bytes(len(f.Data)); !seen[f.Path] && size <= maxSubmitted {
			files = append(files, f)
		}
	}
	if a.Executable == nil || seen[compiledName] {
		return files, nil
	}
	info, err := a.Executable.Stat()
	if err != nil {
		return nil, err
	}
	if size+sandbox.Bytes(info.Size()) > maxSubmitted {
		return files, nil
	}
	data, err := readAll(a.Executable)
	if err != nil {
		return nil, err
	}
	return append(files, sandbox.File{Path: compiledName, Mode: 0o755, Data: data}), nil
}

// readAll reads a file from its start, whatever its offset.
func readAll(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(io.NewSectionReader(f, 0, info.Size()), data)
	return data, err
}
