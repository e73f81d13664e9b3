package reader_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// files is a package, by slash-separated path.
type files map[string]string

// sound is the smallest legacy package.
func sound() files {
	return files{
		"problem.yaml":       "name: Sum\n",
		"data/secret/1.in":   "1 2\n",
		"data/secret/1.ans":  "3\n",
		"data/sample/01.in":  "0 0\n",
		"data/sample/01.ans": "0\n",
	}
}

// with returns a copy of f with changes; an empty-handed "-" removes a file.
func (f files) with(changes files) files {
	all := maps.Clone(f)
	for name, text := range changes {
		if text == "-" {
			delete(all, name)
			continue
		}
		all[name] = text
	}
	return all
}

// write makes the package a directory.
func (f files) write(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sum")
	for name, text := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

// zipped makes the package an archive, with each path behind prefix.
func (f files) zipped(t *testing.T, prefix string, more ...func(*zip.Writer)) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sum.zip")
	out, err := os.Create(name)
	must(t, err)
	w := zip.NewWriter(out)
	for _, path := range slices.Sorted(maps.Keys(f)) {
		addEntry(t, w, prefix+path, 0o644, f[path])
	}
	for _, add := range more {
		add(w)
	}
	must(t, errors.Join(w.Close(), out.Close()))
	return name
}

func addEntry(t *testing.T, w *zip.Writer, name string, mode fs.FileMode, text string) {
	t.Helper()
	header := &zip.FileHeader{Name: name, Method: zip.Deflate}
	header.SetMode(mode)
	out, err := w.CreateHeader(header)
	must(t, err)
	_, err = out.Write([]byte(text))
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// load loads a package that must be sound.
func load(t *testing.T, path string) *problem.Problem {
	t.Helper()
	p, err := reader.Load(path, reader.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, p.Close()) })
	return p
}

// issuesOf loads a package that must be broken, and lists "file:line: what" of each issue without remedies.
func issuesOf(t *testing.T, path string) []string {
	t.Helper()
	p, err := reader.Load(path, reader.Options{})
	if err == nil {
		must(t, p.Close())
		t.Fatalf("Load(%s) found nothing wrong; warnings: %v", path, p.Warnings)
	}
	var invalid *issue.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("Load(%s) = %v, want an InvalidError", path, err)
	}
	return strip(invalid.Issues)
}

func strip(issues []issue.Issue) []string {
	var list []string
	for _, i := range issues {
		i.Remedy = ""
		list = append(list, i.String())
	}
	return list
}

func testNames(p *problem.Problem) []string {
	var list []string
	for _, t := range p.Tests {
		list = append(list, t.Name)
	}
	return list
}
