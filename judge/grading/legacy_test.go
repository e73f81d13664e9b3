package grading

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
)

type gradingCase struct {
	name    string
	root    *problem.Group
	results map[string]string
	want    string
}

func runCases(t *testing.T, scoring bool, cases []gradingCase) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			plan := New(problemOf(scoring, tt.root), false)
			got := evaluate(t, plan, tt.results)
			if diff := cmp.Diff(tt.want, show(plan, got)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			all := New(problemOf(scoring, tt.root), true)
			gotAll := evaluate(t, all, tt.results)
			if gotAll.Verdict != got.Verdict || gotAll.Score != got.Score {
				t.Errorf("with all tests it is %s %v, without %s %v", gotAll.Verdict, gotAll.Score, got.Verdict, got.Score)
			}
			for i, u := range gotAll.Units[:all.Tests] {
				if !u.Visited {
					t.Errorf("with all tests %s was not visited", all.Units[i].Name)
				}
			}
		})
	}
}

func TestPassFailIsDecidedByTheFirstError(t *testing.T) {
	root := func() *problem.Group {
		return dir("", dir("sample", "1"), dir("secret", dir("secret/a", "1", "2"), "b"))
	}
	legacyRoot := root()
	for _, g := range []*problem.Group{legacyRoot, legacyRoot.Children[0].Group, legacyRoot.Children[1].Group, legacyRoot.Children[1].Group.Children[0].Group} {
		kattis(g, nil)
	}
	legacyRoot.Children[1].Group.Legacy.Break = false
	results := map[string]string{"secret/a/2": "WA", "secret/b": "RTE"}
	want := "WA 0\nsample/1\nsecret/a/1\nsecret/a/2"
	runCases(t, false, []gradingCase{
		{"no grading", root(), results, want},
		{"legacy", legacyRoot, results, want},
		{"judge error after it", root(), map[string]string{"secret/a/1": "TLE", "secret/b": "JE"}, "TLE 0\nsample/1\nsecret/a/1"},
		{"all accepted", root(), nil, "AC 0\nsample/1\nsecret/a/1\nsecret/a/2\nsecret/b"},
	})
}

// olympiad is a package as the Swedish olympiad writes them: groups of test cases that give points together.
func olympiad() *problem.Group {
	group := func(name string, score float64) *problem.Group {
		return kattis(dir("secret/"+name, "1", "2", "3"), func(l *problem.LegacyGrading) {
			l.AcceptScore, l.Most, l.Least, l.Flags = score, score, 0, []string{"min"}
		})
	}
	return kattis(
		dir("",
			kattis(dir("sample", "1", "2"), func(l *problem.LegacyGrading) { l.AcceptScore, l.Flags = 0, []string{"first_error"} }),
			kattis(dir("secret", group("a", 30), group("b", 70)), func(l *problem.LegacyGrading) {
				l.Break, l.Least, l.Most, l.Flags = false, 0, 100, []string{"accept_if_any_accepted"}
			})),
		func(l *problem.LegacyGrading) {
			l.Break, l.Least, l.Most, l.Flags = false, 0, 100, []string{"ignore_sample"}
		})
}

