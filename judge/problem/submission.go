package problem

import "slices"

// Submission is an example submission of the package.
type Submission struct {
	Program
	Expected Expectation
	// Model says that the package calls it a model solution.
	Model bool
}

// Submissions lists the example submissions in byte order of their paths: each file and each directory below a
// directory of submissions. On an *issue.InvalidError the list holds those that are sound.
func (p *Problem) Submissions() ([]Submission, error) {
	if p.ExampleDefects != nil {
		return slices.Clone(p.Examples), p.ExampleDefects
	}
	return slices.Clone(p.Examples), nil
}
