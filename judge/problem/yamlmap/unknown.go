package yamlmap

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/suggest"
)

// remedyFor says what to do about a key that is not known: the one that is meant where that can be told.
func (m *Map) remedyFor(key string) string {
	modern := slices.Contains(m.asked, "allow_file_writing") || slices.Contains(m.asked, "full_feedback")
	const toArgs = "write output_validator_args in data/secret/test_group.yaml, as a list; without it the tolerance is lost"
	switch {
	case (key == "output_validator_flags" || key == "output_validator_args") && slices.Contains(m.asked, "validator_flags"):
		return "call it validator_flags, as the legacy formats do; without it the tolerance is lost"
	case key == "validator_flags" && slices.Contains(m.asked, "output_validator_flags"):
		return "call it output_validator_flags here; without it the tolerance is lost"
	case key == "output_validator_flags" && modern:
		return "call it output_validator_args, and make it a list; without it the tolerance is lost"
	case key == "validator_flags" && modern:
		return toArgs
	case m.Prefix == "" && slices.Contains(m.asked, "limits") && slices.Contains(limitKeys, key):
		return "move it below limits"
	}
	if near := nearest(key, m.asked); near != "" {
		return "write " + near + " if that is meant, or remove it"
	}
	return "correct its spelling or remove it"
}

// limitKeys are those of the map limits, which are misplaced most.
var limitKeys = []string{
	"time_multiplier", "time_safety_margin", "time_resolution", "time_limit", "memory", "output", "code", "compilation_time",
	"compilation_memory", "validation_time", "validation_memory", "validation_output", "validation_passes",
}

// nearest returns the known key that differs from key by at most two letters; "" for none.
func nearest(key string, known []string) string {
	const most = 2
	best, least := "", most+1
	for _, k := range known {
		if len(k) <= most || len(key) > len(k)+most {
			continue
		}
		if d := suggest.Distance(strings.ToLower(key), k); d < least {
			best, least = k, d
		}
	}
	return best
}

// PassOverForeign takes the keys of other tools for notes of theirs, which the legacy formats leave room for: those that
// are named for a tool, and tables with nothing in them that the format knows.
func (m *Map) PassOverForeign() {
	for _, key := range m.Unread() {
		if node := m.Nodes[key]; namedForTool(key) || node.Kind == yaml.MappingNode && !m.holdsKnown(node) {
			m.Take(key)
			m.Warn(key, "ignored: it is no key of the format, and taken for one of another tool", "")
		}
	}
}

// holdsKnown says whether a map has a key that means something in problem.yaml or below limits: then the map is likely
// to be a misspelt one of the format.
func (m *Map) holdsKnown(node *yaml.Node) bool {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i].Value
		if slices.Contains(m.asked, key) || slices.Contains(limitKeys, key) || slices.Contains(gradingKeys, key) {
			return true
		}
	}
	return false
}

// gradingKeys are those of the map grading.
var gradingKeys = []string{
	"objective", "show_test_data_groups", "on_reject", "accept_score", "reject_score", "range", "custom_scoring",
}

// toolNames are what tools around the format put before keys of their own.
var toolNames = []string{
	"x", "domjudge", "kattis", "problemtools", "bapctools", "bapc", "bt", "polygon", "codeforces", "cms", "dmoj", "hydro", "gavel", "boca",
	"pc2", "ejudge", "icpc", "ccs", "swerc", "nwerc", "nus", "vnoi",
}

// namedForTool says whether a key carries the name of a tool. The format's own keys have none of the other signs.
func namedForTool(key string) bool {
	if strings.HasPrefix(key, "_") || strings.ContainsAny(key, ".:/") {
		return true
	}
	tool, _, found := strings.Cut(strings.ReplaceAll(strings.ToLower(key), "-", "_"), "_")
	return found && slices.Contains(toolNames, tool)
}
