// Package foreigntest has packages in memory for tests of the readers of other systems' layouts.
package foreigntest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// Files are the texts of a package by their paths. It implements foreign.Files.
type Files map[string]string

// File implements foreign.Files.
func (f Files) File(name string) bool { _, ok := f[name]; return ok }

// List implements foreign.Files.
func (f Files) List(dir string) []string {
	var names []string
	for name := range f {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names
}

// Read implements foreign.Files.
func (f Files) Read(name string) ([]byte, error) {
	text, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not there")}
	}
	return []byte(text), nil
}

// With is f with other files; "" takes one away.
func (f Files) With(others Files) Files {
	all := make(Files)
	for _, files := range []Files{f, others} {
		for name, text := range files {
			all[name] = text
			if text == "" {
				delete(all, name)
			}
		}
	}
	return all
}

// Report keeps what is said. It implements foreign.Report.
type Report struct{ Issues, Warnings []string }

// Reject implements foreign.Report.
func (r *Report) Reject(file string, line int, what, _ string) {
	r.Issues = append(r.Issues, said(file, line, what))
}

// Warn implements foreign.Report.
func (r *Report) Warn(file string, line int, what, _ string) {
	r.Warnings = append(r.Warnings, said(file, line, what))
}

func said(file string, line int, what string) string {
	if line == 0 {
		return file + ": " + what
	}
	return fmt.Sprintf("%s:%d: %s", file, line, what)
}

// Reader is that of a layout.
type Reader func(foreign.Files, foreign.Report) foreign.Settings

// Check reads a package and compares what is said of it.
func Check(t *testing.T, read Reader, files Files, issues, warnings []string) foreign.Settings {
	t.Helper()
	var r Report
	s := read(files, &r)
	if diff := cmp.Diff(issues, r.Issues); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(warnings, r.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	return s
}

// Fuzz holds that no text of the file that describes a package makes read fail: whatever it refuses, what it returns can be
// written as settings. Files makes the package around the text.
func Fuzz(f *testing.F, read Reader, files func(text string) Files, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r Report
		s := read(files(text), &r)
		if _, err := s.Node(); err != nil {
			t.Error(err)
		}
	})
}
