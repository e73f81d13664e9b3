package reader

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// dataReader reads the test cases of a package.
type dataReader struct {
	tree     *source
	issues   *issue.Findings
	meta     metadata
	settings settings
	custom   bool // a validator of the package judges, and its arguments are its own business
	grouped  bool // groups by the rules of 2025-09: data/secret/x with a test_group.yaml
	configs  map[string]*yamlmap.Map
	customAt issue.Place // where a custom grader was asked for; the zero value when nowhere
	compared map[string]checker.Comparer
	// samplesOnly says that there is nothing to judge by but samples.
	samplesOnly bool
}

// newDataReader looks at which rules hold for the groups of a package.
func newDataReader(t *source, meta metadata, s settings, custom bool, issues *issue.Findings) *dataReader {
	r := &dataReader{
		tree: t, issues: issues, meta: meta, settings: s, custom: custom,
		configs: make(map[string]*yamlmap.Map), compared: make(map[string]checker.Comparer),
	}
	r.grouped = !meta.format.IsLegacy() && !meta.domjudge && !r.anyFile(legacyGroupFile)
	if !meta.format.IsLegacy() && !r.grouped && r.anyFile(legacyGroupFile) && r.anyFile(tree.GroupFile) {
		issues.Reject("data", 0, "has both testdata.yaml and test_group.yaml", "use test_group.yaml")
	}
	return r
}

// read reads the whole tree of groups.
func (r *dataReader) read() *problem.Group {
	root := r.group("data", groupConfig{legacy: defaultLegacyGrading()})
	r.checkSecret(root)
	r.checkScores(root)
	return root
}

// anyFile says whether a file of this name is anywhere in the data.
func (r *dataReader) anyFile(base string) bool {
	if r.tree.File("data/"+base) != nil {
		return true
	}
	return slices.ContainsFunc(slices.Concat(r.tree.Files(tree.SampleDir), r.tree.Files(tree.SecretDir)), func(e *tree.Entry) bool {
		return e.Base() == base
	})
}

// checkSecret makes sure that there is something to judge by.
func (r *dataReader) checkSecret(root *problem.Group) {
	for _, t := range root.AllTests() {
		if !t.Sample {
			return
		}
	}
	for _, i := range r.issues.Issues {
		if strings.HasPrefix(i.File, tree.SecretDir+"/") {
			return // there are test cases, and something is wrong with them
		}
	}
	remedy := "add a file name.in and its answer name.ans"
	if generator := r.tree.generator(); generator != "" {
		remedy = "run the generator of the package, " + generator + ", with the tool that it was written for, and keep what it makes"
	}
	if len(root.AllTests()) == 0 {
		r.issues.Reject(tree.SecretDir, 0, "has no test cases", remedy)
		return
	}
	r.samplesOnly = true
	if !r.settings.samplesOnly {
		r.issues.Warn(tree.SecretDir, 0, "has no test cases: there are samples only, by which nothing is judged but examples",
			remedy+", or write \"samples_only: true\" in "+tree.SettingsFile)
	}
}

// generator names what makes the test cases of a package that is kept without them; "" for none.
func (t *source) generator() string {
	for _, name := range []string{"generators/generators.yaml", "generators", "generator", "gen"} {
		if t.Entries[name] != nil {
			return name
		}
	}
	for _, dir := range []string{tree.SecretDir, "data"} {
		for _, e := range t.List(dir) {
			if !e.Dir && (strings.HasPrefix(e.Base(), "gen") || problem.LanguageOf(e.Base()) != "") {
				return e.Path
			}
		}
	}
	return ""
}

// item is a test case or a directory, to be sorted.
type item struct {
	name  string // base name without extension
	child problem.Child
}

