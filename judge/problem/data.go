package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// The two directories with test cases, in judging order. Others below data are for tools of authors.
const (
	sampleDir = "data/sample"
	secretDir = "data/secret"
)

// dataReader reads the test cases of a package.
type dataReader struct {
	tree    *tree
	issues  *findings
	format  Format
	flags   []string // of problem.yaml, before those of groups
	grouped bool     // test groups by the rules of 2025-09: data/secret/x with a test_group.yaml
}

// readData reads data/sample and data/secret.
func readData(t *tree, meta metadata, issues *findings) *Group {
	r := dataReader{tree: t, issues: issues, format: meta.format, flags: meta.flags}
	r.grouped = !meta.format.legacy() && !r.anyFile(legacyGroupFile)
	if !meta.format.legacy() && !r.grouped && r.anyFile(groupFile) {
		issues.reject("data", 0, "has both testdata.yaml and test_group.yaml", "use test_group.yaml")
	}
	root := &Group{}
	config := r.config("data", groupConfig{})
	for _, dir := range []string{sampleDir, secretDir} {
		if t.directory(dir) != nil {
			root.Children = append(root.Children, Child{Group: r.group(dir, config)})
		}
	}
	r.checkSecret(root)
	return root
}

// anyFile says whether a file of this name is anywhere in the data.
func (r *dataReader) anyFile(base string) bool {
	return slices.ContainsFunc(slices.Concat(r.tree.files(sampleDir), r.tree.files(secretDir)), func(e *entry) bool {
		return e.base() == base
	})
}

// checkSecret makes sure that there is something to judge by.
func (r *dataReader) checkSecret(root *Group) {
	for _, t := range root.tests() {
		if !t.Sample {
			return
		}
	}
	for _, i := range r.issues.issues {
		if strings.HasPrefix(i.File, secretDir+"/") {
			return // there are test cases, and something is wrong with them
		}
	}
	r.issues.reject(secretDir, 0, "has no test cases", "add a file name.in and its answer name.ans")
}

// item is a test case or a directory, to be sorted.
type item struct {
	name  string // base name without extension
	child Child
}

// group reads one directory. above is the configuration that it inherits.
func (r *dataReader) group(dir string, above groupConfig) *Group {
	g := &Group{Name: strings.TrimPrefix(dir, "data/")}
	config := above
	if dir != "data" {
		config = r.config(dir, above)
	}
	items := r.cases(dir, config)
	if r.grouped {
		r.checkGroups(dir)
	}
	for _, e := range r.tree.list(dir) {
		if !e.dir || path.Ext(e.path) == filesExt && r.grouped {
			continue
		}
		before := len(r.issues.issues)
		sub := r.group(e.path, config)
		if len(sub.tests()) == 0 {
			if len(r.issues.issues) == before { // else its test cases are broken, which was said
				r.emptyGroup(e)
			}
			continue
		}
		items = append(items, item{name: e.base(), child: Child{Group: sub}})
	}
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	for i, it := range items {
		if r.grouped && i > 0 && items[i-1].name == it.name {
			r.issues.reject(path.Join(dir, it.name), 0, "is both a test case and a directory", "rename one")
		}
		g.Children = append(g.Children, it.child)
	}
	return g
}

// emptyGroup decides what a directory without test cases means.
func (r *dataReader) emptyGroup(e *entry) {
	configured := r.tree.file(path.Join(e.path, legacyGroupFile)) != nil || r.tree.file(path.Join(e.path, groupFile)) != nil
	if configured || (r.format == Legacy && len(e.children) == 0) {
		r.issues.reject(e.path, 0, "is a test group without test cases", "add test cases or remove the directory")
		return
	}
	r.issues.warn(e.path, 0, "ignored, because there are no test cases in it", "")
}

// cases reads the test cases that lie directly in dir.
func (r *dataReader) cases(dir string, config groupConfig) []item {
	var items []item
	for _, e := range r.tree.list(dir) {
		switch {
		case path.Ext(e.path) == ".in" && !e.dir:
			if t := r.testCase(e, config); t != nil {
				items = append(items, item{name: e.stem(), child: Child{Test: t}})
			}
		case r.tree.file(strings.TrimSuffix(e.path, path.Ext(e.path))+".in") == nil:
			r.orphan(e)
		}
	}
	return items
}

// orphan looks at an entry that belongs to no test case.
func (r *dataReader) orphan(e *entry) {
	switch ext := path.Ext(e.path); {
	case e.dir && (ext != filesExt || !r.grouped):
	case ext == ".ans" && r.tree.entries[strings.TrimSuffix(e.path, ".ans")+".in"] == nil:
		r.issues.reject(e.path, 0, "answer without an input", fmt.Sprintf("add %s.in or remove the answer", e.stem()))
	case r.grouped && r.needsInput(e, ext):
		r.issues.reject(e.path, 0, "belongs to a test case that is not there", fmt.Sprintf("add %s.in or remove it", e.stem()))
	}
}

// needsInput says whether 2025-09 forbids the file without its input. Interactions and the parts of the statement
// may stand for themselves.
func (r *dataReader) needsInput(e *entry, ext string) bool {
	switch ext {
	case ".out", filesExt:
		return true
	case ".yaml":
		return e.base() != groupFile
	}
	return false
}

// testCase reads the test case of an input; nil when it has no answer.
func (r *dataReader) testCase(in *entry, config groupConfig) *Test {
	stem := strings.TrimSuffix(in.path, ".in")
	if r.tree.file(stem+".ans") == nil {
		r.issues.reject(in.path, 0, "input without an answer", fmt.Sprintf("add %s.ans", in.stem()))
		return nil
	}
	if r.grouped && in.stem() == strings.TrimSuffix(groupFile, ".yaml") {
		r.issues.reject(in.path, 0, "a test case cannot be called test_group", "rename it")
	}
	if r.grouped && r.tree.entries[stem+filesExt] != nil {
		r.issues.need("files of test cases (" + filesExt + ")")
	}
	if !r.format.legacy() && r.tree.file(stem+".yaml") != nil {
		config = r.caseConfig(stem+".yaml", config)
	}
	return &Test{
		Name:          strings.TrimPrefix(stem, "data/"),
		Input:         r.tree.onDisk(in.path),
		Answer:        r.tree.onDisk(stem + ".ans"),
		ValidatorArgs: joinFlags(r.flags, config.validatorArgs),
		Sample:        strings.HasPrefix(in.path, sampleDir+"/"),
	}
}

// filesExt is the extension of the directory with a test case's files, in 2025-09.
const filesExt = ".files"

// checkGroups holds 2025-09's rules on where test groups may be.
func (r *dataReader) checkGroups(dir string) {
	var groups, plain []string
	for _, e := range r.tree.list(dir) {
		if !e.dir || path.Ext(e.path) == filesExt {
			continue
		}
		if r.tree.file(path.Join(e.path, groupFile)) != nil {
			groups = append(groups, e.path)
		} else {
			plain = append(plain, e.path)
		}
	}
	if len(groups) == 0 {
		return
	}
	if dir != secretDir {
		r.issues.reject(groups[0], 0, "a test group can only lie directly in "+secretDir, "move it or remove its "+groupFile)
		return
	}
	for _, name := range plain {
		r.issues.reject(name, 0, "must be a test group, because "+groups[0]+" is one", "add "+groupFile)
	}
	for _, e := range r.tree.list(dir) {
		if !e.dir && path.Ext(e.path) == ".in" {
			r.issues.reject(e.path, 0, "must be in a test group, because "+groups[0]+" is one", "move it into a group")
		}
	}
}
