package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// maxSource bounds what is read of one source file, so that a wrong path does not fill the memory. What a
// submission may hold is for the judge to say.
const maxSource = 32 * sandbox.MiB

// readSources reads the files of one submission. Of a file only the base name is kept, and of what lies below a
// directory or in an archive the path from there.
func readSources(paths []string) ([]api.SourceFile, error) {
	var files []api.SourceFile
	for _, path := range paths {
		if isSourceArchive(path) {
			unpacked, err := unpackSources(path)
			if err != nil {
				return nil, usageError{fmt.Errorf("read source file: %w", err)}
			}
			files = append(files, unpacked...)
			continue
		}
		names, err := sourcesAt(path)
		if err != nil {
			return nil, usageError{fmt.Errorf("read source file: %w", err)}
		}
		for _, name := range names {
			data, err := readSource(name)
			if err != nil {
				return nil, usageError{fmt.Errorf("read source file: %w", err)}
			}
			files = append(files, api.SourceFile{Name: sourceName(path, name), Content: data})
		}
	}
	return files, nil
}

// maxSources bounds what is taken of a directory, so that a wrong path is refused at once.
const maxSources = 1000

// sourcesAt lists the files below a directory, or the file itself. Hidden files are left out.
func sourcesAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != path && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return filepath.SkipDir
			}
		case len(names) == maxSources:
			return fmt.Errorf("%s holds more than %d files; name those that are meant", path, maxSources)
		case !e.IsDir():
			names = append(names, name)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s is a directory without files", path)
	}
	return names, err
}

// sourceName is what a file found at path is called in the submission.
func sourceName(path, name string) string {
	if relative, err := filepath.Rel(path, name); err == nil && relative != "." {
		return filepath.ToSlash(relative)
	}
	return filepath.Base(name)
}

// readSource reads one regular file. It is opened without waiting, so that a FIFO cannot hold it up.
func readSource(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(maxSource)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > int(maxSource) {
		return nil, fmt.Errorf("%s is larger than %s", path, mebibytes(int64(maxSource)))
	}
	return data, nil
}

// noteMainFile says which of several files will be started, where none of them is the main file by its name and the
// asker has named none.
func noteMainFile(out *output, table *language.Table, languageID string, sources []api.SourceFile) {
	files := make([]sandbox.File, len(sources))
	names := make([]string, len(sources))
	for i, f := range sources {
		files[i], names[i] = sandbox.File{Path: f.Name, Data: f.Content}, f.Name
	}
	l, err := table.Find(languageID, files)
	if err != nil {
		return // whoever judges it says so
	}
	unit, err := language.NewUnit(l, files, "")
	if all := l.StartCandidates(names); err == nil && len(all) > 1 {
		out.notef("%s will be started, of %s; --entry-point NAME chooses another", unit.MainFile, strings.Join(all, ", "))
	}
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
func packagesOf(out *output, paths []string) []string {
	kept := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return !problem.Plausible(path) })
	if len(kept) == 0 {
		return paths
	}
	for _, path := range paths {
		if !slices.Contains(kept, path) {
			out.notef("%s: not a problem package, left out", path)
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
		return "", usageError{fmt.Errorf("--problem %s: there is no such file or directory here; give the path of the package, "+
			"or with --problems DIR the directory that holds it", name)}
	}
	for _, ending := range []string{"", ".zip", ".kpp"} {
		if path := filepath.Join(dir, name+ending); exists(path) {
			return path, nil
		}
	}
	return "", usageError{fmt.Errorf("--problem %s: there is no such package here or in %s", name, dir)}
}

// loadPackage reads a problem package; every error of it is the asker's unless the disk failed.
func loadPackage(path string, opts problem.Options) (*problem.Problem, error) {
	p, err := problem.Load(path, opts)
	var invalid *problem.InvalidError
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &invalid), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, usageError{err}
	}
	return nil, fmt.Errorf("read problem package: %w", err)
}
