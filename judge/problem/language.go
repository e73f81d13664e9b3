package problem

import (
	"path"
	"regexp"
	"strings"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// languages has the format's codes of languages, by the extension of a file in small letters.
var languages = map[string]string{
	".adb": "ada", ".ads": "ada",
	".sh": "bash", ".bash": "bash",
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
	".js":   "javascript", ".mjs": "javascript", ".cjs": "javascript",
	".jl":   "julia",
	".kt":   "kotlin",
	".lisp": "lisp", ".cl": "lisp", ".lsp": "lisp",
	".lua": "lua",
	".nim": "nim",
	".m":   "objectivec",
	".ml":  "ocaml",
	".pas": "pascal", ".p": "pascal", ".pp": "pascal",
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

// LanguageOf returns the format's code of the language that a file name's extension stands for, "" for none.
func LanguageOf(name string) string {
	ext := path.Ext(name)
	if ext == ".C" {
		return "cpp"
	}
	return languages[strings.ToLower(ext)]
}

// DetectLanguage fills in the language of a program from the names of its files and, where two languages share an extension,
// from the first line.
func DetectLanguage(t *tree.Tree, format Format, p *Program) {
	sources := make(map[string]int) // by language
	for _, f := range p.Files {
		code := LanguageOf(f.Name)
		if ext := strings.ToLower(path.Ext(f.Name)); ext == ".py" || ext == ".pl" {
			code = byContent(t, p, f, code)
		}
		if code != "" {
			sources[code]++
		}
	}
	p.Language = mainLanguage(sources, format)
}

// mainLanguage returns the one language there is. C files beside C++ are C++. In the legacy formats the language with
// the most files wins; later ones want it to be the only one.
func mainLanguage(sources map[string]int, format Format) string {
	if sources["c"] > 0 && sources["cpp"] > 0 {
		sources["cpp"] += sources["c"]
		delete(sources, "c")
	}
	if len(sources) > 1 && !format.IsLegacy() {
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

// byContent tells Python 2 from 3, and Perl from Prolog.
func byContent(t *tree.Tree, p *Program, f tree.File, code string) string {
	name := path.Join(p.Path, f.Name)
	if t.File(name) == nil {
		name = p.Path // a program of one file
	}
	if code == "python3" {
		if regexp.MustCompile(`^#!.*python2`).Match(t.FirstLine(name)) {
			return "python2"
		}
		return code
	}
	text, err := t.ReadText(name)
	if err != nil {
		return code
	}
	switch found := language.PerlOrProlog(text); {
	case found != "":
		return found
	case t.File(tree.DOMjudgeFile) != nil:
		return "perl" // DOMjudge's own extension for Prolog is .plg
	}
	return code
}
