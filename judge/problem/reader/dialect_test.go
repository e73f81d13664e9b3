package reader_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
)

// TestDialect: whose rules hold depends on who the package was made for.
func TestDialect(t *testing.T) {
	const scoring = "name: x\ntype: scoring\n"
	tests := map[string]struct {
		files files
		want  bool
	}{
		"kattis":             {files{"problem.yaml": scoring}, false},
		"with ini":           {files{"problem.yaml": scoring, "domjudge-problem.ini": "timelimit=1"}, true},
		"pass-fail with ini": {files{"domjudge-problem.ini": "timelimit=1"}, false},
		"tagged":             {files{"problem.yaml": scoring, "submissions/accepted/a.py": "# @EXPECTED_SCORE@: 40\n"}, true},
		"tagged, with a flag of kattis": {files{
			"problem.yaml": scoring, "submissions/accepted/a.py": "# @EXPECTED_SCORE@: 40\n",
			"data/secret/testdata.yaml": "grader_flags: first_error",
		}, false},
		"tagged, with a grader": {files{
			"problem.yaml": scoring, "submissions/accepted/a.py": "# @EXPECTED_SCORE@: 40\n",
			"data/secret/testdata.yaml": "grading: custom", "graders/g.py": "",
		}, false},
		"tagged with results": {files{"problem.yaml": scoring, "submissions/mixed/a.py": "# @EXPECTED_RESULTS@: CORRECT\n"}, false},
		"kattis by gavel.yaml": {
			files{"problem.yaml": scoring, "domjudge-problem.ini": "timelimit=1", "gavel.yaml": "grading_dialect: kattis"}, false,
		},
		"domjudge by gavel.yaml": {files{"problem.yaml": scoring, "gavel.yaml": "grading_dialect: domjudge"}, true},
		"2023 with ini": {
			files{
				"problem.yaml":         "problem_format_version: 2023-07\ntype: scoring",
				"domjudge-problem.ini": "timelimit=1", "data/secret/testdata.yaml": "accept_score: 1",
			}, true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(tt.files).write(t))
			if got := p.Groups.Legacy.DOMjudge; got != tt.want || p.Scores != tt.want {
				t.Errorf("by DOMjudge's rules: %t, validator gives scores: %t, want both %t", got, p.Scores, tt.want)
			}
		})
	}
	p := load(t, sound().with(files{
		"problem.yaml":         modern + "type: scoring",
		"domjudge-problem.ini": "timelimit=1",
	}).write(t))
	if p.Groups.Modern == nil {
		t.Error("2025-09 with domjudge-problem.ini is not graded by the rules of 2025-09")
	}
}

// TestDOMjudgeGroups: nothing is inherited, and a directory is a group when it has a file.
func TestDOMjudgeGroups(t *testing.T) {
	p := load(t, pairs("secret/g/1", "secret/h/1").with(files{
		"problem.yaml": "name: x\ntype: scoring", "domjudge-problem.ini": "",
		"data/testdata.yaml":            "on_reject: continue\ngrader_flags: ignore_sample first_error",
		"data/secret/testdata.yaml":     "range: 0 100\ngrader_flags: max\noutput_validator_flags: case_sensitive",
		"data/secret/g/test_group.yaml": "accept_score: 30\n",
	}).write(t))
	legacy, _ := gradings(p.Groups)
	want := map[string]*problem.LegacyGrading{
		"": {
			AcceptScore: 1, Least: math.Inf(-1), Most: math.Inf(1), Flags: []string{"ignore_sample", "first_error"}, DOMjudge: true, Scored: true,
		},
		"secret":   {Break: true, AcceptScore: 1, Least: 0, Most: 100, Flags: []string{"max"}, DOMjudge: true, Scored: true},
		"secret/g": {Break: true, AcceptScore: 30, Least: math.Inf(-1), Most: math.Inf(1), DOMjudge: true, Scored: true},
		"secret/h": {Break: true, AcceptScore: 1, Least: math.Inf(-1), Most: math.Inf(1), DOMjudge: true},
	}
	if diff := cmp.Diff(want, legacy); diff != "" {
		t.Error(diff)
	}
	args := [][]string{p.Tests[0].ValidatorArgs, p.Tests[1].ValidatorArgs}
	if diff := cmp.Diff([][]string{nil, {"case_sensitive"}}, args); diff != "" {
		t.Error(diff)
	}
	warned := []string{
		"scores are those of DOMjudge's rules, because the package was made for it",
		`data/testdata.yaml:2: grader_flags has "first_error", which DOMjudge does not know and ignores`,
		"data/secret/g/test_group.yaml: format legacy calls this file testdata.yaml",
	}
	if diff := cmp.Diff(warned, strip(p.Warnings)); diff != "" {
		t.Error(diff)
	}
}

func TestINI(t *testing.T) {
	const ini = "[problem]\nname = 'A; \"B\"'  \r\n; special_run = x\n#timelimit=9\nspecial_compare = 'cmp'\ntimelimit=2;seconds\n"
	p := load(t, sound().with(files{"problem.yaml": "-", "domjudge-problem.ini": ini, "output_validators/cmp/a.py": ""}).write(t))
	if p.Title != `A; "B"` || p.Validator == nil || p.Kind != (problem.Kind{}) || p.Limits.Time.Seconds() != 2 {
		t.Errorf("title %q, validator %v, kind %+v, time %v", p.Title, p.Validator, p.Kind, p.Limits.Time)
	}
	p = load(t, sound().with(files{"problem.yaml": "-", "domjudge-problem.ini": "special_run=\"r\"\nspecial_compare='r'", "output_validators/r/a.py": ""}).write(t))
	if p.Validator == nil || !p.Kind.Interactive {
		t.Errorf("validator %v, kind %+v, want an interactive problem", p.Validator, p.Kind)
	}
	p = load(t, sound().with(files{"domjudge-problem.ini": "special_run='run'\nspecial_compare='compare'\nname=y"}).write(t))
	if p.Title != "Sum" || p.Validator != nil || len(p.Warnings) > 0 {
		t.Errorf("title %q, validator %v, warnings %v", p.Title, p.Validator, p.Warnings)
	}
}
