package problem

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// iniText is the file's text, "" when there is none.
func (t *source) iniText(issues *findings) string {
	if t.file(domjudgeFile) == nil {
		return ""
	}
	text, err := t.readText(domjudgeFile)
	if err != nil {
		issues.reject(domjudgeFile, 0, "cannot be read: "+cause(err), "")
	}
	return string(text)
}

// settleINI reads the name, and the programs that are to compare outputs and to run submissions. DOMjudge has such
// programs of its own; without them verdicts would be wrong, so that they must be in the package.
func settleINI(t *source, meta *metadata, issues *findings) {
	text := t.iniText(issues)
	if name, _ := iniValue(text, "name"); meta.title == "" {
		meta.title = name
	}
	for _, key := range []string{"special_run", "special_compare"} {
		program, line := iniValue(text, key)
		switch {
		case program == "" || program == strings.TrimPrefix(key, "special_"):
		case key == "special_compare" && program == "float" && !meta.custom && t.directory(path.Join(legacyValidatorsDir, program)) == nil:
			meta.flags, meta.flagsAt = append([]string{"float_tolerance", "1e-7"}, meta.flags...), place{domjudgeFile, line}
			issues.warn(domjudgeFile, line, "special_compare is float, DOMjudge's comparison of numbers, and is taken for float_tolerance 1e-7",
				"write \"validator_flags: float_tolerance 1e-7\" in "+metadataFile)
		case meta.custom:
			issues.warn(domjudgeFile, line, key+" is not used, because validation is custom in "+metadataFile, "remove it")
		case t.directory(path.Join(legacyValidatorsDir, program)) == nil:
			issues.reject(domjudgeFile, line, fmt.Sprintf("%s is %.40q, a program that is not in the package", key, program),
				"add it as "+legacyValidatorsDir+"/, and write \"validation: custom\" in "+metadataFile)
		default:
			meta.custom = true
			meta.kind.Interactive = meta.kind.Interactive || key == "special_run"
		}
	}
}

// readINITimeLimit reads the time limit.
func readINITimeLimit(t *source, issues *findings) (time.Duration, bool) {
	if t.file(domjudgeFile) == nil {
		return 0, false
	}
	text, err := t.readText(domjudgeFile)
	if err != nil {
		return 0, false // settleINI has said so
	}
	value, line := iniValue(string(text), "timelimit")
	if line == 0 || value == "" {
		return 0, false
	}
	return parseSeconds(domjudgeFile, line, value, issues)
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
