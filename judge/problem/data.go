package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/checker"
)

// dataReader reads the test cases of a package.
type dataReader struct {
	tree     *source
	issues   *findings
	meta     metadata
	settings settings
	custom   bool // a validator of the package judges, and its arguments are its own business
	grouped  bool // groups by the rules of 2025-09: data/secret/x with a test_group.yaml
	configs  map[string]*mapping
	customAt place // where a custom grader was asked for; the zero value when nowhere
	compared map[string]checker.Comparer
	// samplesOnly says that there is nothing to judge by but samples.
	samplesOnly bool
}

// newDataReader looks at which rules hold for the groups of a package.
func newDataReader(t *source, meta metadata, s settings, custom bool, issues *findings) *dataReader {
	r := &dataReader{
		tree: t, issues: issues, meta: meta, settings: s, custom: custom,
		configs: make(map[string]*mapping), compared: make(map[string]checker.Comparer),
	}
	r.grouped = !meta.format.legacy() && !meta.domjudge && !r.anyFile(legacyGroupFile)
	if !meta.format.legacy() && !r.grouped && r.anyFile(legacyGroupFile) && r.anyFile(groupFile) {
		issues.reject("data", 0, "has both testdata.yaml and test_group.yaml", "use test_group.yaml")
	}
	return r
}

// read reads the whole tree of groups.
func (r *dataReader) read() *Group {
	root := r.group("data", groupConfig{legacy: defaultLegacyGrading()})
	r.checkSecret(root)
	r.checkScores(root)
	return root
}

// anyFile says whether a file of this name is anywhere in the data.
func (r *dataReader) anyFile(base string) bool {
	if r.tree.file("data/"+base) != nil {
		return true
	}
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
	remedy := "add a file name.in and its answer name.ans"
	if generator := r.tree.generator(); generator != "" {
		remedy = "run the generator of the package, " + generator + ", with the tool that it was written for, and keep what it makes"
	}
	if len(root.tests()) == 0 {
		r.issues.reject(secretDir, 0, "has no test cases", remedy)
		return
	}
	r.samplesOnly = true
	if !r.settings.samplesOnly {
		r.issues.warn(secretDir, 0, "has no test cases: there are samples only, by which nothing is judged but examples",
			remedy+", or write \"samples_only: true\" in "+settingsFile)
	}
}

// generator names what makes the test cases of a package that is kept without them; "" for none.
func (t *source) generator() string {
	for _, name := range []string{"generators/generators.yaml", "generators", "generator", "gen"} {
		if t.entries[name] != nil {
			return name
		}
	}
	for _, dir := range []string{secretDir, "data"} {
		for _, e := range t.list(dir) {
			if !e.dir && (strings.HasPrefix(e.base(), "gen") || languageOf(e.base()) != "") {
				return e.path
			}
		}
	}
	return ""
}

// item is a test case or a directory, to be sorted.
type item struct {
	name  string // base name without extension
	child Child
}

// group reads one directory. above is the configuration that it inherits.
func (r *dataReader) group(dir string, above groupConfig) *Group {
	if dir == sampleDir && !r.meta.format.legacy() {
		above.fullFeedback = true
	}
	config, m := r.config(dir, above)
	g := &Group{Name: strings.TrimPrefix(strings.TrimPrefix(dir, "data"), "/")}
	if r.grouped {
		g.Modern = r.modernGrading(m, dir)
	} else {
		g.Legacy = r.groupGrading(config.legacy)
	}
	if m != nil && r.grouped {
		g.Static = r.staticTest(m, dir, g.Modern, config.staticArgs)
	}
	if m != nil {
		m.done()
	}
	if dir == "data" {
		g.Children = r.topGroups(config)
		return g
	}
	for _, it := range r.items(dir, config) {
		g.Children = append(g.Children, it.child)
	}
	return g
}

// groupGrading is what a group gets: problem.yaml has the last word.
func (r *dataReader) groupGrading(g LegacyGrading) *LegacyGrading {
	for _, change := range r.meta.grading {
		change(&g)
	}
	return &g
}

// topGroups reads data/sample and data/secret.
func (r *dataReader) topGroups(config groupConfig) []Child {
	var children []Child
	for _, dir := range []string{sampleDir, secretDir} {
		if r.tree.directory(dir) != nil {
			children = append(children, Child{Group: r.group(dir, config)})
		}
	}
	return children
}

