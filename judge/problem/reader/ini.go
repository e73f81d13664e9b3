package reader

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// iniText is the file's text, "" when there is none.
func (t *source) iniText(issues *issue.Findings) string {
	if t.File(tree.DOMjudgeFile) == nil {
		return ""
	}
	text, err := t.ReadText(tree.DOMjudgeFile)
	if err != nil {
		issues.Reject(tree.DOMjudgeFile, 0, "cannot be read: "+tree.Cause(err), "")
	}
	return string(text)
}

// settleINI reads the name, and the programs that are to compare outputs and to run submissions. DOMjudge has such
// programs of its own; without them verdicts would be wrong, so that they must be in the package.
func settleINI(t *source, meta *metadata, issues *issue.Findings) {
	text := t.iniText(issues)
	if name, _ := iniValue(text, "name"); meta.title == "" {
		meta.title = name
	}
	for _, key := range []string{"special_run", "special_compare"} {
		program, line := iniValue(text, key)
		switch {
		case program == "" || program == strings.TrimPrefix(key, "special_"):
		case key == "special_compare" && program == "float" && !meta.custom && t.Directory(path.Join(tree.LegacyValidatorsDir, program)) == nil:
			meta.flags, meta.flagsAt = append([]string{"float_tolerance", "1e-7"}, meta.flags...), issue.Place{File: tree.DOMjudgeFile, Line: line}
			issues.Warn(tree.DOMjudgeFile, line, "special_compare is float, DOMjudge's comparison of numbers, and is taken for float_tolerance 1e-7",
				"write \"validator_flags: float_tolerance 1e-7\" in "+tree.MetadataFile)
		case meta.custom:
			issues.Warn(tree.DOMjudgeFile, line, key+" is not used, because validation is custom in "+tree.MetadataFile, "remove it")
		case t.Directory(path.Join(tree.LegacyValidatorsDir, program)) == nil:
			issues.Reject(tree.DOMjudgeFile, line, fmt.Sprintf("%s is %.40q, a program that is not in the package", key, program),
				"add it as "+tree.LegacyValidatorsDir+"/, and write \"validation: custom\" in "+tree.MetadataFile)
		default:
			meta.custom = true
			meta.kind.Interactive = meta.kind.Interactive || key == "special_run"
		}
	}
}

// readINITimeLimit reads the time limit.
func readINITimeLimit(t *source, issues *issue.Findings) (time.Duration, bool) {
	if t.File(tree.DOMjudgeFile) == nil {
		return 0, false
	}
	text, err := t.ReadText(tree.DOMjudgeFile)
	if err != nil {
		return 0, false // settleINI has said so
	}
	value, line := iniValue(string(text), "timelimit")
	if line == 0 || value == "" {
		return 0, false
	}
	return parseSeconds(tree.DOMjudgeFile, line, value, issues)
}

// iniValue returns the last value of a key, without its quotes, and its line; line 0 when the key is absent.
func iniValue(text, key string) (value string, line int) {
	for i, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(strings.TrimPrefix(l, "\uFEFF"))
		name, rest, found := strings.Cut(l, "=")
		if !found || strings.HasPrefix(l, ";") || strings.HasPrefix(l, "#") || strings.TrimSpace(name) != key {
			continue
		}
		value, line = unquoteINI(rest), i+1
	}
	return value, line
}

// unquoteINI takes off quotes, and a comment where there are none.
func unquoteINI(s string) string {
	s = strings.TrimSpace(s)
	for _, quote := range []string{`'`, `"`} {
		if rest, found := strings.CutPrefix(s, quote); found {
			value, _, _ := strings.Cut(rest, quote)
			return value
		}
	}
	value, _, _ := strings.Cut(s, ";")
	return strings.TrimSpace(value)
}
