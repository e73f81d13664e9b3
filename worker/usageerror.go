package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/judge/suggest"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/exit"
)

// printUsageError reports a command line that cannot be understood.
func printUsageError(err error) int {
	help := "gavel --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Command() != "" {
		help = parse.Context.Selected().FullPath() + " --help"
	}
	fmt.Fprintf(os.Stderr, "gavel: %s\nRun %s for what it takes.\n", redact(suggestNames(err)), help)
	return exit.BadRequest
}

// redact removes the password of GAVEL_NATS_URL from an error: kong repeats the values that it does not understand.
func redact(text string) string {
	value := os.Getenv("GAVEL_NATS_URL")
	if value == "" {
		return text
	}
	redacted := client.Config{URL: value}.RedactedURL()
	return strings.NewReplacer(strconv.Quote(value), strconv.Quote(redacted), value, redacted).Replace(text)
}

// unknownName is what kong says of a flag or command that does not exist. What it suggests are names that differ in two letters,
// however short they are: of --tim it makes --dir.
var unknownName = regexp.MustCompile(`^(unknown flag|unexpected argument) (\S+?)(, did you mean .*)?$`)

// otherNames are what flags are called elsewhere, with what they are called here, where the command has them.
var otherNames = map[string][]string{
	"--time": {"--cpu", "--wall"}, "--timeout": {"--wall", "--cpu"}, "--time-limit": {"--cpu", "--wall"},
	"--mem": {"--memory"}, "--memory-limit": {"--memory"}, "--stdin": {"--input", "--text"}, "--lang": {"--language"}, "--json": {"--format"},
}

// suggestNames is the text of an error of the command line, with the names that were probably meant.
func suggestNames(err error) string {
	text := err.Error()
	var parse *kong.ParseError
	said := unknownName.FindStringSubmatch(text)
	if said == nil || !errors.As(err, &parse) || parse.Context == nil {
		return text
	}
	name, known := said[2], knownNames(parse.Context, said[1] == "unknown flag")
	text = said[1] + " " + name
	other := slices.DeleteFunc(slices.Clone(otherNames[name]), func(o string) bool { return !slices.Contains(known, o) })
	if len(other) > 0 {
		return text + "; here it is " + strings.Join(other, " or ")
	}
	if hint := suggest.Alike(name, known); hint != "" {
		return text + "; " + hint
	}
	return text
}

// knownNames are the flags, or else the commands, that may stand where the command line could not be understood.
func knownNames(at *kong.Context, flags bool) (names []string) {
	node := at.Selected()
	if node == nil {
		node = at.Model.Node
	}
	if !flags {
		for _, child := range node.Children {
			if !child.Hidden {
				names = append(names, child.Name)
			}
		}
		return names
	}
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			if !flag.Hidden {
				names = append(names, "--"+flag.Name)
			}
		}
	}
	return names
}
