package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

// maxSource bounds what is read of one source file, so that a wrong path does not fill the memory. What a
// submission may hold is for the judge to say.
const maxSource = 32 * sandbox.MiB

// readSources reads the files of one submission; only their base names are kept.
func readSources(paths []string) ([]judge.SourceFile, error) {
	files := make([]judge.SourceFile, len(paths))
	for i, path := range paths {
		data, err := readSource(path)
		if err != nil {
			return nil, usageError{fmt.Errorf("read source file: %w", err)}
		}
		files[i] = judge.SourceFile{Name: filepath.Base(path), Content: data}
	}
	return files, nil
}

// readSource reads one regular file. It is opened without waiting, so that a FIFO cannot hold it up.
func readSource(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory; name the files in it", path)
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

// exampleSources reads the files of an example submission of a package.
func exampleSources(s problem.Submission) ([]judge.SourceFile, error) {
	files := make([]judge.SourceFile, len(s.Files))
	for i, f := range s.Files {
		data, err := f.Read()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.Path, err)
		}
		files[i] = judge.SourceFile{Name: f.Name, Content: data}
	}
	return files, nil
}

// packagesOf leaves out, and tells of, what is no package among several arguments: a shell pattern such as
// problems/* brings other things along. When nothing else is left they stay, and are refused one by one.
func packagesOf(out *output, paths []string) []string {
	kept := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return !problem.Plausible(path) })
	if len(kept) == 0 {
		return paths
	}
	for _, path := range paths {
		if !slices.Contains(kept, path) {
			out.remarkf("%s: not a problem package, left out", path)
		}
	}
	return kept
}

// loadPackage reads a problem package; every error of it is the asker's unless the disk failed.
func loadPackage(path string, s packageSettings) (*problem.Problem, error) {
	p, err := problem.Load(path, s.directories()...)
	var invalid *problem.InvalidError
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &invalid), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, usageError{err}
	}
	return nil, fmt.Errorf("read problem package: %w", err)
}
