package problem

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The files that configure a directory of test cases.
const (
	legacyGroupFile = "testdata.yaml"
	groupFile       = "test_group.yaml"
)

// groupConfig is what test cases inherit from the directories that they are in.
type groupConfig struct {
	validatorArgs []string
}

// config reads the configuration of a directory; each key that it does not give is inherited.
func (r *dataReader) config(dir string, above groupConfig) groupConfig {
	for _, base := range []string{legacyGroupFile, groupFile} {
		name := path.Join(dir, base)
		if r.tree.file(name) == nil {
			continue
		}
		m := r.tree.readYAML(name, r.issues)
		if m == nil {
			return above
		}
		above.validatorArgs = r.validatorArgs(m, above.validatorArgs)
		r.scoringKeys(m)
		m.ignore("on_reject", "full_feedback", "input_validator_flags", "input_validator_args", "input_visualizer_args",
			"output_visualizer_args", "static_validator_args")
		r.noArgs(m)
		m.done()
	}
	return above
}

// caseConfig reads the .yaml of a single test case.
func (r *dataReader) caseConfig(name string, above groupConfig) groupConfig {
	m := r.tree.readYAML(name, r.issues)
	if m == nil {
		return above
	}
	above.validatorArgs = r.validatorArgs(m, above.validatorArgs)
	m.ignore("input_validator_args", "input_visualizer_args", "output_visualizer_args", "full_feedback", "hint", "description")
	if r.format == Draft2023 {
		m.ignore("input_validator_flags")
	}
	r.noArgs(m)
	m.done()
	return above
}

// validatorArgs reads the arguments for the output validator: a list, or flags separated by white space.
func (r *dataReader) validatorArgs(m *mapping, above []string) []string {
	if r.format != F2025 || path.Base(m.file) == legacyGroupFile {
		if node := m.nodes["output_validator_flags"]; node != nil && node.Kind == yaml.MappingNode {
			flags := m.child("output_validator_flags")
			flags.ignore("name") // there is one validator
			above = flags.words("flags")
			flags.done()
		} else if flags, ok := m.text("output_validator_flags"); ok {
			above = strings.Fields(flags)
		}
	}
	if args, ok := m.sequence("output_validator_args"); ok {
		above = args
	}
	return above
}

// scoringKeys reads what matters to scores. In a pass-fail problem some of it is harmless, and some of it would change
// the verdict.
func (r *dataReader) scoringKeys(m *mapping) {
	m.ignore("accept_score", "reject_score", "range")
	if grading, _ := m.text("grading"); grading != "" && grading != "default" {
		r.issues.need("custom graders")
	}
	for _, flag := range m.words("grader_flags") {
		switch flag {
		case "always_accept", "no_errors", "accept_if_any_accepted", "ignore_sample":
			r.issues.need("the grader flag " + flag)
		}
	}
	for _, key := range []string{"max_score", "score_aggregation", "require_pass"} {
		if m.take(key) != nil && !slices.Contains(r.issues.needs, "scoring problems") {
			m.reject(key, "is for scoring problems only", "remove it, or make the problem's type scoring")
		}
	}
	if m.take("static_validation_score") != nil {
		r.issues.need("static validators")
	}
}

// noArgs refuses arguments for submissions, which would change what they do.
func (r *dataReader) noArgs(m *mapping) {
	if args, _ := m.sequence("args"); len(args) > 0 {
		r.issues.need("arguments of test cases (args)")
	}
}

// joinFlags puts the flags of a group after those of problem.yaml, less those that problem.yaml has already, so that
// a package means the same whether its author counted on flags being added up (Kattis) or replaced (DOMjudge).
func joinFlags(flags, more []string) []string {
	if len(flags)+len(more) == 0 {
		return nil
	}
	joined, have := slices.Clone(flags), flagUnits(flags)
	for _, unit := range flagUnits(more) {
		if !slices.ContainsFunc(have, func(u []string) bool { return slices.Equal(u, unit) }) {
			joined = append(joined, unit...)
		}
	}
	return joined
}

// flagUnits splits flags into each flag with the numbers that follow it.
func flagUnits(flags []string) [][]string {
	var units [][]string
	for i := 0; i < len(flags); {
		end := i + 1
		for end < len(flags) && startsNumber(flags[end]) {
			end++
		}
		units = append(units, flags[i:end])
		i = end
	}
	return units
}

func startsNumber(s string) bool {
	s = strings.TrimLeft(s, "+-.")
	return s != "" && s[0]-'0' <= 9
}
