package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/verdict"
)

// exampleEntry is one key of submissions.yaml with what it says of the submissions that it stands for.
type exampleEntry struct {
	key      string
	line     int
	pattern  *glob // of paths below submissions
	language string
	entry    string
	model    bool
	rule     Rule
	tests    []Rule // on parts of the test cases
}

// matches says whether the entry is about a submission: about its path, or a directory that it is in.
func (e exampleEntry) matches(s Submission) bool {
	return e.pattern.matchesBelow(strings.TrimPrefix(s.Path, submissionsDir+"/"))
}

// readExampleFile reads submissions.yaml and applies it. In the legacy formats, which do not have it, it counts when it
// is sound and about submissions that are there.
func (r *exampleReader) readExampleFile() {
	if r.tree.file(exampleFile) == nil {
		return
	}
	issues := new(findings)
	entries := r.entries(issues)
	if !r.affordable(entries, issues) {
		entries = nil
	}
	inUse := slices.ContainsFunc(entries, func(e exampleEntry) bool { return slices.ContainsFunc(r.all, e.matches) })
	if r.problem.Format.legacy() && (len(issues.issues) > 0 || !inUse) {
		r.issues.warn(exampleFile, 0, "ignored, because the legacy formats do not have it",
			"use problem_format_version 2025-09, or remove it")
		return
	}
	r.issues.add(issues)
	for _, e := range entries {
		r.warnUnmatched(e)
	}
	for i := range r.all {
		r.apply(entries, &r.all[i])
	}
}

// affordable counts the comparisons of patterns with the names of submissions and test cases.
func (r *exampleReader) affordable(entries []exampleEntry, issues *findings) bool {
	submissions, tests := 0, 0
	for _, s := range r.all {
		submissions += nameSteps(s.Path)
	}
	for _, t := range r.problem.Tests {
		tests += nameSteps(t.Name)
	}
	for _, e := range entries {
		steps := e.pattern.steps() * submissions
		for _, rule := range e.tests {
			steps += rule.tests.steps() * tests
		}
		if !issues.spend(steps, place{exampleFile, e.line}) {
			return false
		}
	}
	return true
}

func (r *exampleReader) entries(issues *findings) []exampleEntry {
	m := r.tree.readYAML(exampleFile, issues)
	if m == nil {
		return nil
	}
	var all []exampleEntry
	for _, key := range m.unread() {
		pattern, err := parseGlob(key)
		if err != nil {
			m.take(key)
			m.reject(key, err.Error(), "")
			continue
		}
		e := exampleEntry{key: strings.TrimSuffix(key, "/"), line: m.lines[key], pattern: pattern}
		r.readEntry(&e, m.child(key))
		all = append(all, e)
	}
	return all
}

// readEntry reads what stands below a key. What is no key of the format, and holds a map, is a pattern of test cases.
func (r *exampleReader) readEntry(e *exampleEntry, m *mapping) {
	e.language, _ = m.text("language")
	e.entry, _ = m.text("entrypoint")
	e.model, _ = m.boolean("model_solution")
	checkAuthors(m)
	e.rule = r.readRule(m, e.line)
	for _, key := range m.unread() {
		if node := m.nodes[key]; node.Kind != yaml.MappingNode {
			continue // done rejects it
		}
		pattern, err := parseGlob(key)
		if err != nil {
			m.take(key)
			m.reject(key, err.Error(), "")
			continue
		}
		tests := m.child(key)
		rule := r.readRule(tests, m.lines[key])
		rule.Tests, rule.tests = strings.TrimSuffix(key, "/"), pattern
		tests.done()
		e.tests = append(e.tests, rule)
	}
	m.done()
}

// readRule reads the keys that can also be given for a part of the test cases.
func (r *exampleReader) readRule(m *mapping, line int) Rule {
	rule := Rule{Source: fmt.Sprintf("%s:%d", exampleFile, line)}
	rule.Permitted = readCodes(m, "permitted")
	rule.Required = readCodes(m, "required")
	rule.Message, _ = m.text("message")
	rule.Score = readScoreRange(m)
	if rule.Score != nil && !r.problem.Kind.Scoring {
		m.reject("score", "is for scoring problems only", "remove it, or make the problem's type scoring")
	}
	rule.Time = readTimeUse(m)
	return rule
}

// readCodes reads a list of the four verdicts that the format knows.
func readCodes(m *mapping, key string) []verdict.Code {
	words, ok := m.sequence(key)
	if ok && len(words) == 0 {
		m.reject(key, "is an empty list, which no verdict is in", "list verdicts, or remove it")
	}
	var list []verdict.Code
	for _, word := range words {
		c := verdict.Code(word)
		switch {
		case c != ac && c != wa && c != tle && c != rte:
			m.reject(key, fmt.Sprintf("has %q, which is not known", word), "use AC, WA, TLE and RTE")
		case slices.Contains(list, c):
			m.warn(key, fmt.Sprintf("has %q twice", word), "remove one")
		default:
			list = append(list, c)
		}
	}
	return list
}

