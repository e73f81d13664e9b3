package main

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gaveloj/gavel/worker/commandline"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Every command shows how it is used, and what it shows is understood.
func TestHouseHelpExamples(t *testing.T) {
	var grammar cli
	parser, err := newParser(&grammar, &terminal.Output{Stdout: io.Discard, Stderr: io.Discard}, &helpPrinter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		_, lines, found := strings.Cut(command.Detail, "Examples:\n")
		if !found {
			t.Errorf("help of %s has no examples", command.FullPath())
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(strings.ReplaceAll(lines, "\\\n", " "))) {
			words := shellWords(line)
			if len(words) < 2 || !strings.HasPrefix(strings.Join(words, " "), command.FullPath()) {
				t.Errorf("example %q of %s does not begin with its name", line, command.FullPath())
				continue
			}
			if strings.Contains(line, "--config") {
				continue // names a file that is read at once
			}
			if _, err := parser.Parse(commandline.FlagsFirst(parser.Model, words[1:])); err != nil {
				t.Errorf("example %q: %v", line, err)
			}
		}
	}
}

// shellWords splits the first command of a line as a shell does, as far as the examples need it.
func shellWords(line string) []string {
	var words []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		if slices.Contains([]string{"<", ">", "|"}, word) {
			break
		}
		words = append(words, strings.Trim(word, "'"))
	}
	return words
}

// Every page of help fits 60 columns, and no line of it is wrapped by the terminal.
func TestHouseHelpWidth(t *testing.T) {
	t.Setenv("COLUMNS", "60")
	var grammar cli
	var printed bytes.Buffer
	out := &terminal.Output{Stdout: &printed, Stderr: io.Discard}
	help := &helpPrinter{all: true}
	parser, err := newParser(&grammar, out, help)
	if err != nil {
		t.Fatal(err)
	}
	type exited struct{}
	parser.Exit = func(int) { panic(exited{}) }
	for _, command := range append(parser.Model.Leaves(true), parser.Model.Node) {
		printed.Reset()
		func() {
			defer func() {
				if r := recover(); r != (exited{}) {
					t.Fatal(r)
				}
			}()
			_, err := parser.Parse(append(strings.Fields(command.FullPath())[1:], "--help"))
			t.Fatalf("%s --help: %v, want the end of the process", command.FullPath(), err)
		}()
		for line := range strings.Lines(printed.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 60 {
				t.Errorf("help of %s has a line of %d columns: %s", command.FullPath(), n, line)
			}
		}
	}
}
