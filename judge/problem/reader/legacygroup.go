package reader

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// legacyGroupFile configures a directory of test cases in the legacy formats and the older drafts. Each key that it
// does not have is inherited from the directory above.
const legacyGroupFile = "testdata.yaml"

// defaultLegacyGrading is that of a package which says nothing.
func defaultLegacyGrading() problem.LegacyGrading {
	return problem.LegacyGrading{Break: true, AcceptScore: 1, Least: math.Inf(-1), Most: math.Inf(1)}
}

// gradingChange is one thing that a package says of grading.
type gradingChange func(*problem.LegacyGrading)

// readGrading reads the map grading of problem.yaml. What it says of scores is older than testdata.yaml, and is still
// taken for all groups.
func readGrading(m *yamlmap.Map, meta *metadata) {
	g := m.Child("grading")
	if custom, _ := g.Boolean("custom_scoring"); custom {
		meta.scores = true
		scoreGiven(m, "grading", "has custom_scoring", meta)
	}
	meta.grading = append(readScores(g), readOldReject(g)...)
	switch objective, given := g.Text("objective"); {
	case objective == "min":
		meta.minimise = true
	case given && objective != "max":
		g.Warn("objective", fmt.Sprintf("%q is not known, and is taken for max", objective), "use min or max")
	}
	g.Ignore("show_test_data_groups")
	g.Done()
}

// readOldReject reads the on_reject of problem.yaml, which has other words than that of testdata.yaml.
func readOldReject(m *yamlmap.Map) []gradingChange {
	word, ok := m.Text("on_reject")
	if !ok {
		return nil
	}
	switch word {
	case "first_error", "break":
		return []gradingChange{func(g *problem.LegacyGrading) { g.Break = true }}
	case "worst_error", "grade", "continue":
		return []gradingChange{func(g *problem.LegacyGrading) { g.Break = false }}
	}
	m.Reject("on_reject", fmt.Sprintf("%q is not known", word), "use first_error, worst_error or grade")
	return nil
}

// readScores reads accept_score, reject_score and range.
func readScores(m *yamlmap.Map) []gradingChange {
	var changes []gradingChange
	if v, ok := m.Number("accept_score"); ok {
		changes = append(changes, func(g *problem.LegacyGrading) { g.AcceptScore = v })
	}
	if v, ok := m.Number("reject_score"); ok {
		changes = append(changes, func(g *problem.LegacyGrading) { g.RejectScore = v })
	}
	if words := m.Words("range"); len(words) > 0 {
		least, most, err := yamlmap.ParseRange(words)
		if err != nil {
			m.Reject("range", err.Error(), "write the least and the most score, such as \"0 100\"")
			return changes
		}
		changes = append(changes, func(g *problem.LegacyGrading) { g.Least, g.Most = least, most })
	}
	return changes
}

// legacyGrading reads what the testdata.yaml of dir says of grading, over what is inherited.
func (r *dataReader) legacyGrading(m *yamlmap.Map, dir string, g problem.LegacyGrading) problem.LegacyGrading {
	switch word, ok := m.Text("on_reject"); {
	case !ok:
	case word == "break" || word == "continue":
		g.Break = word == "break"
	default:
		m.Reject("on_reject", fmt.Sprintf("%q is not known", word), "use break or continue")
	}
	r.readGrader(m, &g)
	if m.Has("grader_flags") {
		g.Flags = m.Words("grader_flags")
	}
	m.Take("grader_flags")
	for _, key := range []string{"accept_score", "reject_score", "range"} {
		if m.Has(key) && !r.meta.kind.Scoring {
			m.Warn(key, "ignored, because it is for scoring problems", "remove it, or write \"type: scoring\" in "+tree.MetadataFile)
		}
	}
	for _, change := range readScores(m) {
		change(&g)
	}
	if r.meta.domjudge {
		r.checkDOMjudge(m, &g)
	} else {
		r.checkFlags(m, dir, &g)
	}
	return g
}

// readGrader reads whether the package's own grader decides the group.
func (r *dataReader) readGrader(m *yamlmap.Map, g *problem.LegacyGrading) {
	word, ok := m.Text("grading")
	switch {
	case !ok:
	case word != "default" && word != "custom":
		m.Reject("grading", fmt.Sprintf("%q is not known", word), "use default or custom")
	case word == "custom" && !r.meta.kind.Scoring:
		m.Reject("grading", "cannot be custom in a pass-fail problem", "write \"type: scoring\" in "+tree.MetadataFile)
	case word == "default":
		g.Custom = false
	default:
		g.Custom, r.customAt = true, m.At("grading")
	}
}

// graderFlags are those of the default grader.
var graderFlags = []string{
	"worst_error", "first_error", "always_accept", "no_errors", "sum", "avg", "min", "max", "ignore_sample",
	"accept_if_any_accepted",
}

const ignoreSample = "ignore_sample"

// checkFlags looks at the flags of the default grader. What a custom grader is told is its own business.
func (r *dataReader) checkFlags(m *yamlmap.Map, dir string, g *problem.LegacyGrading) {
	if g.Custom || !m.Has("grader_flags") {
		return
	}
	for _, flag := range g.Flags {
		if !slices.Contains(graderFlags, flag) {
			m.Reject("grader_flags", fmt.Sprintf("has %.40q, which the default grader does not know", flag),
				"use "+strings.Join(graderFlags, ", "))
		}
	}
	if !slices.Contains(g.Flags, ignoreSample) {
		return
	}
	if dir != "data" {
		m.Reject("grader_flags", "has "+ignoreSample+", which is for the directory data itself", "move it to data/"+legacyGroupFile)
		return
	}
	if g.Break {
		g.Break = false
		m.Warn("grader_flags", "has "+ignoreSample+", so that on_reject is taken as continue", "write \"on_reject: continue\"")
	}
}

// gradingBelow is what a directory inside the group inherits.
func gradingBelow(g problem.LegacyGrading) problem.LegacyGrading {
	if slices.Contains(g.Flags, ignoreSample) {
		g.Flags = slices.DeleteFunc(slices.Clone(g.Flags), func(f string) bool { return f == ignoreSample })
	}
	return g
}

// validatorFlags reads the older form of arguments: words in a string, or a map that has them as flags. There is one
// validator, so its name in that map does not matter.
func validatorFlags(m *yamlmap.Map, key string) ([]string, bool) {
	if node := m.Nodes[key]; node != nil && node.Kind == yaml.MappingNode {
		flags := m.Child(key)
		flags.Ignore("name")
		words := flags.Words("flags")
		flags.Done()
		return words, fitsArguments(flags, "flags", words)
	}
	text, ok := m.Text(key)
	words := strings.Fields(text)
	return words, ok && fitsArguments(m, key, words)
}
