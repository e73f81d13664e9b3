package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/worker/terminal"
)

// What is in a language of --leave-out goes, also where only the name of its file tells the language; it is told, with
// the package that brings the toolchain. What no language is known for stays, for a worker to say so.
func TestLeaveOut(t *testing.T) {
	named := func(path, language string) candidate {
		files := []api.SourceFile{{Name: path}}
		return candidate{Submission: api.Submission{Language: language, Files: files}, path: path}
	}
	all := []candidate{named("a.cpp", "cpp17"), named("b.py", "pypy3"), named("c.kt", ""), named("d.txt", ""), named("e.py", "")}
	var told strings.Builder
	left, err := submitCmd{LeaveOut: []string{"pypy3", "kotlin", "ada"}}.leaveOut(&terminal.Output{Stderr: &told}, all)
	if err != nil {
		t.Fatalf("leaveOut() = %v", err)
	}
	var paths []string
	for _, one := range left {
		paths = append(paths, one.path)
	}
	if diff := cmp.Diff([]string{"a.cpp", "d.txt", "e.py"}, paths); diff != "" {
		t.Errorf("leaveOut() (-want +got):\n%s", diff)
	}
	want := "left out: 1 in pypy3, 1 in kotlin; their toolchains come with: apt-get install pypy3 kotlin\n"
	if told.String() != want {
		t.Errorf("told %q, want %q", told.String(), want)
	}
}
