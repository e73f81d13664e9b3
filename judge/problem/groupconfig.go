package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// groupConfig is what test cases and groups inherit from the directories that they are in.
type groupConfig struct {
	args, validatorArgs, visualizerArgs []string
	staticArgs                          []string
	inputArgs                           []string
	inputArgsOf                         map[string][]string
	validatorAt                         place // of validatorArgs
	fullFeedback                        bool
	legacy                              LegacyGrading
}

// config reads the configuration of a directory; each key that it does not give is inherited. The mapping is nil where
// the directory has none.
func (r *dataReader) config(dir string, above groupConfig) (groupConfig, *mapping) {
	above.legacy = gradingBelow(above.legacy)
	name := r.configFile(dir)
	if r.meta.domjudge {
		above = r.domjudgeConfig(name != "", above)
	}
	m := r.copiedConfig(dir)
	if name != "" {
		own := r.tree.readYAML(name, r.issues)
		if own == nil {
			return above, nil
		}
		m = mergeMaps(own, m)
	}
	if m == nil {
		return above, nil
	}
	r.configs[dir] = m
	r.readArgs(m, &above)
	if r.grouped {
		readArguments(m, "static_validator_args", &above.staticArgs)
	} else {
		above.legacy = r.legacyGrading(m, dir, above.legacy)
	}
	return above, m
}

// copiedConfig is what data/test_group.yaml says of data/sample and data/secret, as if it lay in each; nil where it says
// nothing of dir.
func (r *dataReader) copiedConfig(dir string) *mapping {
	const name = "data/" + groupFile
	if !r.grouped || dir != sampleDir && dir != secretDir || r.tree.file(name) == nil {
		return nil
	}
	issues := r.issues
	if dir == sampleDir {
		issues = new(findings) // what is wrong is told for data/secret
	}
	m := r.tree.readYAML(name, issues)
	if m != nil && dir == sampleDir {
		for _, key := range scoreKeys {
			m.take(key)
			delete(m.nodes, key)
		}
	}
	return m
}

// mergeMaps puts the keys of m before those of another file, which may be nil.
func mergeMaps(m *mapping, other *mapping) *mapping {
	if other == nil {
		return m
	}
	for _, key := range other.unread() {
		if m.nodes[key] == nil {
			m.nodes[key] = other.nodes[key]
			m.keys = append(m.keys, key)
		}
	}
	return m
}

// domjudgeConfig is what a directory starts from by the rules of DOMjudge: nothing is inherited by one that has a file of
// its own, and that file makes it a group.
func (r *dataReader) domjudgeConfig(configured bool, above groupConfig) groupConfig {
	if configured {
		above = groupConfig{}
	}
	above.legacy = defaultLegacyGrading()
	above.legacy.DOMjudge, above.legacy.Scored = true, configured
	return above
}

// configFile is the file that configures dir, "" for none. Where nothing else says what is meant, the name of the other
// generation of formats is taken too, as DOMjudge does.
func (r *dataReader) configFile(dir string) string {
	legacy, modern := path.Join(dir, legacyGroupFile), path.Join(dir, groupFile)
	hasLegacy, hasModern := r.tree.file(legacy) != nil, r.tree.file(modern) != nil
	switch {
	case r.grouped && hasModern && dir == "data":
		r.issues.warn(modern, 0, "taken for one in "+sampleDir+" and in "+secretDir+", where the format has them", "move it to "+secretDir)
		return ""
	case r.grouped && hasModern && r.isGroup(dir):
		return modern
	case r.grouped:
		return "" // checkGroups tells of one in the wrong place
	case hasLegacy && hasModern:
		r.issues.reject(modern, 0, "there is also "+legacyGroupFile, "keep one of the two")
		return legacy
	case hasModern:
		r.issues.warn(modern, 0, fmt.Sprintf("format %s calls this file %s", r.meta.format, legacyGroupFile), "rename it")
		return modern
	case hasLegacy:
		return legacy
	}
	return ""
}

