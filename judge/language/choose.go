package language

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/suggest"
	"github.com/gaveloj/gavel/sandbox"
)

// Find returns the language of a submission: the named one, or with no name the one that its files tell.
func (t *Table) Find(name string, files []sandbox.File) (*Language, error) {
	if name == "" {
		return t.byFiles(files)
	}
	l, ok := t.Lookup(name)
	if !ok {
		return nil, &MissingError{Language: name, Message: fmt.Sprintf("unknown language %q; %s", name, suggest.Name(name, t.IDs()))}
	}
	return l, nil
}

// byFiles finds the one language that claims the files. Where they leave it open, the error is a *SourceError.
func (t *Table) byFiles(files []sandbox.File) (*Language, error) {
	var found []*Language
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
		if l := t.claimant(f); l != nil && !slices.Contains(found, l) {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b *Language) int { return slices.Index(t.Languages, a) - slices.Index(t.Languages, b) })
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, &SourceError{fmt.Sprintf("no language is known by the names of these files: %s; name the language",
			listNames(names))}
	}
	return nil, &SourceError{fmt.Sprintf("the files belong to %s and to %s; name the language", found[0].ID, found[1].ID)}
}

// claimant is the language that a file chooses; nil for none. Where no language claims the extension as it is written,
// letters of either case are alike.
func (t *Table) claimant(f sandbox.File) *Language {
	ext := path.Ext(f.Path)
	if strings.EqualFold(ext, ".pl") {
		return t.perlOrProlog(f.Data)
	}
	for _, same := range []func(string) bool{
		func(claimed string) bool { return claimed == ext },
		func(claimed string) bool { return strings.EqualFold(claimed, ext) },
	} {
		for _, l := range t.Languages {
			if slices.ContainsFunc(l.Claims, same) {
				return l
			}
		}
	}
	return nil
}

// perlOrProlog tells the two languages apart that share an extension.
func (t *Table) perlOrProlog(source []byte) *Language {
	name := PerlOrProlog(source)
	if name == "" {
		name = "prolog" // as the problem package format has it
	}
	l, _ := t.Lookup(name)
	return l
}
