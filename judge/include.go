package judge

import (
	"maps"
	"slices"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// included lists the package's include files for a language: those for all, those for its family, and those for the
// language alone, in this order.
func included(p *problem.Problem, l *language.Language) []problem.File {
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

// withInclude adds the package's include files for the language; they replace submitted files of the same name, and
// later ones earlier ones.
func withInclude(files []sandbox.File, p *problem.Problem, l *language.Language) ([]sandbox.File, error) {
	merged := slices.Clone(files)
	for _, inc := range included(p, l) {
		f, err := packageFile(inc)
		if err != nil {
			return nil, err
		}
		merged = slices.DeleteFunc(merged, func(m sandbox.File) bool { return m.Path == f.Path })
		merged = append(merged, f)
	}
	return merged, nil
}

// mainFile names the source file with which the program starts: a driver among the include files, whatever the submission
// asks for; else what it asks for, as "", or the main file among those that it brought.
func (s *session) mainFile(u *language.Unit) string {
	var names []string
	for _, f := range included(s.problem, s.language) {
		names = append(names, f.Name)
	}
	if driver := s.language.Driver(names); driver != "" {
		return driver
	}
	if s.sub.EntryPoint != "" {
		return ""
	}
	return u.MainFileOutside(names)
}
