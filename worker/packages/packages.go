// Package packages finds and reads the problem packages that a command line names.
package packages

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// Among leaves out, with a note, what is no package among several arguments: a shell pattern such as
// problems/* brings other things along. When nothing else is left they stay, and are refused one by one.
func Among(out *terminal.Output, paths []string) []string {
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

// Find returns the path of a package that is named by its path, or by its name in a directory of packages.
func Find(name, dir string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) || wholefile.Exists(name) {
		return name, nil
	}
	if dir == "" {
		return "", exit.Usage(fmt.Errorf("--problem %s: there is no such file or directory here; give the path of the package, "+
			"or with --problems DIR the directory that holds it", name))
	}
	for _, ending := range []string{"", ".zip", ".kpp"} {
		if path := filepath.Join(dir, name+ending); wholefile.Exists(path) {
			return path, nil
		}
	}
	return "", exit.Usage(fmt.Errorf("--problem %s: there is no such package here or in %s", name, dir))
}

// Load reads a problem package; every error of it is the asker's unless the disk failed.
func Load(path string, opts reader.Options) (*problem.Problem, error) {
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
