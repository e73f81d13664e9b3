package examples

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/glob"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
	"github.com/gaveloj/gavel/judge/verdict"
)

// exampleEntry is one key of submissions.yaml with what it says of the submissions that it stands for.
type exampleEntry struct {
	key      string
	line     int
	pattern  *glob.Glob // of paths below submissions
	language string
	entry    string
	model    bool
	rule     problem.Rule
	tests    []problem.Rule // on parts of the test cases
}

// matches says whether the entry is about a submission: about its path, or a directory that it is in.
func (e exampleEntry) matches(s problem.Submission) bool {
	return e.pattern.MatchesBelow(strings.TrimPrefix(s.Path, tree.SubmissionsDir+"/"))
}

// readExampleFile reads submissions.yaml and applies it. In the legacy formats, which do not have it, it counts when it
// is sound and about submissions that are there.
func (r *exampleReader) readExampleFile() {
	if r.tree.File(tree.ExampleFile) == nil {
		return
	}
	issues := new(issue.Findings)
	entries := r.entries(issues)
	if !r.affordable(entries, issues) {
		entries = nil
	}
	inUse := slices.ContainsFunc(entries, func(e exampleEntry) bool { return slices.ContainsFunc(r.all, e.matches) })
	if r.problem.Format.IsLegacy() && (len(issues.Issues) > 0 || !inUse) {
		r.issues.Warn(tree.ExampleFile, 0, "ignored, because the legacy formats do not have it",
			"use problem_format_version 2025-09, or remove it")
		return
	}
	r.issues.Add(issues)
	for _, e := range entries {
		r.warnUnmatched(e)
	}
	for i := range r.all {
		r.apply(entries, &r.all[i])
	}
}

// affordable counts the comparisons of patterns with the names of submissions and test cases.
func (r *exampleReader) affordable(entries []exampleEntry, issues *issue.Findings) bool {
	submissions, tests := 0, 0
	for _, s := range r.all {
		submissions += glob.NameSteps(s.Path)
	}
	for _, t := range r.problem.Tests {
		tests += glob.NameSteps(t.Name)
	}
	for _, e := range entries {
		steps := e.pattern.Steps() * submissions
		for _, rule := range e.tests {
			steps += rule.Pattern.Steps() * tests
		}
		if !issues.Spend(steps, issue.Place{File: tree.ExampleFile, Line: e.line}) {
			return false
		}
	}
	return true
}

func (r *exampleReader) entries(issues *issue.Findings) []exampleEntry {
	m := r.tree.ReadYAML(tree.ExampleFile, issues)
	if m == nil {
		return nil
	}
	var all []exampleEntry
	for _, key := range m.Unread() {
		pattern, err := glob.Parse(key)
		if err != nil {
			m.Take(key)
			m.Reject(key, err.Error(), "")
			continue
		}
		e := exampleEntry{key: strings.TrimSuffix(key, "/"), line: m.Lines[key], pattern: pattern}
		r.readEntry(&e, m.Child(key))
		all = append(all, e)
	}
	return all
}

// readEntry reads what stands below a key. What is no key of the format, and holds a map, is a pattern of test cases.
func (r *exampleReader) readEntry(e *exampleEntry, m *yamlmap.Map) {
	e.language, _ = m.Text("language")
	e.entry, _ = m.Text("entrypoint")
	e.model, _ = m.Boolean("model_solution")
	checkAuthors(m)
	e.rule = r.readRule(m, e.line)
	for _, key := range m.Unread() {
		if node := m.Nodes[key]; node.Kind != yaml.MappingNode {
			continue // done rejects it
		}
		pattern, err := glob.Parse(key)
		if err != nil {
			m.Take(key)
			m.Reject(key, err.Error(), "")
			continue
		}
		tests := m.Child(key)
		rule := r.readRule(tests, m.Lines[key])
		rule.Tests, rule.Pattern = strings.TrimSuffix(key, "/"), pattern
		tests.Done()
		e.tests = append(e.tests, rule)
	}
	m.Done()
}

// readRule reads the keys that can also be given for a part of the test cases.
func (r *exampleReader) readRule(m *yamlmap.Map, line int) problem.Rule {
	rule := problem.Rule{Source: fmt.Sprintf("%s:%d", tree.ExampleFile, line)}
	rule.Permitted = readCodes(m, "permitted")
	rule.Required = readCodes(m, "required")
	rule.Message, _ = m.Text("message")
	rule.Score = readScoreRange(m)
	if rule.Score != nil && !r.problem.Kind.Scoring {
		m.Reject("score", "is for scoring problems only", "remove it, or make the problem's type scoring")
	}
	rule.Time = readTimeUse(m)
	return rule
}

