package judge

import (
	"errors"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/sandbox"
)

func filesCalled(names ...string) []sandbox.File {
	files := make([]sandbox.File, len(names))
	for i, name := range names {
		files[i].Path = name
	}
	return files
}

// A name that is a file here and a directory there is the fault of whoever could have chosen another one.
func TestClashes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		format                              problem.Format
		submitted, include, program, ofTest []string
		submission                          string // what the compile error says; "" for none
		refused                             bool   // the package is
	}{
		"none":                             {submitted: []string{"a.c", "b/c.h"}, include: []string{"b/d.h"}, ofTest: []string{"b/x", "a.c"}},
		"the same name":                    {submitted: []string{"a/b"}, include: []string{"a/b"}, ofTest: []string{"a/b"}},
		"begins alike":                     {submitted: []string{"a.c", "a"}, include: []string{"a.d/e"}, program: []string{"ab/C.class"}},
		"submitted over include":           {submitted: []string{"a"}, include: []string{"a/b"}, submission: `the submitted file "a" has the name of a directory of the problem's file "a/b"`},
		"include over submitted":           {submitted: []string{"x/y/z"}, include: []string{"x"}, submission: `the problem's file "x" has the name of a directory of the submitted file "x/y/z"`},
		"submitted over program":           {submitted: []string{"pkg"}, program: []string{"pkg/Main.class"}, submission: `the submitted file "pkg" has the name of a directory of the program's file "pkg/Main.class"`},
		"program over submitted":           {submitted: []string{"A.class/x"}, program: []string{"A.class"}, submission: `the program's file "A.class" has`},
		"not beside the program in legacy": {format: problem.Legacy, submitted: []string{"pkg"}, program: []string{"pkg/Main.class"}},
		"program and include":              {format: problem.Legacy, include: []string{"pkg"}, program: []string{"pkg/Main.class"}, submission: `the problem's file "pkg"`},
		"program and test":                 {format: problem.Legacy, program: []string{"pkg/Main.class"}, ofTest: []string{"pkg"}, submission: `the test case's file "pkg" has the name of a directory of the program's file`},
		"submitted and test":               {submitted: []string{"data"}, ofTest: []string{"data/big"}, submission: `the submitted file "data" has`},
		"include in itself":                {include: []string{"a", "a/b"}, refused: true},
		"test in itself":                   {ofTest: []string{"a", "a/b"}, refused: true},
		"test and include":                 {include: []string{"a/b"}, ofTest: []string{"a"}, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.format == "" {
				tt.format = problem.F2025
			}
			ofTest := &problem.Test{Name: "secret/1"}
			for _, name := range tt.ofTest {
				ofTest.Files = append(ofTest.Files, tree.File{Name: name})
			}
			c := &compiler{
				problem: &problem.Problem{Format: tt.format, Tests: []*problem.Test{{Name: "sample/1"}, ofTest}},
				files:   filesCalled(tt.submitted...),
			}
			include := filesCalled(tt.include...)
			submission, err := c.sourceClash(include)
			if submission == nil && err == nil {
				program := &artifact.Compiled{Program: &language.Program{Files: filesCalled(tt.program...)}}
				submission, err = c.programClash(include, program)
			}
			if errors.Is(err, api.ErrRejected) != tt.refused || err != nil && submission != nil {
				t.Errorf("refused: %v, want %t", err, tt.refused)
			}
			said := clashResult(submission, api.CompileReport{}).Report.Log
			if (said == "") != (tt.submission == "") || !strings.Contains(said, tt.submission) {
				t.Errorf("compile error %q, want %q", said, tt.submission)
			}
		})
	}
}

// A validator finds every source, and of what was compiled that for which there is room beside them.
func TestCompiledBesideSources(t *testing.T) {
	t.Parallel()
	a := &artifact.Compiled{Program: &language.Program{Files: filesCalled("Main.class", "pkg/A.class")}}
	got, err := withCompiled(filesCalled("Main.java", "Main.class/x"), a)
	if err != nil || len(got) != 3 || got[2].Path != "pkg/A.class" {
		t.Errorf("withCompiled() = %v, %v", got, err)
	}
}
