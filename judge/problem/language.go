package problem

import (
	"path"
	"regexp"
	"strings"
)

// languages has the format's codes of languages, by the extension of a file in small letters.
var languages = map[string]string{
	".adb": "ada", ".ads": "ada",
	".sh": "bash",
	".c":  "c",
	".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".c++": "cpp",
	".cs":  "csharp",
	".cob": "cobol", ".cbl": "cobol",
	".cr":   "crystal",
	".d":    "d",
	".dart": "dart",
	".ex":   "elixir", ".exs": "elixir",
	".erl": "erlang",
	".f90": "fortran", ".f95": "fortran", ".f03": "fortran", ".f08": "fortran",
	".fs":   "fsharp",
	".go":   "go",
	".hs":   "haskell",
	".java": "java",
	".js":   "javascript",
	".jl":   "julia",
	".kt":   "kotlin",
	".lisp": "lisp", ".cl": "lisp", ".lsp": "lisp",
	".lua": "lua",
	".nim": "nim",
	".m":   "objectivec",
	".ml":  "ocaml",
	".pas": "pascal",
	".pm":  "perl",
	".php": "php",
	".pl":  "prolog", ".plg": "prolog", ".pro": "prolog",
	".py2": "python2",
	".py":  "python3", ".py3": "python3",
	".rkt":   "racket",
	".r":     "r",
	".rb":    "ruby",
	".rs":    "rust",
	".scala": "scala",
	".swift": "swift",
	".ts":    "typescript",
	".vb":    "visualbasic",
	".zig":   "zig",
}

// languageOf returns the format's code of the language that a file name's extension stands for, "" for none.
func languageOf(name string) string {
	ext := path.Ext(name)
	if ext == ".C" {
		return "cpp"
	}
	return languages[strings.ToLower(ext)]
}

// detect fills in the language of a program from the names of its files and, where two languages share an extension,
// from the first line.
func (t *tree) detect(p *Program) {
	sources := make(map[string]int) // by language
	for _, f := range p.Files {
		language := languageOf(f.Name)
		if ext := path.Ext(f.Name); ext == ".py" || ext == ".pl" {
			language = t.byShebang(p, f, language)
		}
		if language != "" {
			sources[language]++
		}
	}
	p.Language = mainLanguage(sources, t.format)
}

// mainLanguage returns the one language there is. C files beside C++ are C++. In the legacy formats the language with
// the most files wins; later ones want it to be the only one.
func mainLanguage(sources map[string]int, format Format) string {
	if sources["c"] > 0 && sources["cpp"] > 0 {
		sources["cpp"] += sources["c"]
		delete(sources, "c")
	}
	if len(sources) > 1 && !format.legacy() {
		return ""
	}
	main, most := "", 0
	for language, files := range sources {
		switch {
		case files > most:
			main, most = language, files
		case files == most:
			main = ""
		}
	}
	return main
}

// byShebang tells Python 2 from 3, and Perl from Prolog.
func (t *tree) byShebang(p *Program, f File, language string) string {
	name := path.Join(p.Path, f.Name)
	if t.file(name) == nil {
		name = p.Path // a program of one file
	}
	line := t.firstLine(name)
	switch {
	case language == "python3" && regexp.MustCompile(`^#!.*python2`).Match(line):
		return "python2"
	case language == "prolog" && regexp.MustCompile(`^#!.*perl`).Match(line):
		return "perl"
	case language == "prolog" && path.Ext(f.Name) == ".pl" && t.file(domjudgeFile) != nil:
		return "perl" // DOMjudge's own extension for Prolog is .plg
	}
	return language
}
