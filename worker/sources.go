package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
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

// packagesOf leaves out, with a note, what is no package among several arguments: a shell pattern such as
// problems/* brings other things along. When nothing else is left they stay, and are refused one by one.
func packagesOf(out *terminal.Output, paths []string) []string {
	kept := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return !reader.Plausible(path) })
	if len(kept) == 0 {
		return paths
	}
	for _, path := range paths {
		if !slices.Contains(kept, path) {
			out.Notef("%s: not a problem package, left out", path)
		}
	}
	return kept
}

// findPackage returns the path of a package that is named by its path, or by its name in a directory of packages.
func findPackage(name, dir string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) || exists(name) {
		return name, nil
	}
	if dir == "" {
		return "", exit.Usage(fmt.Errorf("--problem %s: there is no such file or directory here; give the path of the package, "+
			"or with --problems DIR the directory that holds it", name))
	}
	for _, ending := range []string{"", ".zip", ".kpp"} {
		if path := filepath.Join(dir, name+ending); exists(path) {
			return path, nil
		}
	}
	return "", exit.Usage(fmt.Errorf("--problem %s: there is no such package here or in %s", name, dir))
}

// loadPackage reads a problem package; every error of it is the asker's unless the disk failed.
func loadPackage(path string, opts reader.Options) (*problem.Problem, error) {
	p, err := reader.Load(path, opts)
	var invalid *issue.InvalidError
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &invalid), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, exit.Usage(err)
	}
	return nil, fmt.Errorf("read problem package: %w", err)
}

// exists reports whether there is something at path, be it a link to nothing.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
