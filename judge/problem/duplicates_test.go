package problem

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// pointerComparer is a comparer that holds a pointer: two of them look different, and compare alike.
type pointerComparer struct {
	checker.Options
	tolerance *float64
}

func (c *pointerComparer) Key() string { return fmt.Sprint("pointer ", *c.tolerance) }

func TestDuplicateTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in, answer := file("in", "1 2"), file("answer", "3")
	base := func() *Test { return &Test{Input: in, Answer: answer, Comparer: checker.Options{}} }
	with := func(change func(*Test)) *Test {
		test := base()
		change(test)
		return test
	}
	extra := tree.File{Name: "x", Path: file("x", "12"), Size: 2}
	tests := []*Test{
		base(),
		with(func(t *Test) { t.Input = file("other", "1 3") }),
		with(func(t *Test) { t.Input, t.Answer = file("copy", "1 2"), file("copied", "3") }),
		with(func(t *Test) { t.Answer = file("answer2", "4") }),
		with(func(t *Test) { t.Args = []string{"a b"} }),
		with(func(t *Test) { t.Args = []string{"a", "b"} }),
		with(func(t *Test) { t.ValidatorArgs = []string{"a"} }),
		with(func(t *Test) { t.Comparer = checker.Options{CaseSensitive: true} }),
		with(func(t *Test) { t.Comparer = &pointerComparer{tolerance: new(float64)} }),
		with(func(t *Test) { t.Comparer = &pointerComparer{tolerance: new(float64)} }),
		with(func(t *Test) { t.Files = []tree.File{extra} }),
		with(func(t *Test) {
			t.Files = []tree.File{{Name: "x", Path: file("y", "13"), Size: 2}}
		}),
		with(func(t *Test) { t.Files = []tree.File{{Name: "x", Path: file("z", "12"), Size: 2}} }),
		with(func(t *Test) { t.Sample, t.FullFeedback = true, true }),
	}
	got, err := (&Problem{Tests: tests}).DuplicateTests()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 0, 3, 4, 5, 6, 7, 8, 8, 10, 11, 10, 0}, got); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
}
