package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/worker/terminal"
)

// Every command shows how it is used, and what it shows is understood.
func TestHelpExamples(t *testing.T) {
	var grammar cli
	parser, err := newParser(&grammar, &terminal.Output{Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		_, lines, found := strings.Cut(command.Detail, "Examples:\n")
		if !found {
			t.Errorf("help of %s has no examples", command.FullPath())
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(lines)) {
			words := shellWords(line)
			if len(words) < 2 || !strings.HasPrefix(strings.Join(words, " "), command.FullPath()) {
				t.Errorf("example %q of %s does not begin with its name", line, command.FullPath())
				continue
			}
			if strings.Contains(line, "--config") {
				continue // names a file that is read at once
			}
			if _, err := parser.Parse(words[1:]); err != nil {
				t.Errorf("example %q: %v", line, err)
			}
		}
	}
}

// shellWords splits a line as a shell does, as far as the examples need it.
func shellWords(line string) []string {
	var words []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		words = append(words, strings.Trim(word, "'"))
	}
	return words
}
