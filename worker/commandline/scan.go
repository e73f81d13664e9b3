// Package commandline is what kong lacks of what people expect of a command line: flags between arguments, completion in
// shells, manual pages. All of it follows from kong's model of the grammar.
//
// The libraries that complete or write manual pages for kong (kongplete, kong-completion, mango-kong) have had no release
// since 2023, rest on others of 2019, and lose the headings and variables of flags.
package commandline

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// kind is what a word of a command line is.
type kind int

const (
	commandWord kind = iota
	flagWord
	valueWord    // of the flag before it
	argumentWord // of the command
	endOfFlags   // --
	unknownFlag
)

// scanner goes over the words of a command line as kong does.
type scanner struct {
	node      *kong.Node // the command so far
	waiting   *kong.Flag // takes the next word as its value; nil for none
	arguments []string   // of the command so far
	ended     bool       // -- was there: what follows are arguments
}

// next says what the next word is.
func (s *scanner) next(word string) kind {
	switch {
	case s.waiting != nil:
		s.waiting = nil
		return valueWord
	case s.ended:
		s.arguments = append(s.arguments, word)
		return argumentWord
	case word == "--":
		s.ended = true
		return endOfFlags
	case isFlag(word):
		return s.flag(word)
	}
	if child := childNamed(s.node, word); child != nil && len(s.arguments) == 0 {
		s.node = child
		return commandWord
	}
	s.arguments = append(s.arguments, word)
	return argumentWord
}

// isFlag reports whether a word is meant as a flag; a lone dash is an argument.
func isFlag(word string) bool { return strings.HasPrefix(word, "-") && word != "-" }

func (s *scanner) flag(word string) kind {
	name, _, hasValue := strings.Cut(word, "=")
	flag := flagNamed(s.node, name)
	switch {
	case flag == nil:
		return unknownFlag
	case !hasValue && !flag.IsBool() && !flag.IsCounter():
		s.waiting = flag
	}
	return flagWord
}

// flagsOf are the flags that a command takes: its own, those of the commands above it, and of the one below it that need not be
// named.
func flagsOf(node *kong.Node, hide bool) []*kong.Flag {
	if below := node.DefaultCmd; below != nil && below.Tag.Default == "withargs" {
		node = below
	}
	return slices.Concat(node.AllFlags(hide)...)
}

// flagNamed is the flag that is written so, with its dashes; nil where there is none.
func flagNamed(node *kong.Node, written string) *kong.Flag {
	for _, flag := range flagsOf(node, false) {
		if slices.Contains(spellings(flag), written) {
			return flag
		}
	}
	return nil
}

// spellings are the ways to write a flag: its name first, then --no- before it, its letter, its aliases.
func spellings(flag *kong.Flag) []string {
	ways := []string{"--" + flag.Name}
	if flag.Tag.Negatable != "" {
		ways = append(ways, "--no-"+flag.Name) // the one form of negation that the grammar uses
	}
	if flag.Short != 0 {
		ways = append(ways, "-"+string(flag.Short))
	}
	for _, alias := range flag.Aliases {
		ways = append(ways, "--"+alias)
	}
	return ways
}

func childNamed(node *kong.Node, name string) *kong.Node {
	i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == name || slices.Contains(n.Aliases, name) })
	if i < 0 {
		return nil
	}
	return node.Children[i]
}

// Find is the command that some words name; nil where there is none.
func Find(app *kong.Application, words []string) *kong.Node {
	node := app.Node
	for _, word := range words {
		if node = childNamed(node, word); node == nil || node.Hidden {
			return nil
		}
	}
	return node
}

// FlagsFirst puts the flags of a command line before its arguments: kong understands no flag between two arguments of the
// same list. What has a flag that is not known is left as it is, for kong to say so.
func FlagsFirst(app *kong.Application, words []string) []string {
	var flags, arguments []string
	s := scanner{node: app.Node}
	for i, word := range words {
		switch s.next(word) {
		case commandWord, flagWord, valueWord:
			flags = append(flags, word)
		case argumentWord:
			arguments = append(arguments, word)
		case endOfFlags:
			return slices.Concat(flags, []string{word}, arguments, words[i+1:])
		case unknownFlag:
			return words
		}
	}
	return append(flags, arguments...)
}
