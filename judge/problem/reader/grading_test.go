package reader_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
)

// gradings lists what is said of the grading of each directory of a package, by name.
func gradings(g *problem.Group) (map[string]*problem.LegacyGrading, map[string]*problem.ModernGrading) {
	legacy, modern := make(map[string]*problem.LegacyGrading), make(map[string]*problem.ModernGrading)
	var walk func(*problem.Group)
	walk = func(g *problem.Group) {
		if g.Legacy != nil {
			legacy[g.Name] = g.Legacy
		}
		if g.Modern != nil {
			modern[g.Name] = g.Modern
		}
		for _, c := range g.Children {
			if c.Group != nil {
				walk(c.Group)
			}
		}
	}
	walk(g)
	return legacy, modern
}

// grading is the default of the legacy formats with changes.
func grading(changes ...func(*problem.LegacyGrading)) *problem.LegacyGrading {
	g := &problem.LegacyGrading{Break: true, AcceptScore: 1, Least: math.Inf(-1), Most: math.Inf(1)}
	for _, change := range changes {
		change(g)
	}
	return g
}

func TestLegacyGrading(t *testing.T) {
	const scoring = "name: x\ntype: scoring\n"
	tests := map[string]struct {
		files files
		want  map[string]*problem.LegacyGrading // of secret and secret/g
	}{
		"defaults": {files{"problem.yaml": "name: x"}, map[string]*problem.LegacyGrading{"": grading(), "secret": grading(), "secret/g": grading()}},
		"each key is inherited": {
			files{
				"problem.yaml":                scoring,
				"data/testdata.yaml":          "on_reject: continue\nrange: 0 100\ngrader_flags: sum",
				"data/secret/testdata.yaml":   "accept_score: 2.5\ngrader_flags: first_error min",
				"data/secret/g/testdata.yaml": "reject_score: -1\non_reject: break\nrange: -inf 7",
			},
			map[string]*problem.LegacyGrading{
				"":         {AcceptScore: 1, Least: 0, Most: 100, Flags: []string{"sum"}},
				"secret":   {AcceptScore: 2.5, Least: 0, Most: 100, Flags: []string{"first_error", "min"}},
				"secret/g": {Break: true, AcceptScore: 2.5, RejectScore: -1, Least: math.Inf(-1), Most: 7, Flags: []string{"first_error", "min"}},
			},
		},
		"ignore_sample stays at the top": {
			files{"problem.yaml": scoring, "data/testdata.yaml": "grader_flags: ignore_sample max"},
			map[string]*problem.LegacyGrading{
				"":         grading(func(g *problem.LegacyGrading) { g.Break, g.Flags = false, []string{"ignore_sample", "max"} }),
				"secret":   grading(func(g *problem.LegacyGrading) { g.Break, g.Flags = false, []string{"max"} }),
				"secret/g": grading(func(g *problem.LegacyGrading) { g.Break, g.Flags = false, []string{"max"} }),
			},
		},
		"problem.yaml outdoes testdata.yaml": {
			files{
				"problem.yaml":              scoring + "grading: {on_reject: worst_error, accept_score: 3, reject_score: 1, range: '0 9'}",
				"data/secret/testdata.yaml": "on_reject: break\naccept_score: 5",
			},
			map[string]*problem.LegacyGrading{
				"":         {AcceptScore: 3, RejectScore: 1, Most: 9},
				"secret":   {AcceptScore: 3, RejectScore: 1, Most: 9},
				"secret/g": {AcceptScore: 3, RejectScore: 1, Most: 9},
			},
		},
		"custom": {
			files{"problem.yaml": scoring, "graders/g.py": "", "data/secret/g/testdata.yaml": "grading: custom\ngrader_flags: anything goes"},
			map[string]*problem.LegacyGrading{
				"": grading(), "secret": grading(),
				"secret/g": grading(func(g *problem.LegacyGrading) { g.Custom, g.Flags = true, []string{"anything", "goes"} }),
			},
		},
		"2023 with testdata.yaml": {
			files{"problem.yaml": "problem_format_version: 2023-07\ntype: scoring", "data/secret/testdata.yaml": "accept_score: 4"},
			map[string]*problem.LegacyGrading{
				"":       grading(),
				"secret": grading(func(g *problem.LegacyGrading) { g.AcceptScore = 4 }), "secret/g": grading(func(g *problem.LegacyGrading) { g.AcceptScore = 4 }),
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, pairs("secret/1", "secret/g/1").with(tt.files).write(t))
			legacy, modern := gradings(p.Groups)
			if diff := cmp.Diff(tt.want, legacy); diff != "" || len(modern) > 0 {
				t.Errorf("%s; by the other rules: %v", diff, modern)
			}
			if _, custom := tt.files["graders/g.py"]; custom != (p.Grader != nil) {
				t.Errorf("grader %v", p.Grader)
			}
		})
	}
}

