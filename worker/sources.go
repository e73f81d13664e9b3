package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/sources"
	"github.com/gaveloj/gavel/worker/terminal"
)

// readSources reads the files of one submission; languages is the language table, "" the one built in.
func readSources(languages string, paths []string) ([]api.SourceFile, error) {
	table, err := language.Load(languages)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("read language table: %w", err))
	}
	files, err := sources.Read(table, paths)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("read source file: %w", err))
	}
	return files, nil
}

// chooseProgram finds the file to start, where the asker has named none and the files tell it. Where several could be the
// program, it says which one will be, and how to choose.
func chooseProgram(out *terminal.Output, table *language.Table, languageID string, files []api.SourceFile) (entry string) {
	choice, err := sources.Chooser{Table: table, Language: languageID}.Choose(files)
	var unclear *sources.ChoiceError
	switch {
	case err == nil:
		return choice.Entry
	case !errors.As(err, &unclear) || len(unclear.Candidates) == 0:
		return "" // whoever judges it says so
	}
	l, err := table.Find(languageID, sandboxFiles(files))
	if err != nil {
		out.Notef("%v (--language ID), or leave out the files that are not meant", unclear)
		return ""
	}
	if unit, err := language.NewUnit(l, sandboxFiles(files), ""); err == nil && l.Entry.Kind == language.EntryFile {
		out.Notef("%s will be started, of %s; --entry-point NAME chooses another", unit.MainFile, strings.Join(unclear.Candidates, ", "))
		return ""
	}
	out.Notef("%v; name the files that are meant", unclear)
	return ""
}

// exampleSources reads the files of an example submission of a package.
func exampleSources(s problem.Submission) ([]api.SourceFile, error) {
	files := make([]api.SourceFile, len(s.Files))
	for i, f := range s.Files {
		data, err := f.Read()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.Path, err)
		}
		files[i] = api.SourceFile{Name: f.Name, Content: data}
	}
	return files, nil
}
