package reader

import (
	"fmt"
	"path"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// validatorTests reads the tests of validators. The drafts call the first directory invalid_inputs, too.
func (r *dataReader) validatorTests() []problem.ValidatorTest {
	if r.meta.format.IsLegacy() {
		return nil
	}
	// They play no part in judging, so that nothing that is wrong with them keeps the problem from being judged.
	lenient, strict := *r, r.issues
	lenient.issues = new(issue.Findings)
	defer func() { strict.Tolerate(lenient.issues) }()
	r = &lenient
	var all []problem.ValidatorTest
	for _, purpose := range []problem.Purpose{problem.InvalidInput, problem.InvalidOutput, problem.ValidOutput} {
		all = append(all, r.testsFor(purpose, path.Join("data", string(purpose)))...)
	}
	if old := "data/invalid_inputs"; r.meta.format == problem.Draft2023 {
		all = append(all, r.testsFor(problem.InvalidInput, old)...)
	} else if r.tree.Directory(old) != nil {
		r.issues.Warn(old, 0, fmt.Sprintf("ignored, because format %s calls it %s", r.meta.format, problem.InvalidInput), "rename it")
	}
	return all
}

func (r *dataReader) testsFor(purpose problem.Purpose, dir string) []problem.ValidatorTest {
	var all []problem.ValidatorTest
	for _, e := range r.tree.Files(dir) {
		if path.Ext(e.Path) == ".in" {
			if t, ok := r.validatorTest(purpose, e); ok {
				all = append(all, t)
			}
		}
	}
	return all
}

// validatorTest reads the one of an input. What is missing is an issue.
func (r *dataReader) validatorTest(purpose problem.Purpose, in *tree.Entry) (problem.ValidatorTest, bool) {
	stem := strings.TrimSuffix(in.Path, ".in")
	t := problem.ValidatorTest{Purpose: purpose}
	if purpose != problem.InvalidInput {
		for _, ext := range []string{".ans", ".out"} {
			if r.tree.File(stem+ext) == nil {
				r.issues.Reject(in.Path, 0, "has no "+ext, "add "+path.Base(stem)+ext)
				return t, false
			}
		}
		t.Output = r.tree.OnDisk(stem + ".out")
	}
	t.Test = *r.newTest(in, groupConfig{})
	if purpose == problem.InvalidInput {
		t.Answer = ""
	}
	return t, true
}
