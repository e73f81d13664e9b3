package reader

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// The most that a group can get where its test_group.yaml does not say.
const defaultSecretScore = 100

// The names of the two groups that every problem of 2025-09 has.
const (
	sampleGroup = "sample"
	secretGroup = "secret"
)

// isGroup says whether dir is a test group in 2025-09.
func (r *dataReader) isGroup(dir string) bool {
	return dir == tree.SampleDir || dir == tree.SecretDir || (path.Dir(dir) == tree.SecretDir && r.tree.File(path.Join(dir, tree.GroupFile)) != nil)
}

// modernGrading reads what test_group.yaml says of the scores of dir; m is nil where there is none.
func (r *dataReader) modernGrading(m *yamlmap.Map, dir string) *problem.ModernGrading {
	if !r.isGroup(dir) {
		return &problem.ModernGrading{}
	}
	g := &problem.ModernGrading{Group: true, Unbounded: true, Aggregation: problem.AggregatePassFail}
	if dir == tree.SecretDir && r.meta.kind.Scoring {
		g.MaxScore, g.Unbounded, g.Aggregation = defaultSecretScore, false, problem.AggregateSum
	}
	if m == nil {
		return g
	}
	if r.ignoreScores(m, dir) {
		return g
	}
	readMaxScore(m, g)
	readAggregation(m, g)
	g.RequirePass = readRequired(m, "require_pass")
	return g
}

// scoreKeys say how a group gets its score.
var scoreKeys = []string{"max_score", "score_aggregation", "require_pass"}

// ignoreScores passes over the keys that say how a group gets its score where no score comes of it, whatever they say:
// in pass-fail problems, where all test cases must be accepted anyway, and in data/sample.
func (r *dataReader) ignoreScores(m *yamlmap.Map, dir string) bool {
	why, remedy := "it is for scoring problems", "remove it, or make the problem's type scoring"
	switch {
	case r.meta.kind.Scoring && dir != tree.SampleDir:
		return false
	case dir == tree.SampleDir:
		why, remedy = "the test cases of "+tree.SampleDir+" give no score", "remove it"
	}
	for _, key := range scoreKeys {
		if m.Nodes[key] != nil {
			m.Warn(key, "ignored, because "+why, remedy)
		}
		m.Take(key)
	}
	return true
}

func readMaxScore(m *yamlmap.Map, g *problem.ModernGrading) {
	const key = "max_score"
	if node := m.Nodes[key]; node != nil && node.Value == "unbounded" {
		m.Take(key)
		g.MaxScore, g.Unbounded = 0, true
		return
	}
	if m.Has(key) {
		g.Unbounded = false
	}
	if v, ok := readWholeScore(m, key); ok {
		g.MaxScore = v
	}
}

// readWholeScore reads a score, which is whole and not negative.
func readWholeScore(m *yamlmap.Map, key string) (float64, bool) {
	v, ok := m.Number(key)
	if ok && (v < 0 || v != math.Trunc(v)) {
		m.Reject(key, fmt.Sprintf("must be a whole number, zero or more, not %v", v), "")
		return 0, false
	}
	return v, ok
}

func readAggregation(m *yamlmap.Map, g *problem.ModernGrading) {
	word, ok := m.Text("score_aggregation")
	if !ok {
		return
	}
	switch a := problem.Aggregation(word); a {
	case problem.AggregatePassFail, problem.AggregateSum, problem.AggregateMin:
		g.Aggregation = a
	default:
		m.Reject("score_aggregation", fmt.Sprintf("%q is not known", word), "use pass-fail, sum or min")
	}
}

// readRequired reads names of groups as names below data: "small" means the group secret/small.
func readRequired(m *yamlmap.Map, key string) []string {
	names, _ := m.TextOrSequence(key)
	var required []string
	seen := make(map[string]bool)
	for _, name := range names {
		if name != sampleGroup && name != secretGroup && !strings.Contains(name, "/") {
			name = path.Join(secretGroup, name)
		}
		if seen[name] {
			m.Warn(key, fmt.Sprintf("has %.60q twice", name), "remove one")
			continue
		}
		seen[name] = true
		required = append(required, name)
	}
	return required
}

// staticTest reads static_validation_score, which makes the static validator a test case of the group.
func (r *dataReader) staticTest(m *yamlmap.Map, dir string, g *problem.ModernGrading, args []string) *problem.StaticTest {
	const key = "static_validation_score"
	if !m.Has(key) {
		m.Take(key)
		return nil
	}
	if len(r.tree.Files(tree.StaticDir)) == 0 {
		m.Reject(key, "is given, but there is no static validator", "add one as "+tree.StaticDir+"/, or remove the key")
	}
	if m.Nodes[key].Value == string(problem.AggregatePassFail) {
		m.Take(key)
		return &problem.StaticTest{Args: args, PassFail: true}
	}
	v, ok := readWholeScore(m, key)
	switch {
	case !ok:
	case !r.meta.kind.Scoring:
		m.Reject(key, "can only be pass-fail in a pass-fail problem", "write pass-fail")
	case dir != tree.SampleDir && g.Aggregation == problem.AggregatePassFail:
		m.Reject(key, "can only be pass-fail where score_aggregation is pass-fail", "write pass-fail, or aggregate by sum or min")
	case !g.Unbounded && v > g.MaxScore:
		m.Reject(key, fmt.Sprintf("of %v is more than the max_score of %v", v, g.MaxScore), "lower it")
	}
	return &problem.StaticTest{Args: args, Score: v}
}

