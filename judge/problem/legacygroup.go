package problem

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// legacyGroupFile configures a directory of test cases in the legacy formats and the older drafts. Each key that it
// does not have is inherited from the directory above.
const legacyGroupFile = "testdata.yaml"

// defaultLegacyGrading is that of a package which says nothing.
func defaultLegacyGrading() LegacyGrading {
	return LegacyGrading{Break: true, AcceptScore: 1, Least: math.Inf(-1), Most: math.Inf(1)}
}

// gradingChange is one thing that a package says of grading.
type gradingChange func(*LegacyGrading)

// readGrading reads the map grading of problem.yaml. What it says of scores is older than testdata.yaml, and is still
// taken for all groups.
func readGrading(m *mapping, meta *metadata) {
	g := m.child("grading")
	if custom, _ := g.boolean("custom_scoring"); custom {
		meta.scores = true
		scoreGiven(m, "grading", "has custom_scoring", meta)
	}
	meta.grading = append(readScores(g), readOldReject(g)...)
	switch objective, given := g.text("objective"); {
	case objective == "min":
		meta.minimise = true
	case given && objective != "max":
		g.warn("objective", fmt.Sprintf("%q is not known, and is taken for max", objective), "use min or max")
	}
	g.ignore("show_test_data_groups")
	g.done()
}

// readOldReject reads the on_reject of problem.yaml, which has other words than that of testdata.yaml.
func readOldReject(m *mapping) []gradingChange {
	word, ok := m.text("on_reject")
	if !ok {
		return nil
	}
	switch word {
	case "first_error", "break":
		return []gradingChange{func(g *LegacyGrading) { g.Break = true }}
	case "worst_error", "grade", "continue":
		return []gradingChange{func(g *LegacyGrading) { g.Break = false }}
	}
	m.reject("on_reject", fmt.Sprintf("%q is not known", word), "use first_error, worst_error or grade")
	return nil
}

// readScores reads accept_score, reject_score and range.
func readScores(m *mapping) []gradingChange {
	var changes []gradingChange
	if v, ok := m.number("accept_score"); ok {
		changes = append(changes, func(g *LegacyGrading) { g.AcceptScore = v })
	}
	if v, ok := m.number("reject_score"); ok {
		changes = append(changes, func(g *LegacyGrading) { g.RejectScore = v })
	}
	if words := m.words("range"); len(words) > 0 {
		least, most, err := parseRange(words)
		if err != nil {
			m.reject("range", err.Error(), "write the least and the most score, such as \"0 100\"")
			return changes
		}
		changes = append(changes, func(g *LegacyGrading) { g.Least, g.Most = least, most })
	}
	return changes
}

// legacyGrading reads what the testdata.yaml of dir says of grading, over what is inherited.
func (r *dataReader) legacyGrading(m *mapping, dir string, g LegacyGrading) LegacyGrading {
	switch word, ok := m.text("on_reject"); {
	case !ok:
	case word == "break" || word == "continue":
		g.Break = word == "break"
	default:
		m.reject("on_reject", fmt.Sprintf("%q is not known", word), "use break or continue")
	}
	r.readGrader(m, &g)
	if m.has("grader_flags") {
		g.Flags = m.words("grader_flags")
	}
	m.take("grader_flags")
	for _, key := range []string{"accept_score", "reject_score", "range"} {
		if m.has(key) && !r.meta.kind.Scoring {
			m.warn(key, "ignored, because it is for scoring problems", "remove it, or write \"type: scoring\" in "+metadataFile)
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
func (r *dataReader) readGrader(m *mapping, g *LegacyGrading) {
	word, ok := m.text("grading")
	switch {
	case !ok:
	case word != "default" && word != "custom":
		m.reject("grading", fmt.Sprintf("%q is not known", word), "use default or custom")
	case word == "custom" && !r.meta.kind.Scoring:
		m.reject("grading", "cannot be custom in a pass-fail problem", "write \"type: scoring\" in "+metadataFile)
	case word == "default":
		g.Custom = false
	default:
		g.Custom, r.customAt = true, m.at("grading")
	}
}

// graderFlags are those of the default grader.
var graderFlags = []string{
	"worst_error", "first_error", "always_accept", "no_errors", "sum", "avg", "min", "max", "ignore_sample",
	"accept_if_any_accepted",
}

const ignoreSample = "ignore_sample"

// checkFlags looks at the flags of the default grader. What a custom grader is told is its own business.
func (r *dataReader) checkFlags(m *mapping, dir string, g *LegacyGrading) {
	if g.Custom || !m.has("grader_flags") {
		return
	}
	for _, flag := range g.Flags {
		if !slices.Contains(graderFlags, flag) {
			m.reject("grader_flags", fmt.Sprintf("has %.40q, which the default grader does not know", flag),
				"use "+strings.Join(graderFlags, ", "))
		}
	}
	if !slices.Contains(g.Flags, ignoreSample) {
		return
	}
	if dir != "data" {
		m.reject("grader_flags", "has "+ignoreSample+", which is for the directory data itself", "move it to data/"+legacyGroupFile)
		return
	}
	if g.Break {
		g.Break = false
		m.warn("grader_flags", "has "+ignoreSample+", so that on_reject is taken as continue", "write \"on_reject: continue\"")
	}
}

// gradingBelow is what a directory inside the group inherits.
func gradingBelow(g LegacyGrading) LegacyGrading {
	if slices.Contains(g.Flags, ignoreSample) {
		g.Flags = slices.DeleteFunc(slices.Clone(g.Flags), func(f string) bool { return f == ignoreSample })
	}
	return g
}

// validatorFlags reads the older form of arguments: words in a string, or a map that has them as flags. There is one
// validator, so its name in that map does not matter.
func validatorFlags(m *mapping, key string) ([]string, bool) {
	if node := m.nodes[key]; node != nil && node.Kind == yaml.MappingNode {
		flags := m.child(key)
		flags.ignore("name")
		words := flags.words("flags")
		flags.done()
		return words, fitsArguments(flags, "flags", words)
	}
	text, ok := m.text(key)
	words := strings.Fields(text)
	return words, ok && fitsArguments(m, key, words)
}
