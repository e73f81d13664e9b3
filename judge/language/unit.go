package language

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gaveloj/gavel/sandbox"
)

// SourceError says that a submission has nothing that its language could compile or start. It is the
// submission's fault: a compile error, whose log it is.
type SourceError struct{ Message string }

func (e *SourceError) Error() string { return e.Message }

// Unit is what is compiled together.
type Unit struct {
	Language *Language
	// Files with names relative to the working directory, in byte order.
	Files []sandbox.File
	// MainFile is the file that the entry point rule chose.
	MainFile string
	// EntryPoint is what the submission asked for; "" leaves it to the rule.
	EntryPoint string
	// Flags are given to the compiler before everything else, in the steps that get the source files.
	Flags    []string
	sources  []string
	prepared string // name of the cache to compile with; "" for none
}

// NewUnit puts files together for one language. entryPoint may be "". Names must have passed CheckName or
// CheckPath. The error is a *SourceError.
func NewUnit(l *Language, files []sandbox.File, entryPoint string) (*Unit, error) {
	u := &Unit{Language: l, EntryPoint: entryPoint, Files: l.withCanonicalNames(files)}
	slices.SortFunc(u.Files, func(a, b sandbox.File) int { return strings.Compare(a.Path, b.Path) })
	names := make([]string, len(u.Files))
	for i, f := range u.Files {
		names[i] = f.Path
	}
	u.sources = l.sources(names)
	if len(u.sources) == 0 {
		return nil, &SourceError{fmt.Sprintf("no source file: %s takes files ending in %s, and there is %s",
			l.Name, strings.Join(l.Sources, " "), listNames(names))}
	}
	u.MainFile = u.mainFile(u.sources)
	if entryPoint == "" || l.Entry.Kind == EntryNone {
		return u, nil
	}
	file, found := u.sourceCalled(entryPoint)
	switch {
	case found && (l.Entry.Kind == EntryFile || file == l.canonical(entryPoint)):
		u.StartWith(file)
	case l.Entry.Kind == EntryFile:
		return nil, &SourceError{fmt.Sprintf("entry point %q is not a source file of the submission, which has %s",
			entryPoint, listNames(u.sources))}
	}
	return u, nil
}

// pascalUnit is the beginning of a unit of Pascal, behind comments.
var pascalUnit = regexp.MustCompile(`(?is)^(\s|\{.*?\}|\(\*.*?\*\)|//[^\n]*\n)*unit\s`)

// mainFile chooses among sources by the rule of the language. Units of Pascal are no programs, whatever they are called.
func (u *Unit) mainFile(sources []string) string {
	if u.Language.Code != "pascal" {
		return u.Language.mainFile(sources)
	}
	programs := slices.DeleteFunc(slices.Clone(sources), func(name string) bool {
		return slices.ContainsFunc(u.Files, func(f sandbox.File) bool { return f.Path == name && pascalUnit.Match(f.Data) })
	})
	if len(programs) == 0 {
		programs = sources
	}
	return u.Language.mainFile(programs)
}

// withCanonicalNames adds a copy of each source file whose extension the compiler may not know as it is written. The
// file itself stays: others may name it.
func (l *Language) withCanonicalNames(files []sandbox.File) []sandbox.File {
	all := slices.Clone(files)
	for _, f := range files {
		name := l.canonical(f.Path)
		taken := func(other sandbox.File) bool { return other.Path == name || strings.HasPrefix(other.Path, name+"/") }
		if name == "" || slices.ContainsFunc(all, taken) {
			continue
		}
		f.Path = name
		all = append(all, f)
	}
	return all
}

// sourceCalled finds a source file by its name, with or without extension.
func (u *Unit) sourceCalled(name string) (string, bool) {
	if c := u.Language.canonical(name); slices.Contains(u.sources, c) {
		return c, true
	}
	for _, s := range u.sources {
		if strings.TrimSuffix(s, path.Ext(s)) == name {
			return s, true
		}
	}
	return "", false
}

// MainFileOutside is the main file that the rule of the language chooses when the files called names are left out; "" when
// no source file remains.
func (u *Unit) MainFileOutside(names []string) string {
	outside := func(s string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n == s || u.Language.canonical(n) == s })
	}
	own := slices.DeleteFunc(slices.Clone(u.sources), outside)
	if len(own) == 0 {
		return ""
	}
	return u.mainFile(own)
}

