package problem

import (
	"fmt"
	"path"
	"strings"
)

// validatorTests reads the tests of validators. The drafts call the first directory invalid_inputs, too.
func (r *dataReader) validatorTests() []ValidatorTest {
	if r.meta.format.legacy() {
		return nil
	}
	// They play no part in judging, so that nothing that is wrong with them keeps the problem from being judged.
	lenient, strict := *r, r.issues
	lenient.issues = new(findings)
	defer func() { strict.tolerate(lenient.issues) }()
	r = &lenient
	var all []ValidatorTest
	for _, purpose := range []Purpose{InvalidInput, InvalidOutput, ValidOutput} {
		all = append(all, r.testsFor(purpose, path.Join("data", string(purpose)))...)
	}
	if old := "data/invalid_inputs"; r.meta.format == Draft2023 {
		all = append(all, r.testsFor(InvalidInput, old)...)
	} else if r.tree.directory(old) != nil {
		r.issues.warn(old, 0, fmt.Sprintf("ignored, because format %s calls it %s", r.meta.format, InvalidInput), "rename it")
	}
	return all
}

func (r *dataReader) testsFor(purpose Purpose, dir string) []ValidatorTest {
	var all []ValidatorTest
	for _, e := range r.tree.files(dir) {
		if path.Ext(e.path) == ".in" {
			if t, ok := r.validatorTest(purpose, e); ok {
				all = append(all, t)
			}
		}
	}
	return all
}

// validatorTest reads the one of an input. What is missing is an issue.
func (r *dataReader) validatorTest(purpose Purpose, in *entry) (ValidatorTest, bool) {
	stem := strings.TrimSuffix(in.path, ".in")
	t := ValidatorTest{Purpose: purpose}
	if purpose != InvalidInput {
		for _, ext := range []string{".ans", ".out"} {
			if r.tree.file(stem+ext) == nil {
				r.issues.reject(in.path, 0, "has no "+ext, "add "+path.Base(stem)+ext)
				return t, false
			}
		}
		t.Output = r.tree.onDisk(stem + ".out")
	}
	t.Test = *r.newTest(in, groupConfig{})
	if purpose == InvalidInput {
		t.Answer = ""
	}
	return t, true
}
