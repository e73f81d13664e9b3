package judge

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
)

func TestEqualTestsShareOnePieceOfWork(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in, answer := file("in", "1 2"), file("answer", "3")
	base := func() *problem.Test { return &problem.Test{Input: in, Answer: answer, Comparer: checker.Options{}} }
	with := func(change func(*problem.Test)) *problem.Test {
		test := base()
		change(test)
		return test
	}
	extra := problem.File{Name: "x", Path: file("x", "12"), Size: 2}
	tests := []*problem.Test{
		base(),
		with(func(t *problem.Test) { t.Input = file("other", "1 3") }),
		with(func(t *problem.Test) { t.Input, t.Answer = file("copy", "1 2"), file("copied", "3") }),
		with(func(t *problem.Test) { t.Answer = file("answer2", "4") }),
		with(func(t *problem.Test) { t.Args = []string{"a b"} }),
		with(func(t *problem.Test) { t.Args = []string{"a", "b"} }),
		with(func(t *problem.Test) { t.ValidatorArgs = []string{"a"} }),
		with(func(t *problem.Test) { t.Comparer = checker.Options{CaseSensitive: true} }),
		with(func(t *problem.Test) { t.Files = []problem.File{extra} }),
		with(func(t *problem.Test) {
			t.Files = []problem.File{{Name: "x", Path: file("y", "13"), Size: 2}}
		}),
		with(func(t *problem.Test) { t.Files = []problem.File{{Name: "x", Path: file("z", "12"), Size: 2}} }),
		with(func(t *problem.Test) { t.Sample, t.FullFeedback = true, true }),
	}
	p := &problem.Problem{Tests: tests}
	var e equalTests
	got, err := e.work(p, grading.New(p, false))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 0, 3, 4, 5, 6, 7, 8, 9, 8, 0}, got); diff != "" {
		t.Errorf("work (-want +got):\n%s", diff)
	}
}

func TestStaticTestsWithTheSameArgumentsShareOnePieceOfWork(t *testing.T) {
	group := func(name string, args ...string) *problem.Group {
		return &problem.Group{Name: name, Static: &problem.StaticTest{Args: args}, Modern: &problem.ModernGrading{Group: true}}
	}
	p := &problem.Problem{Groups: &problem.Group{Modern: &problem.ModernGrading{}, Children: []problem.Child{
		{Group: group("sample", "a")}, {Group: group("secret", "b")}, {Group: group("secret/c", "a")},
	}}}
	var e equalTests
	got, err := e.work(p, grading.New(p, false))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 0}, got); diff != "" {
		t.Errorf("work (-want +got):\n%s", diff)
	}
}
