package problem

import (
	"fmt"
	"slices"
)

// includeForAll is the directory of files for all languages, which 2025-09 has.
const includeForAll = "default"

// readInclude lists the files that are added to submissions, by language.
func readInclude(t *source, format Format, issues *findings) map[string][]File {
	include := make(map[string][]File)
	for _, e := range t.list("include") {
		switch {
		case !e.dir:
			issues.warn(e.path, 0, "ignored, because files to include lie in a directory named for their language", "")
		case format == LegacyICPC:
			issues.warn(e.path, 0, "ignored, because format legacy-icpc has no files to include", "use format legacy")
		case format == Legacy && e.base() == includeForAll:
			issues.reject(e.path, 0, "format legacy has no files for all languages", "put them into the directory of each language")
		default:
			if !knownLanguage(e.base()) && e.base() != includeForAll {
				issues.warn(e.path, 0, fmt.Sprintf("%q is no language of the format, so that nothing is included", e.base()), "correct its name")
			}
			if files := t.programFiles(e.path); len(files) > 0 {
				include[e.base()] = files
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