// items lists what is in a directory in judging order.
func (r *dataReader) items(dir string, config groupConfig) []item {
	items := r.cases(dir, config)
	if r.grouped {
		r.checkGroups(dir)
	}
	for _, e := range r.tree.list(dir) {
		if !e.dir || path.Ext(e.path) == filesExt && r.grouped {
			continue
		}
		before := r.issues.rejected
		sub := r.group(e.path, config)
		if len(sub.tests()) == 0 && sub.Static == nil {
			if r.issues.rejected == before { // else its test cases are broken, which was said
				r.emptyGroup(e)
			}
			continue
		}
		items = append(items, item{name: e.base(), child: Child{Group: sub}})
	}
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	for i, it := range items {
		if r.grouped && i > 0 && items[i-1].name == it.name {
			r.issues.warn(path.Join(dir, it.name), 0, "is both a test case and a directory", "rename one")
		}
	}
	return items
}

// emptyGroup decides what a directory without test cases means.
func (r *dataReader) emptyGroup(e *entry) {
	configured := r.tree.file(path.Join(e.path, legacyGroupFile)) != nil || r.tree.file(path.Join(e.path, groupFile)) != nil
	if scoring := r.meta.kind.Scoring; scoring && (configured || (r.meta.format == Legacy && len(e.children) == 0)) {
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
		r.issues.rejectPart(e.path, 0, "answer without an input", fmt.Sprintf("add %s.in or remove the answer", e.stem()))
	case r.grouped && r.needsInput(e, ext):
		r.issues.warn(e.path, 0, "belongs to a test case that is not there", fmt.Sprintf("add %s.in or remove it", e.stem()))
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
		r.issues.rejectPart(in.path, 0, "input without an answer", fmt.Sprintf("add %s.ans", in.stem()))
		return nil
	}
	if r.grouped && in.stem() == strings.TrimSuffix(groupFile, ".yaml") {
		r.issues.reject(in.path, 0, "a test case cannot be called test_group", "rename it")
	}
	return r.newTest(in, config)
}

// newTest reads what belongs to an input.
func (r *dataReader) newTest(in *entry, config groupConfig) *Test {
	stem := strings.TrimSuffix(in.path, ".in")
	if !r.meta.format.legacy() && r.tree.file(stem+".yaml") != nil {
		config = r.caseConfig(stem+".yaml", config)
	}
	if r.issues.spent() || !r.issues.spend(argumentSteps(r.meta.flags, config.validatorArgs, config.args, config.visualizerArgs, config.inputArgs), config.validatorAt) {
		return &Test{Name: strings.TrimPrefix(stem, "data/")} // of no use any more, as the package
	}
	t := &Test{
		Name:               strings.TrimPrefix(stem, "data/"),
		Input:              r.tree.onDisk(in.path),
		Answer:             r.tree.onDisk(stem + ".ans"),
		Sample:             strings.HasPrefix(in.path, sampleDir+"/"),
		Args:               config.args,
		Files:              r.caseFiles(stem + filesExt),
		ValidatorArgs:      joinFlags(r.meta.flags, config.validatorArgs),
		InputValidatorArgs: config.inputArgs, InputValidatorArgsOf: config.inputArgsOf,
		VisualizerArgs: config.visualizerArgs,
		FullFeedback:   config.fullFeedback,
	}
	switch c := r.settings.checker; {
	case c != nil && c.comparer != nil:
		t.Comparer = c.comparer
	case c != nil && c.args != nil:
		t.ValidatorArgs = c.args
	case !r.custom:
		t.Comparer = r.comparer(t.ValidatorArgs, config.validatorAt)
	}
	return t
}

// caseFiles lists the files of a test case, which 2025-09 has.
func (r *dataReader) caseFiles(dir string) []File {
	if !r.grouped {
		return nil
	}
	if r.tree.file(dir) != nil {
		r.issues.reject(dir, 0, "is a file", "make it a directory that holds the files of the test case")
	}
	return r.tree.programFiles(dir)
}

// comparer is the default output validator with its arguments, which are looked at once for all test cases that have
// them from the same place.
func (r *dataReader) comparer(args []string, at place) checker.Comparer {
	if at == (place{}) {
		at = r.meta.flagsAt
	}
	key := fmt.Sprintf("%v %q", at, args)
	if c, done := r.compared[key]; done {
		return c
	}
	options, err := checker.ParseArgs(args, r.meta.strict())
	if err != nil {
		r.issues.reject(at.file, at.line, err.Error(), "correct it, or add an output validator that knows it")
	}
	r.compared[key] = options
	return options
}

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
	tell := r.issues.reject
	if !r.meta.kind.Scoring { // all test cases must be accepted, wherever they lie
		tell = r.issues.warn
	}
	for _, name := range plain {
		tell(name, 0, "must be a test group, because "+groups[0]+" is one", "add "+groupFile)
	}
	for _, e := range r.tree.list(dir) {
		if !e.dir && path.Ext(e.path) == ".in" {
			tell(e.path, 0, "must be in a test group, because "+groups[0]+" is one", "move it into a group")
		}
	}
}
