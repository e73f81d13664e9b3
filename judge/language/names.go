package language

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gaveloj/gavel/sandbox"
)

// maxName is the longest file name, in bytes, as in every file system in use.
const maxName = 255

// CheckName tells why name is no plain file name: one that can stand in a directory beside others, and that no
// program takes for an option, a hidden file or a path.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("file name is empty")
	case len(name) > maxName:
		return fmt.Errorf("file name of %d bytes is longer than %d", len(name), maxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("file name %q is not UTF-8", name)
	case strings.ContainsAny(name, `/\`):
		return fmt.Errorf("file name %q names a directory; send plain file names", name)
	case name[0] == '-' || name[0] == '.':
		return fmt.Errorf("file name %q starts with %q; rename the file", name, name[:1])
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("file name %q holds a character that cannot be printed", name)
		}
	}
	return nil
}

// maxPath is the longest path of a file of a submission or program, in bytes.
const maxPath = 1024

// CheckPath is CheckName for every element of a relative path with slashes.
func CheckPath(p string) error {
	if len(p) > maxPath {
		return fmt.Errorf("path of %d bytes is longer than %d", len(p), maxPath)
	}
	for element := range strings.SplitSeq(p, "/") {
		if err := CheckName(element); err != nil {
			return fmt.Errorf("path %q: %w", p, err)
		}
	}
	return nil
}

// isSource tells whether the language compiles or starts files of this name.
func (l *Language) isSource(name string) bool { return l.canonical(name) != "" }

// canonical is the name with its extension as the language writes it, since many compilers do not know SUM.CPP; "" when
// it is no source file.
func (l *Language) canonical(name string) string {
	ext := path.Ext(name)
	if slices.Contains(l.Sources, ext) {
		return name
	}
	for _, s := range l.Sources {
		if strings.EqualFold(s, ext) {
			return strings.TrimSuffix(name, ext) + s
		}
	}
	return ""
}

// sources picks the language's files from names and sorts them. Of those that are there under two spellings of their
// extension, the canonical one is taken.
func (l *Language) sources(names []string) []string {
	var out []string
	for _, n := range names {
		if c := l.canonical(n); c == n || c != "" && !slices.Contains(names, c) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// mainFile chooses the file to start: the language's default, the only one, one called main, or the first. Those that
// are in no directory go before others.
func (l *Language) mainFile(sources []string) string {
	sources = slices.Clone(sources)
	slices.SortStableFunc(sources, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	if main := l.Driver(sources); main != "" {
		return main
	}
	for _, s := range sources {
		if strings.EqualFold(stem(s), "main") {
			return s
		}
	}
	return sources[0]
}

// StartCandidates returns the files among names that could be meant to be started, that which the rule of the language
// chooses first. None where the choice is certain: by the name of a file, because there is one file, or because the
// language starts no file.
func (l *Language) StartCandidates(names []string) []string {
	sources := l.sources(names)
	if l.Entry.Kind != EntryFile || len(sources) < 2 || l.Driver(sources) != "" {
		return nil
	}
	chosen := l.mainFile(sources)
	depth := strings.Count(chosen, "/")
	all := []string{chosen}
	for _, s := range sources {
		if s != chosen && strings.Count(s, "/") == depth {
			all = append(all, s)
		}
	}
	if len(all) < 2 || strings.EqualFold(stem(chosen), "main") {
		return nil
	}
	return all
}

// Driver returns the file among names that is the main file by its name, whatever lies beside it: the language's
// default, or one called main, or else by one of the other stems, that is in no directory. It is "" where there is none, and
// for languages that start no file.
func (l *Language) Driver(names []string, others ...string) string {
	if l.Entry.Kind == EntryFile && slices.Contains(names, l.Entry.Default) {
		return l.Entry.Default
	}
	for _, called := range append([]string{"main"}, others...) {
		for _, n := range names {
			if l.Entry.Kind != EntryNone && l.isSource(n) && !strings.Contains(n, "/") && strings.EqualFold(stem(n), called) {
				return n
			}
		}
	}
	return ""
}

// stem is a file name without directory and extension.
func stem(name string) string {
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}

// startClass chooses the class to start among compiled files: what the submission asks for, else a class with a
// main method, else any.
func (l *Language) startClass(asked, mainFile string, files []sandbox.File) string {
	var all, starting []string
	for _, f := range files {
		all = append(all, f.Path)
		if startsProgram(f.Data) {
			starting = append(starting, f.Path)
		}
	}
	if asked == "" {
		if class := l.mainClass("", mainFile, starting); class != "" {
			return class
		}
	}
	return l.mainClass(asked, mainFile, all)
}

// mainClass chooses the class to start among those compiled, given as paths of class files: what the submission
// asks for, else the one named like the main file, else the default, else the only one. It returns "" when
// there is no such class.
func (l *Language) mainClass(asked, mainFile string, classFiles []string) string {
	classes := map[string]string{} // simple name -> full name
	for _, f := range classFiles {
		if name, ok := strings.CutSuffix(f, ".class"); ok {
			full := strings.ReplaceAll(name, "/", ".")
			classes[path.Base(name)] = full
			classes[full] = full
		}
	}
	if asked != "" {
		if full, ok := classes[asked]; ok {
			return full
		}
		return classes[asked+l.Entry.Suffix]
	}
	s := stem(mainFile)
	candidates := []string{s, capitalised(s), l.Entry.Default}
	if l.Entry.Suffix != "" {
		candidates = slices.Insert(candidates, 0, capitalised(s)+l.Entry.Suffix)
	}
	for _, c := range candidates {
		if full, ok := classes[c]; ok {
			return full
		}
	}
	if len(classFiles) == 1 {
		for _, full := range classes {
			return full
		}
	}
	return ""
}

func capitalised(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
