package reader

import (
	"fmt"
	"slices"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// includeForAll is the directory of files for all languages, which 2025-09 has.
const includeForAll = "default"

// readInclude lists the files that are added to submissions, by language.
func readInclude(t *source, format problem.Format, issues *issue.Findings) map[string][]tree.File {
	include := make(map[string][]tree.File)
	for _, e := range t.List("include") {
		switch {
		case !e.Dir:
			issues.Warn(e.Path, 0, "ignored, because files to include lie in a directory named for their language", "")
		case format == problem.LegacyICPC:
			issues.Warn(e.Path, 0, "ignored, because format legacy-icpc has no files to include", "use format legacy")
		case format == problem.Legacy && e.Base() == includeForAll:
			issues.Reject(e.Path, 0, "format legacy has no files for all languages", "put them into the directory of each language")
		default:
			if !knownLanguage(e.Base()) && e.Base() != includeForAll {
				issues.Warn(e.Path, 0, fmt.Sprintf("%q is no language of the format, so that nothing is included", e.Base()), "correct its name")
			}
			if files := t.ProgramFiles(e.Path); len(files) > 0 {
				include[e.Base()] = files
			}
		}
	}
	return include
}

// knownLanguage says whether the formats have a language of this code.
func knownLanguage(code string) bool {
	return slices.Contains([]string{
		"ada", "algol60", "algol68", "apl", "bash", "c", "cgmp", "cobol", "cpp", "cppgmp", "crystal", "csharp", "d", "dart", "elixir",
		"erlang", "forth", "fortran", "fortran77", "fsharp", "gerbil", "go", "haskell", "java", "javaalgs4", "javascript", "julia",
		"kotlin", "lisp", "lua", "modula2", "nim", "objectivec", "ocaml", "octave", "odin", "pascal", "perl", "php", "prolog",
		"python2", "python3", "python3numpy", "r", "racket", "ruby", "rust", "scala", "simula", "smalltalk", "snobol", "swift", "typescript",
		"visualbasic", "zig",
	}, code)
}
