package main

import (
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/worker/commandline"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
)

// completionCmd prints what makes a shell complete command lines of gavel.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish." name:"shell"`
}

func (c completionCmd) Run(out *terminal.Output) error {
	script, err := commandline.Script(c.Shell)
	if err != nil {
		return exit.Usage(err)
	}
	_, err = out.Write([]byte(script))
	return err
}

// completeCmd is what the scripts of completionCmd call.
type completeCmd struct {
	Words []string `arg:"" help:"The words behind gavel; the last one is what is being written." name:"word" optional:""`
}

// Run prints a line for each candidate, with what it means behind a tab, and then what files the shell is to add.
func (c completeCmd) Run(parser *kong.Kong, out *terminal.Output) error {
	found, files := commandline.Complete(parser.Model, c.Words, knownValues())
	for _, candidate := range found {
		out.Linef("%s\t%s", candidate.Word, candidate.Help)
	}
	out.Linef("%s", files)
	return nil
}

// knownValues are the values of flags that are no secret of a server.
func knownValues() commandline.Values {
	known := commandline.Values{
		"lane":    candidates("contest", "practice", "rejudge"),
		"class":   candidates(string(verdict.ClassHost), string(verdict.ClassProblem), string(verdict.ClassLanguage), string(verdict.ClassChecker)),
		"verdict": nil,
		"keep":    nil,
	}
	for _, code := range verdict.Codes() {
		known["verdict"] = append(known["verdict"], candidates(string(code))...)
	}
	for _, kind := range api.ArtifactKinds() {
		known["keep"] = append(known["keep"], candidates(string(kind))...)
	}
	table, err := language.Load("")
	if err != nil {
		return known // the table in the binary: a test reads it
	}
	for _, l := range table.Languages {
		known["language"] = append(known["language"], commandline.Candidate{Word: l.ID, Help: strings.TrimSpace(l.Name)})
	}
	known["leave-out"] = known["language"]
	return known
}

func candidates(words ...string) []commandline.Candidate {
	all := make([]commandline.Candidate, len(words))
	for i, word := range words {
		all[i].Word = word
	}
	return all
}