// checkScores holds the rules on what groups may say together. configs has the test_group.yaml of each directory.
func (r *dataReader) checkScores(root *problem.Group) {
	if !r.grouped || !r.meta.kind.Scoring {
		return
	}
	var secret *problem.Group
	var groups []*problem.Group
	for _, c := range root.Children {
		if c.Group.Name == secretGroup {
			secret = c.Group
		}
	}
	if secret == nil {
		return
	}
	for _, c := range secret.Children {
		if c.Group != nil && c.Group.Modern.Group {
			groups = append(groups, c.Group)
		}
	}
	r.checkBounds(secret, groups)
	for _, g := range append(groups, secret) {
		r.checkRequired(g, groups)
	}
}

// checkBounds holds the rules on max_score and score_aggregation of data/secret and its groups.
func (r *dataReader) checkBounds(secret *problem.Group, groups []*problem.Group) {
	total := 0.0
	for _, g := range append([]*problem.Group{secret}, groups...) {
		m := g.Modern
		switch {
		case m.Aggregation == problem.AggregatePassFail && m.Unbounded:
			r.rejectGroup(g, "max_score", "has no max_score, which score_aggregation pass-fail needs", "give max_score, or aggregate by sum or min")
		case m.Unbounded && !secret.Modern.Unbounded:
			r.rejectGroup(g, "max_score", "is unbounded, but "+tree.SecretDir+" is not", "give max_score, or write \"max_score: unbounded\" in "+
				tree.SecretDir+"/"+tree.GroupFile)
		}
		if g != secret && secret.Modern.Aggregation == problem.AggregatePassFail && m.Aggregation != problem.AggregatePassFail {
			r.rejectGroup(g, "score_aggregation", fmt.Sprintf("has score_aggregation %s, but that of %s is pass-fail", m.Aggregation, tree.SecretDir),
				"make both pass-fail, or neither")
		}
		if g != secret {
			total += m.MaxScore
		}
	}
	if s := secret.Modern; !s.Unbounded && s.Aggregation == problem.AggregateSum && total > s.MaxScore {
		r.warnGroup(secret, "max_score", fmt.Sprintf("has a max_score of %v, but its groups can get %v together", s.MaxScore, total),
			"a submission that gets more is a judge error; raise the one or lower the others")
	}
}

// checkRequired holds the rules on require_pass: it names groups that are judged before, all or nothing.
func (r *dataReader) checkRequired(g *problem.Group, groups []*problem.Group) {
	if !r.issues.Spend(len(g.Modern.RequirePass)*len(groups), issue.Place{File: path.Join("data", g.Name, tree.GroupFile)}) {
		return
	}
	for _, name := range g.Modern.RequirePass {
		if name == sampleGroup {
			continue
		}
		const key = "require_pass"
		i := slices.IndexFunc(groups, func(o *problem.Group) bool { return o.Name == name })
		switch {
		case g.Name == secretGroup:
			r.rejectGroup(g, key, fmt.Sprintf("has require_pass %.60q, and %s can only require %s", name, tree.SecretDir, sampleGroup), "remove it")
		case i < 0:
			r.rejectGroup(g, key, fmt.Sprintf("has require_pass %.60q, which is no test group", name), "name a test group, or "+sampleGroup)
		case groups[i].Name >= g.Name:
			r.rejectGroup(g, key, fmt.Sprintf("has require_pass %.60q, which is not before it in order of names", name), "rename one of them")
		case groups[i].Modern.Aggregation != problem.AggregatePassFail:
			r.rejectGroup(g, key, fmt.Sprintf("has require_pass %.60q, whose score_aggregation is %s", name, groups[i].Modern.Aggregation),
				"only a group with pass-fail can be required")
		}
	}
}

// rejectGroup says what is wrong with a group, at the line of the key where its file has it.
func (r *dataReader) rejectGroup(g *problem.Group, key, what, remedy string) {
	at := r.groupKey(g, key)
	r.issues.Reject(at.File, at.Line, what, remedy)
}

func (r *dataReader) warnGroup(g *problem.Group, key, what, remedy string) {
	at := r.groupKey(g, key)
	r.issues.Warn(at.File, at.Line, what, remedy)
}

func (r *dataReader) groupKey(g *problem.Group, key string) issue.Place {
	m := r.configs["data/"+g.Name]
	if m == nil {
		return issue.Place{File: "data/" + g.Name}
	}
	if at := m.At(key); at.Line > 0 {
		return at
	}
	return issue.Place{File: m.File}
}
