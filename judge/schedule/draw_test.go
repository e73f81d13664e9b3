package schedule

import (
	"fmt"
	"math"

	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/problem"
)

// drawProblem draws a tree of test cases with the rules of any format.
func drawProblem(t *rapid.T) *problem.Problem {
	d := drawer{t: t, p: &problem.Problem{}}
	d.p.Kind.Scoring = rapid.IntRange(0, 3).Draw(t, "scoring") > 0
	switch rapid.SampledFrom([]string{"none", "legacy", "domjudge", "modern"}).Draw(t, "rules") {
	case "legacy":
		d.p.Groups = d.legacy("", 0, false)
	case "domjudge":
		d.p.Groups = d.legacy("", 0, true)
	case "modern":
		d.p.Groups = d.modern()
	default:
		d.p.Kind.Scoring = false
		d.tests(&problem.Group{}, 8)
	}
	return d.p
}

type drawer struct {
	t *rapid.T
	p *problem.Problem
}

func (d drawer) bool(label string) bool { return rapid.Bool().Draw(d.t, label) }

func (d drawer) int(most int, label string) int { return rapid.IntRange(0, most).Draw(d.t, label) }

func (d drawer) tests(g *problem.Group, most int) {
	for range d.int(most, "tests") {
		test := &problem.Test{Name: fmt.Sprintf("%s/%d", g.Name, len(d.p.Tests)), FullFeedback: d.int(9, "feedback") == 0}
		d.p.Tests = append(d.p.Tests, test)
		g.Children = append(g.Children, problem.Child{Test: test})
	}
}

// legacy draws a group that has a sample and a secret group, or any groups further below.
func (d drawer) legacy(name string, depth int, domjudge bool) *problem.Group {
	g := &problem.Group{Name: name, Legacy: d.legacyGrading(domjudge, depth)}
	switch {
	case depth == 0:
		for _, below := range []string{"sample", "secret"} {
			g.Children = append(g.Children, problem.Child{Group: d.legacy(below, 1, domjudge)})
		}
	default:
		d.tests(g, 3)
		for i := range d.int(max(0, 3-depth), "groups") {
			g.Children = append(g.Children, problem.Child{Group: d.legacy(fmt.Sprintf("%s/%d", name, i), depth+1, domjudge)})
		}
		d.tests(g, 2)
	}
	return g
}

func (d drawer) legacyGrading(domjudge bool, depth int) *problem.LegacyGrading {
	l := &problem.LegacyGrading{
		Break: d.bool("break"), AcceptScore: float64(d.int(3, "accept")), Least: math.Inf(-1), Most: math.Inf(1),
		DOMjudge: domjudge, Scored: domjudge && d.bool("scored"), Custom: !domjudge && d.int(3, "custom") == 0,
	}
	if d.int(3, "range") == 0 {
		l.Least, l.Most = 0, 6
	}
	flags := []string{"worst_error", "first_error", "always_accept", "accept_if_any_accepted", "sum", "min", "max", "avg"}
	if depth == 0 {
		flags = append(flags, "ignore_sample")
	}
	l.Flags = rapid.SliceOfN(rapid.SampledFrom(flags), 0, 2).Draw(d.t, "flags")
	return l
}

// modern draws the tree of a package in 2025-09.
func (d drawer) modern() *problem.Group {
	sample := d.modernGroup("sample")
	sample.Modern.Aggregation, sample.Modern.Unbounded, sample.Static = problem.AggregatePassFail, true, nil
	d.tests(sample, 2)
	secret := d.modernGroup("secret")
	names := []string{"sample"}
	groups := d.int(4, "groups")
	for i := range groups {
		g := d.modernGroup(fmt.Sprintf("secret/%d", i))
		g.Modern.RequirePass = rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(d.t, "requires")
		names = append(names, g.Name)
		d.tests(g, 4)
		secret.Children = append(secret.Children, problem.Child{Group: g})
	}
	if groups == 0 {
		d.tests(secret, 6)
	}
	return &problem.Group{Modern: &problem.ModernGrading{}, Children: []problem.Child{{Group: sample}, {Group: secret}}}
}

func (d drawer) modernGroup(name string) *problem.Group {
	g := &problem.Group{Name: name, Modern: &problem.ModernGrading{
		Group: true, MaxScore: float64(d.int(4, "most")), Unbounded: d.int(4, "unbounded") == 0,
		Aggregation: rapid.SampledFrom([]problem.Aggregation{problem.AggregatePassFail, problem.AggregateSum, problem.AggregateMin}).Draw(d.t, "by"),
	}}
	if d.int(3, "static") == 0 {
		g.Static = &problem.StaticTest{PassFail: d.bool("pass-fail"), Score: 1}
	}
	return g
}