// caseConfig reads the .yaml of a single test case.
func (r *dataReader) caseConfig(name string, above groupConfig) groupConfig {
	m := r.tree.readYAML(name, r.issues)
	if m == nil {
		return above
	}
	r.readArgs(m, &above)
	m.ignore("hint", "description")
	m.done()
	return above
}

// readArgs reads what both a directory and a single test case may say.
func (r *dataReader) readArgs(m *mapping, c *groupConfig) {
	if r.meta.format != F2025 || !r.grouped {
		r.readFlags(m, c)
	}
	if readArguments(m, "output_validator_args", &c.validatorArgs) {
		c.validatorAt = m.at("output_validator_args")
	}
	readInputArgs(m, c)
	if r.meta.format.legacy() {
		return
	}
	readArguments(m, "args", &c.args)
	readArguments(m, "output_visualizer_args", &c.visualizerArgs)
	m.ignore("input_visualizer_args")
	if v, ok := m.boolean("full_feedback"); ok {
		c.fullFeedback = v
	}
}

// readFlags reads the strings that became lists of arguments in 2025-09.
func (r *dataReader) readFlags(m *mapping, c *groupConfig) {
	if flags, ok := validatorFlags(m, "output_validator_flags"); ok {
		c.validatorArgs, c.validatorAt = flags, m.at("output_validator_flags")
	}
	if flags, ok := validatorFlags(m, "input_validator_flags"); ok {
		c.inputArgs, c.inputArgsOf = flags, nil
	}
}

// readInputArgs reads the arguments of the input validators: a list for all, or a map that gives each its own.
func readInputArgs(m *mapping, c *groupConfig) {
	const key = "input_validator_args"
	if node := m.nodes[key]; node == nil || node.Kind != yaml.MappingNode {
		if readArguments(m, key, &c.inputArgs) {
			c.inputArgsOf = nil
		}
		return
	}
	each := m.child(key)
	c.inputArgs, c.inputArgsOf = nil, make(map[string][]string)
	for _, name := range each.unread() {
		var args []string
		readArguments(each, name, &args)
		c.inputArgsOf[name] = args
	}
}

// maxArguments bounds the bytes of one list of arguments, so that it fits into one call of execve.
const maxArguments = 64 << 10

// readArguments reads a list of arguments for a program, and says whether there is one.
func readArguments(m *mapping, key string, to *[]string) bool {
	list, ok := m.sequence(key)
	if !ok {
		return false
	}
	if !fitsArguments(m, key, list) {
		return false
	}
	*to = list
	return true
}

// fitsArguments says whether a program can be given a list of arguments.
func fitsArguments(m *mapping, key string, list []string) bool {
	total := 0
	for _, arg := range list {
		total += len(arg) + 1
		if strings.Contains(arg, "\x00") {
			m.reject(key, "has a null character, which no program can be given", "remove it")
			return false
		}
	}
	if total > maxArguments {
		m.reject(key, fmt.Sprintf("has %d bytes, and a program can be given %d", total, maxArguments), "shorten it")
		return false
	}
	return true
}

// joinFlags puts the flags of a group after those of problem.yaml, less those that problem.yaml has already, so that
// a package means the same whether its author counted on flags being added up (Kattis) or replaced (DOMjudge).
func joinFlags(flags, more []string) []string {
	if len(flags)+len(more) == 0 {
		return nil
	}
	joined, have := slices.Clone(flags), make(map[string]bool)
	for _, unit := range flagUnits(flags) {
		have[strings.Join(unit, "\x00")] = true
	}
	for _, unit := range flagUnits(more) {
		if !have[strings.Join(unit, "\x00")] {
			joined = append(joined, unit...)
		}
	}
	return joined
}

// argumentSteps is what looking at the arguments of a test case takes, of those of findings.spend.
func argumentSteps(lists ...[]string) int {
	steps := 0
	for _, list := range lists {
		for _, arg := range list {
			steps += 1 + len(arg)/64
		}
	}
	return steps
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
