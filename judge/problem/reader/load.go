package reader

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/advice"
	"github.com/gaveloj/gavel/judge/problem/examples"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// Options say what Load takes from the host.
type Options struct {
	// Include are directories with headers that packages may leave out. testlib.h, when a program of the package includes
	// it and the package does not have it, is taken from them, or else from those that compilers look into.
	Include []string
	// Temp is the directory below which archives are unpacked; os.TempDir() when empty.
	Temp string
	// Verify is for who looks after a package: Problem.Warnings also tell what no verdict depends on and is mostly a
	// mistake, and where no more than single test cases or submissions are broken, the rest is read, see Problem.Defects.
	Verify bool
}

// Load reads a package from a directory, or from a .zip or .kpp archive with the files at its root or below one
// directory. An archive is unpacked into a private temporary directory until Close.
//
// The error is an *issue.InvalidError with everything that is wrong, or that of the file system.
func Load(name string, opts Options) (*problem.Problem, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read problem package: %w", err)
	}
	switch {
	case info.IsDir():
		return loadDirectory(name, opts)
	case isArchive(name, info):
		return loadArchive(name, opts)
	}
	return nil, &issue.InvalidError{Package: name, Issues: []issue.Issue{{
		What: "neither a directory nor a .zip or .kpp archive", Remedy: "give the directory that holds " + tree.MetadataFile,
	}}}
}

// marks are the files and directories of which a package has one.
func marks() []string {
	return []string{tree.MetadataFile, tree.DOMjudgeFile, tree.SettingsFile, "data"}
}

// Plausible tells whether name could be a package at all: an archive by its name, or a directory that holds what
// makes one. It says true of what cannot be looked at, so that Load tells why.
func Plausible(name string) bool {
	info, err := os.Stat(name)
	if err != nil || isArchive(name, info) {
		return true
	}
	for _, mark := range marks() {
		if _, err := os.Stat(filepath.Join(name, mark)); err == nil {
			return true
		}
	}
	return len(layoutsOf(func(mark string) bool {
		_, err := os.Stat(filepath.Join(name, mark))
		return err == nil
	})) > 0
}

func isArchive(name string, info os.FileInfo) bool {
	ext := filepath.Ext(name)
	return info.Mode().IsRegular() && (strings.EqualFold(ext, ".zip") || strings.EqualFold(ext, ".kpp"))
}

func loadDirectory(name string, opts Options) (*problem.Problem, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("read problem package: %w", err)
	}
	return read(name, filepath.Base(abs), abs, opts, new(issue.Findings))
}

// loadArchive unpacks an archive and reads what was in it. On any error nothing stays on disk.
func loadArchive(name string, opts Options) (*problem.Problem, error) {
	dir, err := os.MkdirTemp(opts.Temp, "gavel-problem-")
	if err != nil {
		return nil, fmt.Errorf("unpack problem package %s: %w", name, err)
	}
	p, err := readArchive(name, dir, opts)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.Unpacked = dir
	return p, nil
}

func readArchive(name, dir string, opts Options) (*problem.Problem, error) {
	issues := new(issue.Findings)
	if err := tree.Unpack(name, dir, true, issues); err != nil {
		return nil, fmt.Errorf("unpack problem package %s: %w", name, err)
	}
	if len(issues.Issues) > 0 {
		return nil, issues.Err(name)
	}
	top, err := topDirectory(dir)
	if err != nil {
		return nil, fmt.Errorf("read problem package %s: %w", name, err)
	}
	base := filepath.Base(name)
	return read(name, strings.TrimSuffix(base, filepath.Ext(base)), top, opts, issues)
}

// topDirectory is dir, or the only directory in it where the package is not in dir itself.
func topDirectory(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	top, several := "", false
	names := make(map[string]bool)
	for _, e := range entries {
		names[e.Name()] = true
		if slices.Contains(marks(), e.Name()) {
			return dir, nil
		}
		if e.IsDir() {
			top, several = e.Name(), top != ""
		}
	}
	below := filepath.Join(dir, top)
	foreign := len(layoutsOf(func(name string) bool { return names[name] })) > 0
	if several || foreign && !holdsMark(below) {
		return dir, nil
	}
	return below, nil
}

// holdsMark says whether a directory has one of the marks.
func holdsMark(dir string) bool {
	return slices.ContainsFunc(marks(), func(mark string) bool {
		_, err := os.Lstat(filepath.Join(dir, mark))
		return err == nil
	})
}

// read reads the package in the directory dir. given is how the caller called it.
func read(given, name, dir string, opts Options, issues *issue.Findings) (*problem.Problem, error) {
	files, err := tree.Scan(dir, issues)
	if err != nil {
		return nil, fmt.Errorf("read problem package %s: %w", given, err)
	}
	t := &source{Tree: files, include: opts.Include}
	p := assemble(t, name, issues)
	for _, v := range p.Programs() {
		t.addHeaders(v, issues)
	}
	p.Defects = issues.Invalid(given)
	a := advice.Adviser{Tree: files, Problem: p, Issues: issues, DescribedBy: t.describedBy(p)}
	if p.Defects != nil && (!opts.Verify || issues.Parts < issues.Rejected || len(p.Tests) == 0) {
		if opts.Verify {
			a.Files()
			p.Defects.Warnings = issues.Warnings
		}
		return nil, p.Defects
	}
	look := func(*tree.Entry) io.Writer { return nil } // nobody wants to know
	if opts.Verify {
		look = a.Look
	}
	if p.Digest, err = t.Digest(look); err != nil {
		return nil, fmt.Errorf("read problem package %s: %w", given, err)
	}
	if opts.Verify {
		a.Advise()
	}
	p.Warnings = issues.Warnings
	return p, nil
}

// assemble builds the problem. Where issues tells of anything, the result is of no use.
func assemble(t *source, name string, issues *issue.Findings) *problem.Problem {
	s := readSettings(t, issues)
	switch alone := t.File(tree.MetadataFile) == nil && t.File(tree.DOMjudgeFile) == nil; {
	case alone && s.broken:
		return &problem.Problem{}
	case alone && s.mapping != nil:
		return assembleTestlib(t, name, s, issues)
	case alone && t.layout() != nil:
		return assembleForeign(t, name, issues)
	}
	s.beside()
	meta := readMetadata(t, issues)
	t.format, t.Constants = meta.format, meta.constants
	settleINI(t, &meta, issues)
	settleDialect(t, &meta, s.dialect, issues)
	settleTimeLimit(t, &meta, issues)
	if meta.title == "" {
		meta.title = name
	}
	p := &problem.Problem{
		Name: name, Title: meta.title, Format: meta.format, Kind: meta.kind, Limits: meta.limits,
		Scores: meta.scores, StrictArgs: meta.strict(),
		Languages: meta.languages, Include: readInclude(t, meta.format, issues), AllowFileWriting: meta.fileWriting,
		Tree: t.Tree,
	}
	if !s.judges() {
		p.Validator = readValidator(t, meta, issues)
		needsValidator(t, meta, p.Validator, issues)
	}
	s.apply(p, t, issues)
	readPrograms(p, t, meta, issues)
	r := newDataReader(t, meta, s, p.Validator != nil || p.Interactor != nil || meta.custom, issues)
	p.Groups = r.read()
	p.Tests = p.Groups.AllTests()
	p.SamplesOnly = r.samplesOnly && !s.samplesOnly
	p.ValidatorTests = r.validatorTests()
	p.Grader = readGrader(t, r.customAt, issues)
	examples.Read(p, meta.minimise, issues)
	return p
}