func TestLegacyGroups(t *testing.T) {
	with := func(root *problem.Group, change func(root *problem.Group)) *problem.Group {
		change(root)
		return root
	}
	one := func(change func(*problem.LegacyGrading)) *problem.Group {
		return kattis(dir("", kattis(dir("secret", "1", "2", "3"), change)), nil)
	}
	runCases(t, true, []gradingCase{
		{"all", olympiad(), nil, `AC 100
[] AC 100/100
[sample] AC 0
[secret] AC 100/100
[secret/a] AC 30/30
[secret/b] AC 70/70
sample/1 0
sample/2 0
secret/a/1 30
secret/a/2 30
secret/a/3 30
secret/b/1 70
secret/b/2 70
secret/b/3 70`},
		{"one group fails, and the samples are ignored", olympiad(), map[string]string{"sample/1": "RTE", "secret/a/2": "WA"}, `AC 70
[] AC 70/100
[sample] RTE 0
[secret] AC 70/100
[secret/a] WA 0/30
[secret/b] AC 70/70
sample/1 0
secret/a/1 30
secret/a/2 0
secret/b/1 70
secret/b/2 70
secret/b/3 70`},
		{"no group passes", olympiad(), map[string]string{"secret/a/1": "WA", "secret/b/1": "TLE"}, `TLE 0
[] TLE 0/100
[sample] AC 0
[secret] TLE 0/100
[secret/a] WA 0/30
[secret/b] TLE 0/70
sample/1 0
sample/2 0
secret/a/1 0
secret/b/1 0`},
		{"a judge error in ignored samples", olympiad(), map[string]string{"sample/1": "JE", "secret/b/1": "WA"}, `AC 30
[] AC 30/100
[sample] JE 0
[secret] AC 30/100
[secret/a] AC 30/30
[secret/b] WA 0/70
sample/1
secret/a/1 30
secret/a/2 30
secret/a/3 30
secret/b/1 0`},
		{"a judge error that counts", olympiad(), map[string]string{"secret/a/1": "JE"}, `JE 0 (: )
[] JE 0/100
[sample] AC 0
[secret] JE 0/100
[secret/a] JE 0/30
[secret/b] SK 0/70
sample/1 0
sample/2 0
secret/a/1`},
		{
			"out of range", with(olympiad(), func(root *problem.Group) { root.Children[1].Group.Children[1].Group.Legacy.AcceptScore = 75 }), nil,
			`JE 0 (problem: group secret/b got the score 75, which is outside of its range 0 to 70: correct range, ` + `accept_score or the grader flags in its testdata.yaml)
[] JE 0/100
[sample] AC 0
[secret] JE 0/100
[secret/a] AC 30/30
[secret/b] JE 0/70
sample/1 0
sample/2 0
secret/a/1 30
secret/a/2 30
secret/a/3 30
secret/b/1 75
secret/b/2 75
secret/b/3 75`,
		},
		{"sum is the default", one(nil), nil, "AC 3\n[] AC 3\n[secret] AC 3\nsecret/1 1\nsecret/2 1\nsecret/3 1"},
		{
			"average of scores that were given", one(func(l *problem.LegacyGrading) { l.Flags = []string{"avg"} }),
			map[string]string{"secret/1": "AC=4", "secret/2": "AC=1", "secret/3": "AC*0.5"},
			"AC 1.833333333\n[] AC 1.833333333\n[secret] AC 1.833333333\nsecret/1 4\nsecret/2 1\nsecret/3 0.5",
		},
		{
			"max, and the last of conflicting flags wins", one(func(l *problem.LegacyGrading) {
				l.Flags = []string{"min", "always_accept", "max", "no_errors"}
				l.Break = false
				l.RejectScore = -1
			}),
			map[string]string{"secret/1": "AC=4", "secret/2": "WA", "secret/3": "AC=9"},
			"AC 9\n[] AC 9\n[secret] AC 9\nsecret/1 4\nsecret/2 -1\nsecret/3 9",
		},
		{
			"always_accept and break", one(func(l *problem.LegacyGrading) { l.Flags = []string{"always_accept"} }),
			map[string]string{"secret/2": "WA"},
			"AC 1\n[] AC 1\n[secret] AC 1\nsecret/1 1\nsecret/2 0",
		},
		{
			"worst error", one(func(l *problem.LegacyGrading) { l.Break = false }),
			map[string]string{"secret/1": "WA", "secret/2": "RTE", "secret/3": "TLE"},
			"RTE 0\n[] RTE 0\n[secret] RTE 0\nsecret/1 0\nsecret/2 0\nsecret/3 0",
		},
		{
			"first error", one(func(l *problem.LegacyGrading) { l.Break = false; l.Flags = []string{"first_error"} }),
			map[string]string{"secret/1": "WA", "secret/2": "RTE", "secret/3": "TLE"},
			"WA 0\n[] WA 0\n[secret] WA 0\nsecret/1 0\nsecret/2 0\nsecret/3 0",
		},
		{"partial scores", one(nil), map[string]string{"secret/2": "PAC*0.25"}, "PAC 2.25\n[] PAC 2.25\n[secret] PAC 2.25\nsecret/1 1\nsecret/2 0.25\nsecret/3 1"},
		{
			"a score for a wrong answer", one(nil),
			map[string]string{"secret/2": "WA=5"},
			"WA 0\n[] WA 0\n[secret] WA 0\nsecret/1 1\nsecret/2 0",
		},
		{
			"custom grader", one(func(l *problem.LegacyGrading) { l.Custom, l.Most = true, 50; l.Break = false }),
			map[string]string{"secret/2": "WA", "grader secret": "AC=42"},
			"AC 42\n[] AC 42\n[secret] AC 42/50\nsecret/1 1\nsecret/2 0\nsecret/3 1",
		},
		{
			"custom grader out of range", one(func(l *problem.LegacyGrading) { l.Custom, l.Most = true, 50; l.Least = 0 }),
			map[string]string{"grader secret": "AC=50.5"},
			"JE 0 (problem: group secret got the score 50.5, which is outside of its range 0 to 50: " +
				"correct range, accept_score or the grader flags in its testdata.yaml)\n[] JE 0\n[secret] JE 0/50\nsecret/1 1\nsecret/2 1\nsecret/3 1",
		},
		{
			"custom grader rejects", one(func(l *problem.LegacyGrading) { l.Custom = true }),
			map[string]string{"grader secret": "TLE=7"},
			"TLE 0\n[] TLE 0\n[secret] TLE 0\nsecret/1 1\nsecret/2 1\nsecret/3 1",
		},
	})
}