// readCodes reads a list of the four verdicts that the format knows.
func readCodes(m *yamlmap.Map, key string) []verdict.Code {
	words, ok := m.Sequence(key)
	if ok && len(words) == 0 {
		m.Reject(key, "is an empty list, which no verdict is in", "list verdicts, or remove it")
	}
	var list []verdict.Code
	for _, word := range words {
		c := verdict.Code(word)
		switch {
		case c != ac && c != wa && c != tle && c != rte:
			m.Reject(key, fmt.Sprintf("has %q, which is not known", word), "use AC, WA, TLE and RTE")
		case slices.Contains(list, c):
			m.Warn(key, fmt.Sprintf("has %q twice", word), "remove one")
		default:
			list = append(list, c)
		}
	}
	return list
}

// readScoreRange reads a number, or the least and the most of a list.
func readScoreRange(m *yamlmap.Map) *problem.ScoreRange {
	const key = "score"
	if node := m.Nodes[key]; node == nil || node.Kind != yaml.SequenceNode {
		v, ok := m.Number(key)
		if !ok {
			return nil
		}
		return &problem.ScoreRange{Least: v, Most: v}
	}
	words, ok := m.Sequence(key)
	if !ok {
		return nil
	}
	least, most, err := yamlmap.ParseRange(words)
	if err != nil {
		m.Reject(key, err.Error(), "write [least, most]")
		return nil
	}
	return &problem.ScoreRange{Least: least, Most: most}
}

func readTimeUse(m *yamlmap.Map) problem.TimeUse {
	const key = "use_for_time_limit"
	word, ok := m.Text(key)
	switch use := problem.TimeUse(strings.ToLower(word)); { // yaml has False and FALSE too
	case !ok:
	case word == "no" || word == "off":
		m.Warn(key, fmt.Sprintf("is %q, and is taken for false", word), "write false")
		return problem.TimeUnused
	case use == problem.TimeUnused, use == problem.TimeLower, use == problem.TimeUpper:
		return use
	default:
		m.Reject(key, fmt.Sprintf("must be false, lower or upper, not %.60q", word), "")
	}
	return problem.TimeByVerdict
}

// checkAuthors looks at people, who do not matter to judging: one of them or a list, each a string or a map.
func checkAuthors(m *yamlmap.Map) {
	node := m.Take("authors")
	if node == nil {
		return
	}
	people := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		people = node.Content
	}
	for _, person := range people {
		if person = yamlmap.Resolve(person); person.Kind == yaml.SequenceNode || yamlmap.IsNull(person) {
			m.Reject("authors", "must be names, not "+yamlmap.KindOf(person), "write a name, or a list of names")
		}
	}
}

// warnUnmatched tells of patterns that stand for nothing.
func (r *exampleReader) warnUnmatched(e exampleEntry) {
	if !slices.ContainsFunc(r.all, e.matches) {
		r.issues.Warn(tree.ExampleFile, e.line, fmt.Sprintf("there is no submission %s", issue.Printable(e.key)), "")
	}
	for _, rule := range e.tests {
		if !slices.ContainsFunc(r.problem.Tests, func(t *problem.Test) bool { return rule.Matches(t.Name) }) {
			r.issues.Warn(tree.ExampleFile, e.line, fmt.Sprintf("%s: there is no test case %s", issue.Printable(e.key), issue.Printable(rule.Tests)), "")
		}
	}
}

// apply adds to a submission what all entries say of it.
func (r *exampleReader) apply(entries []exampleEntry, s *problem.Submission) {
	dir := path.Base(path.Dir(s.Path))
	named := ""
	for _, e := range entries {
		if !e.matches(*s) {
			continue
		}
		if !r.issues.Spend(len(s.Expected.Rules)+len(e.tests), issue.Place{File: tree.ExampleFile, Line: e.line}) {
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
			r.issues.Reject(tree.ExampleFile, e.line, fmt.Sprintf("%s is given two languages, %s and %s", s.Path, named, e.language), "give it one")
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
func overRule(r problem.Rule, by problem.Rule) problem.Rule {
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
func replaceRule(e *problem.Expectation, rule problem.Rule) {
	e.Rules = slices.DeleteFunc(e.Rules, func(r problem.Rule) bool { return r.Source == directorySource })
	e.Rules = append(e.Rules, rule)
	forgetDirectory(e)
}

// addRule asks for one more rule. In a directory that the format does not know, its verdicts outdo the directory.
func addRule(e *problem.Expectation, rule problem.Rule, known bool) {
	if !known && (rule.Permitted != nil || rule.Required != nil) {
		e.Rules = slices.DeleteFunc(e.Rules, func(r problem.Rule) bool { return r.Source == directorySource })
		forgetDirectory(e)
	}
	e.Rules = append(e.Rules, rule)
}

func forgetDirectory(e *problem.Expectation) {
	if e.Source == directorySource {
		e.Final, e.PartialOf, e.Source = nil, nil, ""
	}
}

// settleTime lets what is said of the submission as a whole outdo what follows from verdicts.
func settleTime(e *problem.Expectation, use problem.TimeUse) {
	if use == problem.TimeByVerdict {
		return
	}
	for i := range e.Rules {
		if r := &e.Rules[i]; r.Time == problem.TimeByVerdict {
			r.Time = problem.TimeUnused
		}
	}
}