// readScoreRange reads a number, or the least and the most of a list.
func readScoreRange(m *mapping) *ScoreRange {
	const key = "score"
	if node := m.nodes[key]; node == nil || node.Kind != yaml.SequenceNode {
		v, ok := m.number(key)
		if !ok {
			return nil
		}
		return &ScoreRange{v, v}
	}
	words, ok := m.sequence(key)
	if !ok {
		return nil
	}
	least, most, err := parseRange(words)
	if err != nil {
		m.reject(key, err.Error(), "write [least, most]")
		return nil
	}
	return &ScoreRange{least, most}
}

func readTimeUse(m *mapping) TimeUse {
	const key = "use_for_time_limit"
	word, ok := m.text(key)
	switch use := TimeUse(strings.ToLower(word)); { // yaml has False and FALSE too
	case !ok:
	case word == "no" || word == "off":
		m.warn(key, fmt.Sprintf("is %q, and is taken for false", word), "write false")
		return TimeUnused
	case use == TimeUnused, use == TimeLower, use == TimeUpper:
		return use
	default:
		m.reject(key, fmt.Sprintf("must be false, lower or upper, not %.60q", word), "")
	}
	return TimeByVerdict
}

// checkAuthors looks at people, who do not matter to judging: one of them or a list, each a string or a map.
func checkAuthors(m *mapping) {
	node := m.take("authors")
	if node == nil {
		return
	}
	people := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		people = node.Content
	}
	for _, person := range people {
		if person = resolve(person); person.Kind == yaml.SequenceNode || isNull(person) {
			m.reject("authors", "must be names, not "+kindOf(person), "write a name, or a list of names")
		}
	}
}

// warnUnmatched tells of patterns that stand for nothing.
func (r *exampleReader) warnUnmatched(e exampleEntry) {
	if !slices.ContainsFunc(r.all, e.matches) {
		r.issues.warn(exampleFile, e.line, fmt.Sprintf("there is no submission %s", printable(e.key)), "")
	}
	for _, rule := range e.tests {
		if !slices.ContainsFunc(r.problem.Tests, func(t *Test) bool { return rule.Matches(t.Name) }) {
			r.issues.warn(exampleFile, e.line, fmt.Sprintf("%s: there is no test case %s", printable(e.key), printable(rule.Tests)), "")
		}
	}
}

// apply adds to a submission what all entries say of it.
func (r *exampleReader) apply(entries []exampleEntry, s *Submission) {
	dir := path.Base(path.Dir(s.Path))
	named := ""
	for _, e := range entries {
		if !e.matches(*s) {
			continue
		}
		if !r.issues.spend(len(s.Expected.Rules)+len(e.tests), place{exampleFile, e.line}) {
			return
		}
		s.Expected.Unstated = "" // who names it and says no more leaves it open
		if base := modernRule(dir); e.key == dir && base != nil {
			replaceRule(&s.Expected, overRule(*base, e.rule))
		} else {
			addRule(&s.Expected, e.rule, base != nil)
		}
		s.Expected.Rules = append(s.Expected.Rules, e.tests...)
		settleTime(&s.Expected, e.rule.Time)
		s.Model = s.Model || e.model
		if e.language != "" && named != "" && e.language != named {
			r.issues.reject(exampleFile, e.line, fmt.Sprintf("%s is given two languages, %s and %s", s.Path, named, e.language), "give it one")
		}
		if e.language != "" {
			named, s.Language = e.language, e.language
		}
		if e.entry != "" {
			s.EntryPoint = e.entry
		}
	}
}

// overRule replaces the keys of a rule that another one gives.
func overRule(r Rule, by Rule) Rule {
	r.Source = by.Source
	if by.Permitted != nil {
		r.Permitted = by.Permitted
	}
	if by.Required != nil {
		r.Required = by.Required
	}
	r.Score, r.Message, r.Time = by.Score, by.Message, by.Time
	return r
}

// replaceRule puts a rule in the place of what the directory asked for.
func replaceRule(e *Expectation, rule Rule) {
	e.Rules = slices.DeleteFunc(e.Rules, func(r Rule) bool { return r.Source == directorySource })
	e.Rules = append(e.Rules, rule)
	forgetDirectory(e)
}

// addRule asks for one more rule. In a directory that the format does not know, its verdicts outdo the directory.
func addRule(e *Expectation, rule Rule, known bool) {
	if !known && (rule.Permitted != nil || rule.Required != nil) {
		e.Rules = slices.DeleteFunc(e.Rules, func(r Rule) bool { return r.Source == directorySource })
		forgetDirectory(e)
	}
	e.Rules = append(e.Rules, rule)
}

func forgetDirectory(e *Expectation) {
	if e.Source == directorySource {
		e.Final, e.PartialOf, e.Source = nil, nil, ""
	}
}

// settleTime lets what is said of the submission as a whole outdo what follows from verdicts.
func settleTime(e *Expectation, use TimeUse) {
	if use == TimeByVerdict {
		return
	}
	for i := range e.Rules {
		if r := &e.Rules[i]; r.Time == TimeByVerdict {
			r.Time = TimeUnused
		}
	}
}