// StartWith makes one of the source files the main file, whatever the submission asked for.
func (u *Unit) StartWith(file string) {
	if c := u.Language.canonical(file); slices.Contains(u.sources, c) {
		u.MainFile, u.EntryPoint = c, ""
	}
}

// directories lists those that hold files, outermost first. Compilers put what they make beside the sources.
func (u *Unit) directories() []string {
	dirs := map[string]bool{}
	for _, f := range u.Files {
		for dir := path.Dir(f.Path); dir != "." && !dirs[path.Join(sandbox.WorkDir, dir)]; dir = path.Dir(dir) {
			dirs[path.Join(sandbox.WorkDir, dir)] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// listNames names a few files for a message.
func listNames(names []string) string {
	const few = 5
	if len(names) == 0 {
		return "no file"
	}
	if len(names) > few {
		return fmt.Sprintf("%q and %d more", names[:few], len(names)-few)
	}
	return fmt.Sprintf("%q", names)
}

// values fills the placeholders of compile steps. Each file is given as "./name".
func (u *Unit) values() values {
	v := values{pairs: slices.Concat([]string{
		"{output}", outputPath, "{id}", u.Language.ID, "{entry}", "./" + u.MainFile, "{stem}", stem(u.MainFile),
	}, preparedValues(u.Language, u.prepared))}
	for _, s := range u.sources {
		v.files = append(v.files, "./"+s)
	}
	return v
}

// step fills the placeholders of one compile step and adds the unit's flags.
func (u *Unit) step(template []string) []string {
	args := u.values().args(template)
	if len(u.Flags) > 0 && slices.Contains(template, "{files}") {
		args = slices.Insert(args, 1, u.Flags...)
	}
	return args
}

// entryAmong finds what to start among the files that a compilation left; "" for nothing.
func (u *Unit) entryAmong(files []sandbox.File) string {
	if u.Language.Entry.Kind == EntryClass {
		return u.Language.startClass(u.EntryPoint, u.MainFile, files)
	}
	started := u.startedFile()
	if slices.ContainsFunc(files, func(f sandbox.File) bool { return f.Path == started }) {
		return started
	}
	return ""
}

// startedFile is the main file, or what the compilation makes of it.
func (u *Unit) startedFile() string {
	if compiled := u.Language.Entry.Compiled; compiled != "" {
		return strings.TrimSuffix(u.MainFile, path.Ext(u.MainFile)) + compiled
	}
	return u.MainFile
}

// likelyEntry is the class to start where entryAmong finds none among compiled classes, and what to tell of it: the one
// that would be named like the main file. Starting it fails, so that a program with two main methods, or with none, is a
// runtime error and no compile error, as at the World Finals. It is "" where something was asked for, or nothing compiled.
func (u *Unit) likelyEntry(files []sandbox.File) (class, note string) {
	if u.Language.Entry.Kind != EntryClass || u.EntryPoint != "" {
		return "", ""
	}
	var compiled, starting []string
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Path, ".class")
		if !ok {
			continue
		}
		compiled = append(compiled, name)
		if startsProgram(f.Data) {
			starting = append(starting, strings.ReplaceAll(name, "/", "."))
		}
	}
	if len(compiled) == 0 {
		return "", ""
	}
	class = capitalised(stem(u.MainFile)) + u.Language.Entry.Suffix
	if !isIdentifier(class) {
		class = u.Language.Entry.Default
	}
	note = "no class has a main method"
	if len(starting) > 0 {
		note = "several classes have a main method: " + listNames(starting)
	}
	return class, fmt.Sprintf("%s, and none is called %s: call the one to start so, or name it as the entry point", note, class)
}

// isIdentifier reports whether a class may have that name.
func isIdentifier(name string) bool {
	for i, r := range name {
		if !unicode.IsLetter(r) && r != '_' && r != '$' && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}

// wantedEntry says for people what was looked for.
func (u *Unit) wantedEntry() string {
	switch {
	case u.Language.Entry.Kind != EntryClass:
		return u.startedFile()
	case u.EntryPoint != "":
		return "class " + u.EntryPoint
	}
	return "class " + stem(u.MainFile) + " or " + u.Language.Entry.Default
}
