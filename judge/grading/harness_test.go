package grading

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// dir makes a group. Its children are groups, or strings that name test cases in it.
func dir(name string, children ...any) *problem.Group {
	g := &problem.Group{Name: name}
	for _, c := range children {
		switch c := c.(type) {
		case *problem.Group:
			g.Children = append(g.Children, problem.Child{Group: c})
		case string:
			g.Children = append(g.Children, problem.Child{Test: &problem.Test{Name: strings.TrimPrefix(name+"/"+c, "/")}})
		}
	}
	return g
}

// kattis puts the keys of testdata.yaml into a group, over the defaults.
func kattis(g *problem.Group, change func(*problem.LegacyGrading)) *problem.Group {
	g.Legacy = &problem.LegacyGrading{Break: true, AcceptScore: 1, Least: math.Inf(-1), Most: math.Inf(1)}
	if change != nil {
		change(g.Legacy)
	}
	return g
}

// modernGroup makes a test group of 2025-09.
func modernGroup(g *problem.Group, aggregation problem.Aggregation, most float64, requires ...string) *problem.Group {
	g.Modern = &problem.ModernGrading{
		Group: true, Aggregation: aggregation, MaxScore: most, Unbounded: most < 0, RequirePass: requires,
	}
	return g
}

// modernRootOf makes the directory data of 2025-09.
func modernRootOf(children ...any) *problem.Group {
	g := dir("", children...)
	g.Modern = &problem.ModernGrading{}
	return g
}

func problemOf(scoring bool, root *problem.Group) *problem.Problem {
	p := &problem.Problem{
		Groups: root, Kind: problem.Kind{Scoring: scoring}, Scores: scoring, Validator: &problem.Validator{},
	}
	var collect func(g *problem.Group)
	collect = func(g *problem.Group) {
		for _, c := range g.Children {
			if c.Test != nil {
				p.Tests = append(p.Tests, c.Test)
			} else {
				collect(c.Group)
			}
		}
	}
	collect(root)
	return p
}

// result reads "WA", "AC=5" for an absolute score, or "AC*0.5" for a multiplier.
func result(t testing.TB, text string) Result {
	t.Helper()
	at := strings.IndexAny(text, "=*")
	if at < 0 {
		return Result{Verdict: verdict.Code(text)}
	}
	score, err := strconv.ParseFloat(text[at+1:], 64)
	if err != nil {
		t.Fatal(err)
	}
	r := Result{Verdict: verdict.Code(text[:at]), Score: verdict.Score{Kind: verdict.ScoreAbsolute, Value: score}}
	if text[at] == '*' {
		r.Score.Kind = verdict.ScoreMultiplier
	}
	return r
}

// evaluate runs a plan; results are by the name of the unit, graders' with "grader " before it, and "AC" where there
// is none.
func evaluate(t testing.TB, plan *Plan, results map[string]string) *Outcome {
	t.Helper()
	c := plan.Start()
	for u, ok := c.Next(); ok; u, ok = c.Next() {
		name := plan.Units[u].Name
		if plan.Units[u].Kind == Grader {
			name = "grader " + name
		}
		text, found := results[name]
		if !found {
			text = "AC"
		}
		c.Put(result(t, text))
	}
	return c.Outcome()
}

// show writes an outcome on a few lines: verdict and score, then the groups, then the units that were visited.
func show(plan *Plan, o *Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", o.Verdict, Number(o.Score))
	if o.Error != nil {
		fmt.Fprintf(&b, " (%s: %s)", o.Error.Class, o.Error.Message)
	}
	for _, g := range o.Groups {
		fmt.Fprintf(&b, "\n[%s] %s", g.Name, g.Verdict)
		if g.Score != nil {
			fmt.Fprintf(&b, " %s", Number(*g.Score))
		}
		if g.Max != nil {
			fmt.Fprintf(&b, "/%s", Number(*g.Max))
		}
	}
	for i, u := range o.Units {
		if !u.Visited {
			continue
		}
		fmt.Fprintf(&b, "\n%s", plan.Units[i].Name)
		if u.Score != nil {
			fmt.Fprintf(&b, " %s", Number(*u.Score))
		}
	}
	return b.String()
}
