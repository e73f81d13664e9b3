package commandline

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Candidate is a word that may stand at a place of a command line.
type Candidate struct {
	Word string
	Help string // one line; may be ""
}

// Files are what a shell completes by itself where there are no candidates.
type Files string

// What a shell completes by itself, as its script is told.
const (
	NoFiles     Files = ":none"
	AnyFiles    Files = ":files"
	Directories Files = ":directories"
)

// Values are what is known of the values of flags and arguments, by the name of the flag or argument.
type Values map[string][]Candidate

// Complete returns what may stand in place of the last word, the beginning of which is there.
func Complete(app *kong.Application, words []string, known Values) ([]Candidate, Files) {
	if len(words) == 0 {
		words = []string{""}
	}
	s := scanner{node: app.Node}
	for _, word := range words[:len(words)-1] {
		s.next(word)
	}
	word := words[len(words)-1]
	name, value, hasValue := strings.Cut(word, "=")
	switch {
	case s.waiting != nil:
		return known.ofFlag(s.waiting, "", word)
	case s.ended || !strings.HasPrefix(word, "-"):
		return known.ofArgument(app, s, word)
	case hasValue:
		if flag := flagNamed(s.node, name); flag != nil {
			return known.ofFlag(flag, name+"=", value)
		}
		return nil, NoFiles
	default:
		return startingWith(word, flagCandidates(s.node)), NoFiles
	}
}

// ofArgument completes a word that is a command or an argument.
func (v Values) ofArgument(app *kong.Application, s scanner, word string) ([]Candidate, Files) {
	if len(s.node.Positional) == 0 {
		return startingWith(word, commandCandidates(s.node)), NoFiles
	}
	at := min(len(s.arguments), len(s.node.Positional)-1)
	argument := s.node.Positional[at]
	if at < len(s.arguments) && !argument.IsCumulative() {
		return nil, NoFiles
	}
	if all, ok := v.of(argument); ok {
		return startingWith(word, all), NoFiles
	}
	if argument.Name == "command" {
		if of := Find(app, s.arguments); of != nil {
			return startingWith(word, commandCandidates(of)), NoFiles
		}
		return nil, NoFiles
	}
	return nil, filesOf(argument.Name)
}

// ofFlag completes a value, or the last one of a list with commas. before is what stands before it in its word.
func (v Values) ofFlag(flag *kong.Flag, before, value string) ([]Candidate, Files) {
	all, ok := v.of(flag.Value)
	if !ok {
		return nil, filesOf(flag.FormatPlaceHolder())
	}
	if comma := strings.LastIndexByte(value, ','); comma >= 0 && strings.HasSuffix(flag.FormatPlaceHolder(), ",...") {
		before, value = before+value[:comma+1], value[comma+1:]
	}
	found := startingWith(value, all)
	for i := range found {
		found[i].Word = before + found[i].Word
	}
	return found, NoFiles
}

// of is what is known of a value.
func (v Values) of(value *kong.Value) (all []Candidate, ok bool) {
	if all, ok = v[value.Name]; ok || value.Enum == "" {
		return all, ok
	}
	for _, word := range value.EnumSlice() {
		if word != "" {
			all = append(all, Candidate{Word: word})
		}
	}
	return all, true
}

// filesOf says which files a value names, by its placeholder or its name.
func filesOf(what string) Files {
	switch what = strings.ToLower(what); {
	case strings.HasPrefix(what, "dir"):
		return Directories
	case slices.ContainsFunc([]string{"file", "path", "package", "src", "submissions", "batch", "argv"}, func(name string) bool {
		return strings.HasPrefix(what, name)
	}), strings.HasSuffix(what, ".jsonl"):
		return AnyFiles
	}
	return NoFiles
}

func commandCandidates(node *kong.Node) []Candidate {
	var all []Candidate
	for _, child := range node.Children {
		if !child.Hidden {
			all = append(all, Candidate{child.Name, firstSentence(child.Help)})
		}
	}
	return all
}

func flagCandidates(node *kong.Node) []Candidate {
	var all []Candidate
	for _, flag := range flagsOf(node, true) {
		for _, word := range spellings(flag) {
			if strings.HasPrefix(word, "--") && !slices.Contains(flag.Aliases, word[2:]) {
				all = append(all, Candidate{word, firstSentence(flag.Help)})
			}
		}
	}
	return all
}

// startingWith are the candidates that a word is the beginning of, as they came.
func startingWith(word string, all []Candidate) []Candidate {
	var found []Candidate
	for _, c := range all {
		if strings.HasPrefix(c.Word, word) {
			found = append(found, c)
		}
	}
	return found
}

// firstSentence is enough to tell candidates apart.
func firstSentence(help string) string {
	sentence, _, _ := strings.Cut(strings.ReplaceAll(help, "\n", " "), ". ")
	sentence, _, _ = strings.Cut(sentence, "; ")
	return strings.TrimSuffix(sentence, ".")
}
