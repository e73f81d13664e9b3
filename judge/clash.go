package judge

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// named are the paths of files that come from one place, and what a message calls one of them.
type named struct {
	what  string
	paths []string
}

func namedFiles(what string, files []sandbox.File) named {
	n := named{what: what}
	for _, f := range files {
		n.paths = append(n.paths, f.Path)
	}
	return n
}

// clash finds a file of one of the two that has the name of a directory above a file of the other, so that they cannot lie in
// one directory; nil where there is none.
func clash(a, b named) error {
	return errors.Join(fileOverDirectory(a, b), fileOverDirectory(b, a))
}

func fileOverDirectory(files, below named) error {
	if len(files.paths) == 0 || len(below.paths) == 0 {
		return nil
	}
	is := make(map[string]bool, len(files.paths))
	for _, p := range files.paths {
		is[p] = true
	}
	for _, p := range below.paths {
		for dir := path.Dir(p); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if is[dir] {
				return fmt.Errorf("%s %q has the name of a directory of %s %q", files.what, dir, below.what, p)
			}
		}
	}
	return nil
}

// sourceClash says which submitted file cannot lie beside the package's include files. Where those cannot lie beside each
// other, the second error refuses the package.
func (c *compiler) sourceClash(include []sandbox.File) (submitted, refused error) {
	ofPackage := namedFiles("the problem's file", include)
	if err := fileOverDirectory(ofPackage, ofPackage); err != nil {
		return nil, api.Refuse(verdict.ClassProblem, err)
	}
	return clash(namedFiles("the submitted file", c.files), ofPackage), nil
}

// programClash is sourceClash for everything that lies in the working directory of the compiled program: what it consists of,
// what is beside it, and the files of each test case.
func (c *compiler) programClash(include []sandbox.File, program *artifact.Compiled) (submitted, refused error) {
	ofPackage := namedFiles("the problem's file", include)
	compiled := namedFiles("the program's file", program.Program.Files)
	beside := named{what: "the submitted file"}
	if c.besideProgram() {
		beside = namedFiles(beside.what, c.files)
	}
	if err := errors.Join(clash(beside, compiled), clash(ofPackage, compiled)); err != nil {
		return err, nil
	}
	exchanged := exchangeFiles(c.problem)
	for _, t := range c.problem.Tests {
		ofTest := named{"the test case's file", slices.Concat(fileNames(t.Files), exchanged)}
		if err := errors.Join(fileOverDirectory(ofTest, ofTest), clash(ofTest, ofPackage)); err != nil {
			return nil, api.Refuse(verdict.ClassProblem, fmt.Errorf("test case %s: %w", t.Name, err))
		}
		if err := errors.Join(clash(ofTest, beside), clash(ofTest, compiled)); err != nil {
			return err, nil
		}
	}
	return nil, nil
}

func fileNames(files []tree.File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return names
}

// clashResult is the compile error of a clash; nothing where there is none.
func clashResult(clash error, report api.CompileReport) artifact.Result {
	if clash == nil {
		return artifact.Result{}
	}
	report.Log = joinText(report.Log, clash.Error()+"; rename one of them")
	return artifact.Result{Failure: verdict.ReasonNoProgram, Report: report}
}
