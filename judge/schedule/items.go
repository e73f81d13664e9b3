package schedule

import (
	"fmt"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
)

// WorkItems numbers the units of a plan so that those that are equal have the same number: each is done once.
func WorkItems(p *problem.Problem, plan *grading.Plan) ([]int, error) {
	first, err := p.DuplicateTests()
	if err != nil {
		return nil, err
	}
	items, unitOf, static := make([]int, len(plan.Units)), map[int]int{}, map[string]int{}
	for i, u := range plan.Units {
		items[i] = i
		switch u.Kind {
		case grading.TestCase:
			items[i] = firstWith(unitOf, first[u.Test], i)
		case grading.StaticTest:
			items[i] = firstWith(static, fmt.Sprintf("%q", u.Group.Static.Args), i)
		case grading.Grader:
		}
	}
	return items, nil
}

// firstWith returns the first unit that had this key: i, when it is the first.
func firstWith[K comparable](seen map[K]int, key K, i int) int {
	if first, ok := seen[key]; ok {
		return first
	}
	seen[key] = i
	return i
}
