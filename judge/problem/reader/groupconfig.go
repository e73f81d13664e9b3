package reader

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// groupConfig is what test cases and groups inherit from the directories that they are in.
type groupConfig struct {
	args, validatorArgs, visualizerArgs []string
	staticArgs                          []string
	inputArgs                           []string
	inputArgsOf                         map[string][]string
	validatorAt                         issue.Place // of validatorArgs
	fullFeedback                        bool
	legacy                              problem.LegacyGrading
}

// config reads the configuration of a directory; each key that it does not give is inherited. The map is nil where
// the directory has none.
func (r *dataReader) config(dir string, above groupConfig) (groupConfig, *yamlmap.Map) {
	above.legacy = gradingBelow(above.legacy)
	name := r.configFile(dir)
	if r.meta.domjudge {
		above = r.domjudgeConfig(name != "", above)
	}
	m := r.copiedConfig(dir)
	if name != "" {
		own := r.tree.ReadYAML(name, r.issues)
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
func (r *dataReader) copiedConfig(dir string) *yamlmap.Map {
	const name = "data/" + tree.GroupFile
	if !r.grouped || dir != tree.SampleDir && dir != tree.SecretDir || r.tree.File(name) == nil {
		return nil
	}
	issues := r.issues
	if dir == tree.SampleDir {
		issues = new(issue.Findings) // what is wrong is told for data/secret
	}
	m := r.tree.ReadYAML(name, issues)
	if m != nil && dir == tree.SampleDir {
		for _, key := range scoreKeys {
			m.Take(key)
			delete(m.Nodes, key)
		}
	}
	return m
}

// mergeMaps puts the keys of m before those of another file, which may be nil.
func mergeMaps(m *yamlmap.Map, other *yamlmap.Map) *yamlmap.Map {
	if other == nil {
		return m
	}
	for _, key := range other.Unread() {
		if m.Nodes[key] == nil {
			m.Nodes[key] = other.Nodes[key]
			m.Keys = append(m.Keys, key)
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
	legacy, modern := path.Join(dir, legacyGroupFile), path.Join(dir, tree.GroupFile)
	hasLegacy, hasModern := r.tree.File(legacy) != nil, r.tree.File(modern) != nil
	switch {
	case r.grouped && hasModern && dir == "data":
		r.issues.Warn(modern, 0, "taken for one in "+tree.SampleDir+" and in "+tree.SecretDir+", where the format has them", "move it to "+tree.SecretDir)
		return ""
	case r.grouped && hasModern && r.isGroup(dir):
		return modern
	case r.grouped:
		return "" // checkGroups tells of one in the wrong place
	case hasLegacy && hasModern:
		r.issues.Reject(modern, 0, "there is also "+legacyGroupFile, "keep one of the two")
		return legacy
	case hasModern:
		r.issues.Warn(modern, 0, fmt.Sprintf("format %s calls this file %s", r.meta.format, legacyGroupFile), "rename it")
		return modern
	case hasLegacy:
		return legacy
	}
	return ""
}

// caseConfig reads the .yaml of a single test case.
func (r *dataReader) caseConfig(name string, above groupConfig) groupConfig {
	m := r.tree.ReadYAML(name, r.issues)
	if m == nil {
		return above
	}
	r.readArgs(m, &above)
	m.Ignore("hint", "description")
	m.Done()
	return above
}

// readArgs reads what both a directory and a single test case may say.
func (r *dataReader) readArgs(m *yamlmap.Map, c *groupConfig) {
	if r.meta.format != problem.F2025 || !r.grouped {
		r.readFlags(m, c)
	}
	if readArguments(m, "output_validator_args", &c.validatorArgs) {
		c.validatorAt = m.At("output_validator_args")
	}
	readInputArgs(m, c)
	if r.meta.format.IsLegacy() {
		return
	}
	readArguments(m, "args", &c.args)
	readArguments(m, "output_visualizer_args", &c.visualizerArgs)
	m.Ignore("input_visualizer_args")
	if v, ok := m.Boolean("full_feedback"); ok {
		c.fullFeedback = v
	}
}

// readFlags reads the strings that became lists of arguments in 2025-09.
func (r *dataReader) readFlags(m *yamlmap.Map, c *groupConfig) {
	if flags, ok := validatorFlags(m, "output_validator_flags"); ok {
		c.validatorArgs, c.validatorAt = flags, m.At("output_validator_flags")
	}
	if flags, ok := validatorFlags(m, "input_validator_flags"); ok {
		c.inputArgs, c.inputArgsOf = flags, nil
	}
}

// readInputArgs reads the arguments of the input validators: a list for all, or a map that gives each its own.
func readInputArgs(m *yamlmap.Map, c *groupConfig) {
	const key = "input_validator_args"
	if node := m.Nodes[key]; node == nil || node.Kind != yaml.MappingNode {
		if readArguments(m, key, &c.inputArgs) {
			c.inputArgsOf = nil
		}
		return
	}
	each := m.Child(key)
	c.inputArgs, c.inputArgsOf = nil, make(map[string][]string)
	for _, name := range each.Unread() {
		var args []string
		readArguments(each, name, &args)
		c.inputArgsOf[name] = args
	}
}

// maxArguments bounds the bytes of one list of arguments, so that it fits into one call of execve.
const maxArguments = 64 << 10

// readArguments reads a list of arguments for a program, and says whether there is one.
func readArguments(m *yamlmap.Map, key string, to *[]string) bool {
	list, ok := m.Sequence(key)
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
func fitsArguments(m *yamlmap.Map, key string, list []string) bool {
	total := 0
	for _, arg := range list {
		total += len(arg) + 1
		if strings.Contains(arg, "\x00") {
			m.Reject(key, "has a null character, which no program can be given", "remove it")
			return false
		}
	}
	if total > maxArguments {
		m.Reject(key, fmt.Sprintf("has %d bytes, and a program can be given %d", total, maxArguments), "shorten it")
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

// argumentSteps is what looking at the arguments of a test case takes, of those of issue.Findings.Spend.
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