func TestModernGrading(t *testing.T) {
	const scoring = modern + "type: scoring\n"
	tests := map[string]struct {
		files files
		want  map[string]*problem.ModernGrading
	}{
		"pass-fail": {
			files{"problem.yaml": modern},
			map[string]*problem.ModernGrading{
				"":       {},
				"sample": {Group: true, Unbounded: true, Aggregation: "pass-fail"},
				"secret": {Group: true, Unbounded: true, Aggregation: "pass-fail"}, "secret/g": {},
			},
		},
		"scoring": {
			files{"problem.yaml": scoring},
			map[string]*problem.ModernGrading{
				"":       {},
				"sample": {Group: true, Unbounded: true, Aggregation: "pass-fail"},
				"secret": {Group: true, MaxScore: 100, Aggregation: "sum"}, "secret/g": {},
			},
		},
		"groups": {
			files{
				"problem.yaml": scoring, "data/secret/1.in": "-", "data/secret/1.ans": "-",
				"data/secret/f/1.in": "", "data/secret/f/1.ans": "",
				"data/secret/test_group.yaml":   "max_score: 50\nrequire_pass: sample",
				"data/secret/f/test_group.yaml": "max_score: 20",
				"data/secret/g/test_group.yaml": "max_score: 30\nscore_aggregation: min\nrequire_pass: [sample, f]",
			},
			map[string]*problem.ModernGrading{
				"":         {},
				"sample":   {Group: true, Unbounded: true, Aggregation: "pass-fail"},
				"secret":   {Group: true, MaxScore: 50, Aggregation: "sum", RequirePass: []string{"sample"}},
				"secret/f": {Group: true, MaxScore: 20, Aggregation: "pass-fail"},
				"secret/g": {Group: true, MaxScore: 30, Aggregation: "min", RequirePass: []string{"sample", "secret/f"}},
			},
		},
		"unbounded": {
			files{
				"problem.yaml": scoring, "data/secret/1.in": "-", "data/secret/1.ans": "-",
				"data/secret/test_group.yaml":   "max_score: unbounded",
				"data/secret/g/test_group.yaml": "score_aggregation: sum",
			},
			map[string]*problem.ModernGrading{
				"":         {},
				"sample":   {Group: true, Unbounded: true, Aggregation: "pass-fail"},
				"secret":   {Group: true, Unbounded: true, Aggregation: "sum"},
				"secret/g": {Group: true, Unbounded: true, Aggregation: "sum"},
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, pairs("sample/1", "secret/1", "secret/g/1").with(tt.files).write(t))
			legacy, modern := gradings(p.Groups)
			if diff := cmp.Diff(tt.want, modern); diff != "" || len(legacy) > 0 {
				t.Errorf("%s; by the other rules: %v", diff, legacy)
			}
		})
	}
}

func TestStaticTests(t *testing.T) {
	p := load(t, pairs("sample/1", "secret/g/1").with(files{
		"problem.yaml": modern + "type: scoring", "static_validator/v.py": "",
		"data/sample/test_group.yaml":   "static_validation_score: pass-fail",
		"data/secret/test_group.yaml":   "static_validator_args: [a, b]",
		"data/secret/g/test_group.yaml": "max_score: 60\nscore_aggregation: sum\nstatic_validation_score: 10",
		"data/secret/h/test_group.yaml": "max_score: 40\nscore_aggregation: sum\nstatic_validation_score: 40\nstatic_validator_args: [c]",
	}).write(t))
	if p.StaticValidator == nil || p.StaticValidator.Language != "python3" {
		t.Fatalf("static validator %+v", p.StaticValidator)
	}
	got := make(map[string]*problem.StaticTest)
	var walk func(*problem.Group)
	walk = func(g *problem.Group) {
		if g.Static != nil {
			got[g.Name] = g.Static
		}
		for _, c := range g.Children {
			if c.Group != nil {
				walk(c.Group)
			}
		}
	}
	walk(p.Groups)
	want := map[string]*problem.StaticTest{
		"sample":   {PassFail: true},
		"secret/g": {Args: []string{"a", "b"}, Score: 10},
		"secret/h": {Args: []string{"c"}, Score: 40}, // without other test cases
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
