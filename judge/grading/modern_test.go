package grading

import (
	"fmt"
	"testing"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

const (
	passFailed = problem.AggregatePassFail
	summed     = problem.AggregateSum
	least      = problem.AggregateMin
	unbounded  = -1
)

// contest has three groups that build upon each other.
func contest() *problem.Group {
	return modernRootOf(
		modernGroup(dir("sample", "1"), passFailed, unbounded),
		modernGroup(dir(
			"secret",
			modernGroup(dir("secret/a", "1", "2"), passFailed, 20, "sample"),
			modernGroup(dir("secret/b", "1", dir("secret/b/deep", "2")), passFailed, 30, "secret/a"),
			modernGroup(dir("secret/c", "1", "2"), summed, 50, "secret/b"),
		), summed, 100))
}

// single is a package with one group of three test cases.
func single(aggregation problem.Aggregation, most float64) *problem.Group {
	secretMost := most
	return modernRootOf(modernGroup(
		dir("secret", modernGroup(dir("secret/g", "1", "2", "3"), aggregation, most)), summed, secretMost))
}

func TestModernGroups(t *testing.T) {
	feedback := contest()
	feedback.Children[1].Group.Children[0].Group.Children[1].Test.FullFeedback = true
	static := single(summed, 100)
	static.Children[0].Group.Children[0].Group.Static = &problem.StaticTest{Score: 40}
	staticPass := single(passFailed, 100)
	staticPass.Children[0].Group.Children[0].Group.Static = &problem.StaticTest{PassFail: true}
	over := modernRootOf(modernGroup(dir("secret",
		modernGroup(dir("secret/a", "1"), passFailed, 60), modernGroup(dir("secret/b", "1"), passFailed, 60)), summed, 100))
	lowest := modernRootOf(modernGroup(dir("secret",
		modernGroup(dir("secret/a", "1", "2"), summed, 60), modernGroup(dir("secret/b", "1"), passFailed, 60),
		modernGroup(dir("secret/c", "1"), passFailed, 60)), least, 60))
	runCases(t, true, []gradingCase{
		{"all", contest(), nil, `AC 100
[sample] AC
[secret] AC 100/100
[secret/a] AC 20/20
[secret/b] AC 30/30
[secret/c] AC 50/50
sample/1
secret/a/1
secret/a/2
secret/b/1
secret/b/deep/2
secret/c/1 25
secret/c/2 25`},
		{"what requires a group that failed is not run, and so on", contest(), map[string]string{"secret/a/1": "TLE"}, `TLE 0
[sample] AC
[secret] TLE 0/100
[secret/a] TLE 0/20
[secret/b] SK 0/30
[secret/c] SK 0/50
sample/1
secret/a/1`},
		{"the samples can be required", contest(), map[string]string{"sample/1": "WA"}, `WA 0
[sample] WA
[secret] AC 0/100
[secret/a] SK 0/20
[secret/b] SK 0/30
[secret/c] SK 0/50
sample/1`},
		{"sums run all", contest(), map[string]string{"secret/c/1": "WA"}, `WA 75
[sample] AC
[secret] WA 75/100
[secret/a] AC 20/20
[secret/b] AC 30/30
[secret/c] WA 25/50
sample/1
secret/a/1
secret/a/2
secret/b/1
secret/b/deep/2
secret/c/1 0
secret/c/2 25`},
		{"full feedback runs on", feedback, map[string]string{"secret/a/1": "TLE", "secret/a/2": "WA"}, `TLE 0
[sample] AC
[secret] TLE 0/100
[secret/a] TLE 0/20
[secret/b] SK 0/30
[secret/c] SK 0/50
sample/1
secret/a/1
secret/a/2`},
		{
			"minimum of multipliers", single(least, 60),
			map[string]string{"secret/g/1": "AC*0.5", "secret/g/3": "AC*0.25"},
			"AC 15\n[secret] AC 15/60\n[secret/g] AC 15/60\nsecret/g/1 30\nsecret/g/2 60\nsecret/g/3 15",
		},
		{
			"a minimum that is 0 stays so", single(least, 60),
			map[string]string{"secret/g/2": "WA", "secret/g/3": "RTE"},
			"WA 0\n[secret] WA 0/60\n[secret/g] WA 0/60\nsecret/g/1 60\nsecret/g/2 0",
		},
		{
			"thirds add up", single(summed, 100), nil,
			"AC 100\n[secret] AC 100/100\n[secret/g] AC 100/100\nsecret/g/1 33.333333333333336\nsecret/g/2 33.333333333333336\nsecret/g/3 33.333333333333336",
		},
		{
			"unbounded", single(summed, unbounded),
			map[string]string{"secret/g/1": "AC=1000", "secret/g/2": "WA", "secret/g/3": "AC=0.5"},
			"WA 1000.5\n[secret] WA 1000.5\n[secret/g] WA 1000.5\nsecret/g/1 1000\nsecret/g/2 0\nsecret/g/3 0.5",
		},
		{
			"static test", static,
			map[string]string{"secret/g (static)": "AC*0.5", "secret/g/2": "WA"},
			"WA 60\n[secret] WA 60/100\n[secret/g] WA 60/100\nsecret/g (static) 20\nsecret/g/1 20\nsecret/g/2 0\nsecret/g/3 20",
		},
		{
			"static test rejects", staticPass,
			map[string]string{"secret/g (static)": "WA"},
			"WA 0\n[secret] WA 0/100\n[secret/g] WA 0/100\nsecret/g (static)",
		},
		{
			"minimum of groups", lowest,
			map[string]string{"secret/a/2": "WA"},
			"WA 30\n[secret] WA 30/60\n[secret/a] WA 30/60\n[secret/b] AC 60/60\n[secret/c] AC 60/60\nsecret/a/1 30\nsecret/a/2 0\nsecret/b/1\nsecret/c/1",
		},
		{
			"minimum of groups that is 0", lowest,
			map[string]string{"secret/b/1": "WA"},
			"WA 0\n[secret] WA 0/60\n[secret/a] AC 60/60\n[secret/b] WA 0/60\n[secret/c] SK 0/60\nsecret/a/1 30\nsecret/a/2 30\nsecret/b/1",
		},
		{"over max_score", over, nil, "JE 0 (problem: group secret got the score 120, but its max_score is 100)\n" +
			"[secret] JE 0/100\n[secret/a] AC 60/60\n[secret/b] AC 60/60\nsecret/a/1\nsecret/b/1"},
	})
}

// Every condition that the format calls a judge error is one, and is named.
func TestModernJudgeErrors(t *testing.T) {
	staticPass := single(summed, 100)
	staticPass.Children[0].Group.Children[0].Group.Static = &problem.StaticTest{PassFail: true}
	for _, tt := range []struct {
		name    string
		root    *problem.Group
		results map[string]string
		want    string
	}{
		{
			"accepted without a score where there must be one", single(summed, unbounded), nil,
			"output validator of test secret/g/1: it accepted without writing score.txt, which it must in the unbounded group secret/g",
		},
		{
			"score of a wrong answer", single(summed, 30),
			map[string]string{"secret/g/2": "WA=1"},
			"output validator of test secret/g/2: it wrote score.txt for an output that it did not accept",
		},
		{
			"multiplier of a wrong answer", single(least, 30),
			map[string]string{"secret/g/1": "WA*0"},
			"output validator of test secret/g/1: it wrote score_multiplier.txt for an output that it did not accept",
		},
		{
			"multiplier in an unbounded group", single(summed, unbounded),
			map[string]string{"secret/g/1": "AC*1"},
			"output validator of test secret/g/1: it wrote score_multiplier.txt, but the group secret/g is unbounded, so there is nothing to multiply",
		},
		{
			"both kinds", single(summed, 30),
			map[string]string{"secret/g/1": "AC*1", "secret/g/3": "AC=1"},
			"output validator of test secret/g/3: it wrote score.txt here and the other kind of score for another test case; a validator must keep to one",
		},
		{
			"score in a pass-fail group", single(passFailed, 30),
			map[string]string{"secret/g/1": "AC=1"},
			"output validator of test secret/g/1: it wrote score.txt, but the group secret/g is pass-fail, where there are no scores",
		},
		{
			"score above that of the test case", single(summed, 30),
			map[string]string{"secret/g/1": "AC=10.5"},
			"output validator of test secret/g/1: it gave the score 10.5, but a test case of the group secret/g gets 10 at most",
		},
		{
			"static score that must be none", staticPass,
			map[string]string{"secret/g (static)": "AC=1"},
			"static validator: test secret/g (static): it wrote score.txt, but static_validation_score is pass-fail",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := New(problemOf(true, tt.root), false)
			got := evaluate(t, plan, tt.results)
			if got.Verdict != "JE" || got.Error == nil || got.Error.Message != tt.want {
				t.Errorf("outcome = %s, want JE %s", show(plan, got), tt.want)
			}
			if got.Error != nil && got.Error.Class != "checker" {
				t.Errorf("class = %s, want checker", got.Error.Class)
			}
		})
	}
}