func TestACustomGraderIsToldOfEveryChildThatWasVisited(t *testing.T) {
	root := kattis(dir("", kattis(dir("secret", "1", "2", "3"), func(l *problem.LegacyGrading) { l.Custom, l.AcceptScore = true, 5 })), nil)
	plan := New(problemOf(true, root), false)
	c := plan.Start()
	c.Put(result(t, "AC"))
	ahead := c.Clone()
	ahead.Assume()
	ahead.Assume()
	if _, known := ahead.GraderInput(); known {
		t.Error("the input of the grader is known though results are assumed")
	}
	c.Put(result(t, "RTE"))
	lines, known := c.GraderInput()
	if diff := cmp.Diff([]Line{{"AC", 5}, {"RTE", 0}}, lines); diff != "" || !known {
		t.Errorf("GraderInput() = known %v (-want +got):\n%s", known, diff)
	}
}

func TestDOMjudgeGroups(t *testing.T) {
	group := func(name string, score float64, flags ...string) *problem.Group {
		return kattis(dir(name, "1", "2"), func(l *problem.LegacyGrading) {
			l.DOMjudge, l.Scored, l.AcceptScore, l.Flags = true, true, score, flags
		})
	}
	root := func(groups ...any) *problem.Group {
		top := func(l *problem.LegacyGrading) { l.DOMjudge, l.Scored, l.Break = true, true, false }
		return kattis(dir("",
			kattis(dir("sample", "1"), func(l *problem.LegacyGrading) { l.DOMjudge = true }),
			kattis(dir("secret", groups...), top)), top)
	}
	runCases(t, true, []gradingCase{
		{
			"a group scores once", root(group("secret/a", 10), group("secret/b", 90)), nil,
			"AC 100\n[] AC 100\n[secret] AC 100\n[secret/a] AC 10\n[secret/b] AC 90\nsample/1\nsecret/a/1\nsecret/a/2\nsecret/b/1\nsecret/b/2",
		},
		{
			"a failed group has nothing, the others are added up", root(group("secret/a", 10), group("secret/b", 90)),
			map[string]string{"secret/a/1": "WA"},
			"WA 90\n[] WA 90\n[secret] WA 90\n[secret/a] WA 0\n[secret/b] AC 90\nsample/1\nsecret/a/1\nsecret/b/1\nsecret/b/2",
		},
		{
			"given scores count for wrong answers too", root(group("secret/a", 10, "max"), group("secret/b", 90)),
			map[string]string{"secret/a/1": "AC=3", "secret/a/2": "WA=7"},
			"WA 97\n[] WA 97\n[secret] WA 97\n[secret/a] WA 7\n[secret/b] AC 90\nsample/1\nsecret/a/1 3\nsecret/a/2 7\nsecret/b/1\nsecret/b/2",
		},
	})
}

// TestScoreMustBeAnnounced: in the legacy formats a validator gives scores only where validation says so.
func TestScoreMustBeAnnounced(t *testing.T) {
	p := problemOf(true, kattis(dir("", kattis(dir("secret", "1"), nil)), nil))
	p.Scores = false
	plan := New(p, false)
	got := show(plan, evaluate(t, plan, map[string]string{"secret/1": "AC=5"}))
	want := `JE 0 (checker: output validator of test secret/1: it wrote score.txt, but validation in problem.yaml is not "custom score")`
	if got, _, _ := strings.Cut(got, "\n"); got != want {
		t.Errorf("outcome %s, want %s", got, want)
	}
}
