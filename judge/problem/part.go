package problem

import (
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/glob"
	"github.com/gaveloj/gavel/judge/verdict"
)

// KeepTests leaves out all test cases but those that a pattern names: "*" stands for any characters but '/', "{a,b}" for
// either, and a directory for all below it. A pattern without '/' may also be the last part of names. It returns how many
// are left; when there are none, the problem stays as it is.
func (p *Problem) KeepTests(pattern string) (int, error) {
	pattern = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(pattern, "data/"), ".in"), ".ans")
	g, err := glob.Parse(pattern)
	if err != nil {
		return 0, err
	}
	keep := func(t *Test) bool {
		return g.MatchesBelow(t.Name) || !strings.Contains(pattern, "/") && g.MatchesBelow(path.Base(t.Name))
	}
	if !slices.ContainsFunc(p.Tests, keep) {
		return 0, nil
	}
	p.Groups = p.Groups.keep(keep)
	p.Tests = p.Groups.AllTests()
	return len(p.Tests), nil
}

// keep is the group with some of its test cases.
func (g *Group) keep(want func(*Test) bool) *Group {
	kept := *g
	kept.Children = nil
	for _, c := range g.Children {
		if c.Group != nil {
			if c.Group = c.Group.keep(want); len(c.Group.Children) == 0 {
				continue
			}
		} else if !want(c.Test) {
			continue
		}
		kept.Children = append(kept.Children, c)
	}
	return &kept
}

// OnPart is what is left of an expectation where only a part of the test cases is judged: what each of them may get. That
// one of them fails, and how the whole ends, may be up to the others.
func (e Expectation) OnPart() Expectation {
	e.Score, e.PartialOf = nil, nil
	settled := func(c verdict.Code) bool {
		return c != verdict.Accepted && c != verdict.PartiallyAccepted && c != verdict.CompileError
	}
	if slices.ContainsFunc(e.Final, settled) {
		e.Final = nil
	}
	e.Rules = slices.Clone(e.Rules)
	for i := range e.Rules {
		e.Rules[i].Required, e.Rules[i].Score, e.Rules[i].Message = nil, nil, ""
	}
	return e
}
