package sources

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
)

// mainFunctions find the function where a program starts, in languages where each program must define one, by the code of
// the language. A comment may fool them: then the submission is one that nobody decides for the student.
var mainFunctions = map[string]*regexp.Regexp{
	"c":      regexp.MustCompile(`(?m)^[^/\n"]*\bmain\s*\(`),
	"cpp":    regexp.MustCompile(`(?m)^[^/\n"]*\bmain\s*\(`),
	"csharp": regexp.MustCompile(`(?m)^[^/\n"]*\bMain\s*\(`),
	"d":      regexp.MustCompile(`(?m)^[^/\n"]*\bmain\s*\(`),
	"go":     regexp.MustCompile(`(?m)^\s*func\s+main\s*\(`),
	"java":   regexp.MustCompile(`(?m)^[^/\n"]*\bvoid\s+main\s*\(`),
	"kotlin": regexp.MustCompile(`(?m)^[^/\n"]*\bfun\s+main\s*\(`),
	"rust":   regexp.MustCompile(`(?m)^[^/\n"]*\bfn\s+main\s*\(`),
	"scala":  regexp.MustCompile(`(?m)^[^/\n"]*(\bdef\s+main\b|\bextends\s+App\b|@main\b)`),
}

// pythonMain is how a module of Python says that it is a program.
var pythonMain = regexp.MustCompile(`(?m)^if\s+__name__\s*==\s*['"]__main__['"]`)

// pythonImport finds the names of modules that a module of Python needs.
var pythonImport = regexp.MustCompile(`(?m)^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+(?:\s*,\s*[\w.]+)*))`)

// newPrograms finds which of the sources of one language could be the program.
func newPrograms(l *language.Language, sources []string, files []api.SourceFile) programs {
	p := programs{language: l, sources: sources}
	if driver := l.Driver(sources); driver != "" {
		p.start, p.named, p.certain = []string{driver}, true, true
		return p
	}
	text := map[string][]byte{}
	for _, f := range files {
		text[f.Name] = f.Content
	}
	code := l.Code
	if code == "" {
		code = l.ID
	}
	if main := mainFunctions[code]; main != nil {
		p.start = withText(sources, text, main)
		p.certain = len(p.start) > 0
	} else {
		p.start, p.certain = startable(l, sources), true
	}
	if code == "python3" {
		p.start = pythonPrograms(p.start, sources, text)
	}
	if len(p.start) == 0 { // whoever compiles it says what is missing
		p.start = sources[:1]
	}
	p.named = slices.ContainsFunc(p.start, func(name string) bool {
		return !strings.Contains(name, "/") && strings.EqualFold(stem(name), "main")
	})
	return p
}

func withText(names []string, text map[string][]byte, pattern *regexp.Regexp) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !pattern.Match(text[name]) })
}

// startable are the files that a language without a main function could start: those that lie highest. What is compiled
// together is one program.
func startable(l *language.Language, sources []string) []string {
	if l.Entry.Kind != language.EntryFile {
		return sources[:1]
	}
	if all := l.StartCandidates(sources); len(all) > 0 {
		return all
	}
	for _, name := range sources {
		if strings.EqualFold(stem(name), "main") {
			return []string{name}
		}
	}
	return []string{slices.MinFunc(sources, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })}
}

// pythonPrograms leaves out modules that others need, and where one alone says that it is the program, it is.
func pythonPrograms(start, sources []string, text map[string][]byte) []string {
	needed := map[string]bool{}
	for _, name := range sources {
		for _, m := range pythonImport.FindAllSubmatch(text[name], -1) {
			for module := range strings.SplitSeq(string(m[1])+string(m[2]), ",") {
				first, _, _ := strings.Cut(strings.TrimSpace(module), ".")
				if first != stem(name) {
					needed[first] = true
				}
			}
		}
	}
	left := slices.DeleteFunc(slices.Clone(start), func(name string) bool { return needed[stem(name)] })
	if len(left) == 0 {
		left = start
	}
	if told := withText(left, text, pythonMain); len(told) == 1 {
		return told
	}
	return left
}

// stem is a file name without directory and extension.
func stem(name string) string {
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}
