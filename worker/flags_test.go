package main

import (
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/worker/terminal"
)

// A flag takes the same kind of value in every command that has it, so that who knows it from one knows it from all. What is
// not so has a reason here.
func TestHouseFlagMeanings(t *testing.T) {
	reasons := map[string]string{
		"file":    "grade chooses among the files that were handed in, exec brings files along",
		"only":    "the parts of a package for verify, the groups of figures for bench",
		"out":     "where to what a command makes goes: a file, a directory, or for exec one of the files that the program leaves",
		"problem": "judge has the package itself, by its path or as the workers by its name; the queue knows names alone, and says which where it gets a path",
		"wait":    "submit and rejudge wait for verdicts; a line of a batch waits for a slot, and for how long matters",
	}
	var grammar cli
	parser, err := newParser(&grammar, &terminal.Output{Stdout: io.Discard, Stderr: io.Discard}, &helpPrinter{})
	if err != nil {
		t.Fatal(err)
	}
	meanings := map[string]map[string][]string{} // of a flag: the commands that take a kind of value
	for _, command := range parser.Model.Leaves(false) {
		for _, flag := range command.Flags {
			for _, name := range append([]string{flag.Name}, flag.Aliases...) {
				if meanings[name] == nil {
					meanings[name] = map[string][]string{}
				}
				kind := valueKind(flag)
				meanings[name][kind] = append(meanings[name][kind], command.Path())
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(meanings)) {
		if _, ok := reasons[name]; (len(meanings[name]) > 1) != ok {
			t.Errorf("--%s means %v, and the reason for that is %q", name, meanings[name], reasons[name])
		}
	}
}

// valueKind is what a flag takes: nothing, or what its placeholder says.
func valueKind(flag *kong.Flag) string {
	if flag.IsBool() {
		return "nothing"
	}
	kind, _, _ := strings.Cut(flag.FormatPlaceHolder(), ".") // FILE.csv is a FILE
	return kind
}
