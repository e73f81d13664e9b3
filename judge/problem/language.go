package problem

import (
	"path"
	"regexp"
	"strings"
)

// languageOf returns the format's code of the language that a file name's extension stands for, "" for none.
func languageOf(name string) string {
	ext := path.Ext(name)
	if ext == ".C" {
		return "cpp"
	}
	switch strings.ToLower(ext) {
	case ".adb", ".ads":
		return "ada"
	case ".sh":
		return "bash"
	case ".c":
		return "c"
	case ".cc", ".cpp", ".cxx", ".c++":
		return "cpp"
	case ".cs":
		return "csharp"
	case ".cob":
		return "cobol"
	case ".cr":
		return "crystal"
	case ".d":
		return "d"
	case ".dart":
		return "dart"
	case ".ex":
		return "elixir"
	case ".erl":
		return "erlang"
	case ".f90":
		return "fortran"
	case ".fs":
		return "fsharp"
	case ".go":
		return "go"
	case ".hs":
		return "haskell"
	}
	return moreLanguages(strings.ToLower(ext))
}

func moreLanguages(ext string) string {
	switch ext {
	case ".java":
		return "java"
	case ".js":
		return "javascript"
	case ".jl":
		return "julia"
	case ".kt":
		return "kotlin"
	case ".lisp", ".cl":
		return "lisp"
	case ".lua":
		return "lua"
	case ".nim":
		return "nim"
	case ".m":
		return "objectivec"
	case ".ml":
		return "ocaml"
	case ".pas":
		return "pascal"
	case ".pm":
		return "perl"
	case ".php":
		return "php"
	case ".pl", ".plg":
		return "prolog"
	case ".py2":
		return "python2"
	case ".py", ".py3":
		return "python3"
	case ".rkt":
		return "racket"
	}
	return stillMoreLanguages(ext)
}

func stillMoreLanguages(ext string) string {
	switch ext {
	case ".r":
		return "r"
	case ".rb":
		return "ruby"
	case ".rs":
		return "rust"
	case ".scala":
		return "scala"
	case ".swift":
		return "swift"
	case ".ts":
		return "typescript"
	case ".vb":
		return "visualbasic"
	case ".zig":
		return "zig"
	}
	return ""
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
