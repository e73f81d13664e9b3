package sources

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/sandbox"
)

// Chooser finds the program among the files of a submission.
type Chooser struct {
	Table    *language.Table
	Language string   // ID of the language that is meant; "" leaves it to the files
	Prefer   []string // patterns, as of path.Match, of the files that count where several could be the program
}

// Choice is the program of a submission.
type Choice struct {
	Language string           // ID; "" where the names of the files tell the judge the same
	Entry    string           // file to start; "" leaves it to the rule of the language
	Files    []api.SourceFile // without programs that are not meant
	LeftOut  []string         // names of those
}

// ChoiceError says that a submission has no program, or that nobody can know which of several is meant.
type ChoiceError struct {
	Candidates []string // files that could be the program; none where there is no source
	message    string
}

func (e *ChoiceError) Error() string { return e.message }

// programs are the source files of one language.
type programs struct {
	language *language.Language
	sources  []string
	start    []string // of them, those that could be started or linked as a program of their own
	named    bool     // the name of one of them says that it is the program
	certain  bool     // it must define a main function, and one of them does, or any file can be started
}

// Choose finds the program. The error is a *ChoiceError.
func (c Chooser) Choose(files []api.SourceFile) (Choice, error) {
	found, err := c.programs(files)
	if err != nil {
		return Choice{}, err
	}
	one, decided := decide(found)
	if !decided {
		if one, err = c.preferred(found, files); err != nil {
			return Choice{}, err
		}
	}
	choice := Choice{Files: files}
	if len(found) > 1 || c.Language != "" {
		choice.Language = one.language.ID
	}
	if c.Language != "" {
		choice.Language = c.Language
	}
	switch {
	case one.language.Entry.Kind == language.EntryFile && len(one.sources) > 1:
		choice.Entry = one.start[0]
	case !decided:
		choice.leaveOut(found, one)
	}
	return choice, nil
}

// programs lists the languages of the files, in the order of the table.
func (c Chooser) programs(files []api.SourceFile) ([]programs, error) {
	by := map[*language.Language][]string{}
	for _, f := range files {
		if l := c.languageOf(f); l != nil {
			by[l] = append(by[l], f.Name)
		}
	}
	var found []programs
	for _, l := range c.Table.Languages {
		if sources := by[l]; len(sources) > 0 {
			found = append(found, newPrograms(l, sources, files))
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	what := "no file is a source by its name"
	if c.Language != "" {
		what = "no file is a source of " + c.Language
	}
	return nil, &ChoiceError{message: fmt.Sprintf("%s: %s", what, few(names))}
}

// languageOf is the language of a file; nil where it is no source of what is asked for.
func (c Chooser) languageOf(f api.SourceFile) *language.Language {
	if c.Language == "" {
		l, err := c.Table.Find("", []sandbox.File{{Path: f.Name, Data: f.Content}})
		if err != nil {
			return nil
		}
		return l
	}
	if l, ok := c.Table.Lookup(c.Language); ok && hasSource(l, f.Name) {
		return l
	}
	return nil
}

// decide finds the language with the one program. Where several have one, those that a name marks as the program go before
// others.
func decide(found []programs) (programs, bool) {
	for _, counts := range []func(programs) bool{
		func(programs) bool { return true },
		func(p programs) bool { return p.named },
		func(p programs) bool { return p.certain },
	} {
		of := slices.DeleteFunc(slices.Clone(found), func(p programs) bool { return !counts(p) })
		if len(of) == 1 {
			return of[0], len(of[0].start) == 1
		}
	}
	return programs{}, false
}

// preferred decides by the patterns.
func (c Chooser) preferred(found []programs, files []api.SourceFile) (programs, error) {
	var candidates, matched []string
	var left []programs
	for _, p := range found {
		candidates = append(candidates, p.start...)
		sources := slices.DeleteFunc(slices.Clone(p.sources), func(name string) bool { return !c.matches(name) })
		if len(sources) > 0 {
			matched = append(matched, sources...)
			left = append(left, newPrograms(p.language, sources, files))
		}
	}
	if one, decided := decide(left); decided {
		i := slices.IndexFunc(found, func(p programs) bool { return p.language == one.language })
		one.sources = found[i].sources // the others may be parts of it
		return one, nil
	}
	text := "several files could be the program: " + few(candidates)
	if len(c.Prefer) > 0 {
		text += fmt.Sprintf("; %s leaves %s", strings.Join(c.Prefer, " "), few(matched))
	}
	return programs{}, &ChoiceError{Candidates: candidates, message: text}
}

// matches reports whether a pattern has a name, with or without its directories. Letters of either case are alike.
func (c Chooser) matches(name string) bool {
	return slices.ContainsFunc(c.Prefer, func(pattern string) bool {
		pattern, name := strings.ToLower(pattern), strings.ToLower(name)
		whole, _ := path.Match(pattern, name) // the patterns were checked
		base, _ := path.Match(pattern, path.Base(name))
		return whole || base
	})
}

// leaveOut takes programs of the chosen language out that are not the one: what is compiled together can define one main
// function.
func (c *Choice) leaveOut(found []programs, one programs) {
	for _, p := range found {
		for _, name := range p.start {
			if p.language == one.language && !slices.Contains(one.start, name) {
				c.LeftOut = append(c.LeftOut, name)
			}
		}
	}
	c.Files = slices.DeleteFunc(slices.Clone(c.Files), func(f api.SourceFile) bool { return slices.Contains(c.LeftOut, f.Name) })
}

// few lists names for people.
func few(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
