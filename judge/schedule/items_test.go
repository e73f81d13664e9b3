package schedule

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
)

func TestStaticTestsWithTheSameArgumentsShareOneWorkItem(t *testing.T) {
	group := func(name string, args ...string) *problem.Group {
		return &problem.Group{Name: name, Static: &problem.StaticTest{Args: args}, Modern: &problem.ModernGrading{Group: true}}
	}
	p := &problem.Problem{Groups: &problem.Group{Modern: &problem.ModernGrading{}, Children: []problem.Child{
		{Group: group("sample", "a")}, {Group: group("secret", "b")}, {Group: group("secret/c", "a")},
	}}}
	got, err := WorkItems(p, grading.New(p, false))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 0}, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}