// group reads one directory. above is the configuration that it inherits.
func (r *dataReader) group(dir string, above groupConfig) *problem.Group {
	if dir == tree.SampleDir && !r.meta.format.IsLegacy() {
		above.fullFeedback = true
	}
	config, m := r.config(dir, above)
	g := &problem.Group{Name: strings.TrimPrefix(strings.TrimPrefix(dir, "data"), "/")}
	if r.grouped {
		g.Modern = r.modernGrading(m, dir)
	} else {
		g.Legacy = r.groupGrading(config.legacy)
	}
	if m != nil && r.grouped {
		g.Static = r.staticTest(m, dir, g.Modern, config.staticArgs)
	}
	if m != nil {
		m.Done()
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
func (r *dataReader) groupGrading(g problem.LegacyGrading) *problem.LegacyGrading {
	for _, change := range r.meta.grading {
		change(&g)
	}
	return &g
}

// topGroups reads data/sample and data/secret.
func (r *dataReader) topGroups(config groupConfig) []problem.Child {
	var children []problem.Child
	for _, dir := range []string{tree.SampleDir, tree.SecretDir} {
		if r.tree.Directory(dir) != nil {
			children = append(children, problem.Child{Group: r.group(dir, config)})
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
	for _, e := range r.tree.List(dir) {
		if !e.Dir || path.Ext(e.Path) == tree.FilesExt && r.grouped {
			continue
		}
		before := r.issues.Rejected
		sub := r.group(e.Path, config)
		if len(sub.AllTests()) == 0 && sub.Static == nil {
			if r.issues.Rejected == before { // else its test cases are broken, which was said
				r.emptyGroup(e)
			}
			continue
		}
		items = append(items, item{name: e.Base(), child: problem.Child{Group: sub}})
	}
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	for i, it := range items {
		if r.grouped && i > 0 && items[i-1].name == it.name {
			r.issues.Warn(path.Join(dir, it.name), 0, "is both a test case and a directory", "rename one")
		}
	}
	return items
}

// emptyGroup decides what a directory without test cases means.
func (r *dataReader) emptyGroup(e *tree.Entry) {
	configured := r.tree.File(path.Join(e.Path, legacyGroupFile)) != nil || r.tree.File(path.Join(e.Path, tree.GroupFile)) != nil
	if scoring := r.meta.kind.Scoring; scoring && (configured || (r.meta.format == problem.Legacy && len(e.Children) == 0)) {
		r.issues.Reject(e.Path, 0, "is a test group without test cases", "add test cases or remove the directory")
		return
	}
	r.issues.Warn(e.Path, 0, "ignored, because there are no test cases in it", "")
}

// cases reads the test cases that lie directly in dir.
func (r *dataReader) cases(dir string, config groupConfig) []item {
	var items []item
	for _, e := range r.tree.List(dir) {
		switch {
		case path.Ext(e.Path) == ".in" && !e.Dir:
			if t := r.testCase(e, config); t != nil {
				items = append(items, item{name: e.Stem(), child: problem.Child{Test: t}})
			}
		case r.tree.File(strings.TrimSuffix(e.Path, path.Ext(e.Path))+".in") == nil:
			r.orphan(e)
		}
	}
	return items
}

// orphan looks at an entry that belongs to no test case.
func (r *dataReader) orphan(e *tree.Entry) {
	switch ext := path.Ext(e.Path); {
	case e.Dir && (ext != tree.FilesExt || !r.grouped):
	case ext == ".ans" && r.tree.Entries[strings.TrimSuffix(e.Path, ".ans")+".in"] == nil:
		r.issues.RejectPart(e.Path, 0, "answer without an input", fmt.Sprintf("add %s.in or remove the answer", e.Stem()))
	case r.grouped && r.needsInput(e, ext):
		r.issues.Warn(e.Path, 0, "belongs to a test case that is not there", fmt.Sprintf("add %s.in or remove it", e.Stem()))
	}
}

// needsInput says whether 2025-09 forbids the file without its input. Interactions and the parts of the statement
// may stand for themselves.
func (r *dataReader) needsInput(e *tree.Entry, ext string) bool {
	switch ext {
	case ".out", tree.FilesExt:
		return true
	case ".yaml":
		return e.Base() != tree.GroupFile
	}
	return false
}

// testCase reads the test case of an input; nil when it has no answer.
func (r *dataReader) testCase(in *tree.Entry, config groupConfig) *problem.Test {
	stem := strings.TrimSuffix(in.Path, ".in")
	if r.tree.File(stem+".ans") == nil {
		r.issues.RejectPart(in.Path, 0, "input without an answer", fmt.Sprintf("add %s.ans", in.Stem()))
		return nil
	}
	if r.grouped && in.Stem() == strings.TrimSuffix(tree.GroupFile, ".yaml") {
		r.issues.Reject(in.Path, 0, "a test case cannot be called test_group", "rename it")
	}
	return r.newTest(in, config)
}

// newTest reads what belongs to an input.
func (r *dataReader) newTest(in *tree.Entry, config groupConfig) *problem.Test {
	stem := strings.TrimSuffix(in.Path, ".in")
	if !r.meta.format.IsLegacy() && r.tree.File(stem+".yaml") != nil {
		config = r.caseConfig(stem+".yaml", config)
	}
	if r.issues.Spent() || !r.issues.Spend(argumentSteps(r.meta.flags, config.validatorArgs, config.args, config.visualizerArgs, config.inputArgs), config.validatorAt) {
		return &problem.Test{Name: strings.TrimPrefix(stem, "data/")} // of no use any more, as the package
	}
	t := &problem.Test{
		Name:               strings.TrimPrefix(stem, "data/"),
		Input:              r.tree.OnDisk(in.Path),
		Answer:             r.tree.OnDisk(stem + ".ans"),
		Sample:             strings.HasPrefix(in.Path, tree.SampleDir+"/"),
		Args:               config.args,
		Files:              r.caseFiles(stem + tree.FilesExt),
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
func (r *dataReader) caseFiles(dir string) []tree.File {
	if !r.grouped {
		return nil
	}
	if r.tree.File(dir) != nil {
		r.issues.Reject(dir, 0, "is a file", "make it a directory that holds the files of the test case")
	}
	return r.tree.ProgramFiles(dir)
}

// comparer is the default output validator with its arguments, which are looked at once for all test cases that have
// them from the same place.
func (r *dataReader) comparer(args []string, at issue.Place) checker.Comparer {
	if at == (issue.Place{}) {
		at = r.meta.flagsAt
	}
	key := fmt.Sprintf("%v %q", at, args)
	if c, done := r.compared[key]; done {
		return c
	}
	options, err := checker.ParseArgs(args, r.meta.strict())
	if err != nil {
		r.issues.Reject(at.File, at.Line, err.Error(), "correct it, or add an output validator that knows it")
	}
	r.compared[key] = options
	return options
}

// checkGroups holds 2025-09's rules on where test groups may be.
func (r *dataReader) checkGroups(dir string) {
	var groups, plain []string
	for _, e := range r.tree.List(dir) {
		if !e.Dir || path.Ext(e.Path) == tree.FilesExt {
			continue
		}
		if r.tree.File(path.Join(e.Path, tree.GroupFile)) != nil {
			groups = append(groups, e.Path)
		} else {
			plain = append(plain, e.Path)
		}
	}
	if len(groups) == 0 {
		return
	}
	if dir != tree.SecretDir {
		r.issues.Reject(groups[0], 0, "a test group can only lie directly in "+tree.SecretDir, "move it or remove its "+tree.GroupFile)
		return
	}
	tell := r.issues.Reject
	if !r.meta.kind.Scoring { // all test cases must be accepted, wherever they lie
		tell = r.issues.Warn
	}
	for _, name := range plain {
		tell(name, 0, "must be a test group, because "+groups[0]+" is one", "add "+tree.GroupFile)
	}
	for _, e := range r.tree.List(dir) {
		if !e.Dir && path.Ext(e.Path) == ".in" {
			tell(e.Path, 0, "must be in a test group, because "+groups[0]+" is one", "move it into a group")
		}
	}
}