func TestScoresOfSamplesAreIgnored(t *testing.T) {
	root := modernRootOf(
		modernGroup(dir("sample", "1", "2"), passFailed, unbounded),
		modernGroup(dir("secret", "1"), summed, unbounded))
	runCases(t, true, []gradingCase{{
		"mixed kinds", root,
		map[string]string{"sample/1": "AC*0.1", "sample/2": "AC=7", "secret/1": "AC=3"},
		"AC 3\n[sample] AC\n[secret] AC 3\nsample/1\nsample/2\nsecret/1 3",
	}})
}

// TestPointsOfCheckers has checkers that are no validators of the format: what they give is capped, and all points that
// there are make an accepted test case.
func TestPointsOfCheckers(t *testing.T) {
	for name, tt := range map[string]struct {
		checker *problem.Validator
		results [3]string
		want    verdict.Code
		score   float64
	}{
		"parts":            {&problem.Validator{Protocol: checker.Testlib}, [3]string{"PAC=10", "PAC=30", "AC"}, "PAC", 70},
		"all":              {&problem.Validator{Protocol: checker.Testlib}, [3]string{"PAC=30", "PAC=30", "AC"}, "AC", 90},
		"too many":         {&problem.Validator{Protocol: checker.TestlibXML}, [3]string{"PAC=1000", "PAC=30.5", "PAC=29"}, "PAC", 89},
		"none":             {&problem.Validator{Protocol: checker.Testlib}, [3]string{"WA=0", "AC", "AC"}, "WA", 60},
		"in process":       {nil, [3]string{"WA*0", "PAC*0.5", "AC*1"}, "WA", 45},
		"a validator, too": {&problem.Validator{}, [3]string{"AC=1000", "AC", "AC"}, "JE", 0},
	} {
		p := problemOf(true, single(summed, 90))
		p.Validator = tt.checker
		results := map[string]string{}
		for i, r := range tt.results {
			results[fmt.Sprintf("secret/g/%d", i+1)] = r
		}
		got := evaluate(t, New(p, false), results)
		if got.Verdict != tt.want || tt.want != "JE" && got.Score != tt.score {
			t.Errorf("%s: %s %v, want %s %v", name, got.Verdict, got.Score, tt.want, tt.score)
		}
	}
}
