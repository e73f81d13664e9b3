package judge

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// scored is a scoring problem with two equal test cases, a validator and a static validator.
func scored(validator, static string) map[string]string {
	return map[string]string{
		"problem.yaml": "problem_format_version: 2025-09\ntype: scoring\nname: Scored\nuuid: 5d1f2c9e-94f0-4b0e-8f0f-6f1a8e0a5bff\n" +
			"limits:\n  time_limit: 5.0\n  validation_time: 2\n",
		"output_validator/validate.py":     validator,
		"static_validator/validate.py":     static,
		"data/sample/1.in":                 "1\n",
		"data/sample/1.ans":                "1\n",
		"data/secret/test_group.yaml":      "max_score: 90\nstatic_validation_score: 30\n",
		"data/secret/1.in":                 "1\n",
		"data/secret/1.ans":                "1\n",
		"data/secret/2.in":                 "2\n",
		"data/secret/2.ans":                "1\n",
		"data/secret/3.in":                 "1\n",
		"data/secret/3.ans":                "1\n",
		"submissions/accepted/a.py":        "print(1)\n",
		"input_validators/validate.py":     "import sys; sys.exit(42)\n",
		"statement/problem.en.md":          "# Scored\n",
		"submissions/accepted/entry/b.py":  "print(1)\n",
		"submissions/accepted/entry/c.txt": "notes\n",
	}
}

// ownGrader is a scoring problem of the legacy format whose grader decides.
func ownGrader(grader string) map[string]string {
	files := judgetest.Double()
	files["problem.yaml"] += "type: scoring\n"
	files["data/testdata.yaml"] = "on_reject: continue\ngrading: custom\ngrader_flags: a b\nrange: 0 50\n"
	files["data/sample/testdata.yaml"] = "grading: default\n"
	files["data/secret/testdata.yaml"] = "grading: default\naccept_score: 20\n"
	files["graders/grade.py"] = grader
	return files
}

const (
	accepts    = "import sys\nsys.exit(42)\n"
	seesInputs = "import os, sys\nassert sys.argv[1] == 'python3' and sys.argv[2] == 'a.py' and sys.argv[3].endswith('/')\n" +
		"assert open('a.py').read() == 'print(1)\\n', os.listdir()\nopen(sys.argv[3] + 'score.txt', 'w').write('15')\nsys.exit(42)\n"
)

func TestScoringPrograms(t *testing.T) {
	b := newBenchWith(t, []string{"python3"}, nil)
	for _, tt := range []struct {
		name    string
		files   map[string]string
		source  string
		verdict verdict.Code
		score   float64
		problem string // what the judge error must say
	}{
		{"static validator sees the submission", scored(accepts, seesInputs), "print(1)\n", "AC", 75, ""},
		{"static validator ends with 0", scored(accepts, "pass"), "print(1)\n", "JE", 0, "static validator: test secret (static): static validator"},
		{"static validator gives too much", scored(accepts, strings.Replace(seesInputs, "15", "31", 1)), "print(1)\n", "JE", 0, "it gave the score 31, but a test case of the group secret gets 30 at most"},
		{"score is no number", scored("import sys\nopen(sys.argv[3] + 'score.txt', 'w').write('nan')\nsys.exit(42)\n", accepts), "print(1)\n", "JE", 0, "output validator of test "},
		{"grader gets lines and flags", ownGrader("import sys\nassert sys.stdin.read() == 'AC 1\\nAC 40\\n' and sys.argv[1:] == ['a', 'b']\nprint('AC 12.5')\n"), "print(2 * int(input()))\n", "AC", 12.5, ""},
		{"grader rejects", ownGrader("print('WA 12.5')\n"), "print(2 * int(input()))\n", "WA", 0, ""},
		{"grader prints garbage", ownGrader("print('great')\n"), "print(2 * int(input()))\n", "JE", 0, "grader printed"},
		{"grader fails", ownGrader("raise SystemExit(3)\n"), "print(2 * int(input()))\n", "JE", 0, "grader ended with exit code 3"},
		{"grader says JE", ownGrader("print('JE 0')\n"), "print(2 * int(input()))\n", "JE", 0, "the grader says JE"},
		{"grader out of range", ownGrader("print('AC 51')\n"), "print(2 * int(input()))\n", "JE", 0, "got the score 51, which is outside of its range 0 to 50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := judgetest.Package(t, "double", maps.Clone(tt.files))
			r, err := b.judge.JudgeProblem(t.Context(), p, submission("s", "python3", file("a.py", tt.source)), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			if r.Verdict != tt.verdict || r.Score == nil || *r.Score != tt.score {
				t.Errorf("verdict %s, score %v, want %s %v; error %+v", r.Verdict, deref(r.Score), tt.verdict, tt.score, r.Error)
			}
			if tt.problem != "" && (r.Error == nil || !strings.Contains(r.Error.Message, tt.problem)) {
				t.Errorf("error %+v, want one that says %q", r.Error, tt.problem)
			}
		})
	}
}

func deref(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// Of equal test cases one is run: a program that does something else in every run cannot tell.
func TestEqualTestsAreRunOnce(t *testing.T) {
	b := newBenchWith(t, []string{"python3"}, nil)
	p := judgetest.Package(t, "double", scored(accepts, accepts))
	r, err := b.judge.JudgeProblem(t.Context(), p, submission("s", "python3", file("a.py", "print(1)")), nil)
	if err != nil {
		t.Fatalf("JudgeProblem() = %v", err)
	}
	same := map[string]string{}
	for _, test := range r.Tests {
		if test.SameAs != "" {
			same[test.Name] = test.SameAs
		}
	}
	if diff := cmp.Diff(map[string]string{"secret/1": "sample/1", "secret/3": "sample/1"}, same); diff != "" {
		t.Errorf("same as (-want +got):\n%s", diff)
	}
	if r.Tests[0].WallUsec != r.Tests[4].WallUsec {
		t.Errorf("tests that are equal took %v and %v", r.Tests[0], r.Tests[4])
	}
}

// A submission of answers is judged without a language, and counts as a program in nothing else.
func TestSubmitAnswer(t *testing.T) {
	b := newBenchWith(t, []string{"python3"}, nil)
	files := judgetest.Double()
	delete(files, "submissions/accepted/a.py")
	files["problem.yaml"] = "problem_format_version: 2025-09\ntype: submit-answer\nname: Double\nuuid: 5d1f2c9e-94f0-4b0e-8f0f-6f1a8e0a5bfe\n" +
		"limits:\n  output: 1\n  code: 1\n  time_limit: 1.0\n"
	delete(files, ".timelimit")
	p := judgetest.Package(t, "double", files)
	if !p.Kind.SubmitAnswer || p.Limits.TimeSource == problem.TimeComputed {
		t.Fatalf("kind %+v, limits %+v", p.Kind, p.Limits)
	}
	right := []api.SourceFile{{Name: "1.out", Text: "2"}, {Name: "2.ans", Text: "42\n"}, {Name: "3.out", Text: " 100 "}}
	for _, tt := range []struct {
		name  string
		files []api.SourceFile
		want  []string
	}{
		{"right", right, []string{"AC", "AC", "AC"}},
		{"larger than code may be", append(right[1:], api.SourceFile{Name: "1.out", Text: "2" + strings.Repeat(" ", 2000)}), []string{"AC", "AC", "AC"}},
		{"missing", right[:2], []string{"AC", "AC", "WA no_output"}},
		{"wrong", append(right[1:], api.SourceFile{Name: "1.out", Text: "3"}), []string{"WA", "SK", "SK"}},
		{"empty", append(right[1:], api.SourceFile{Name: "1.out"}), []string{"WA no_output", "SK", "SK"}},
		{"too long", append(right[1:], api.SourceFile{Name: "1.out", Text: "2" + strings.Repeat(" ", 1<<20)}), []string{"OLE", "SK", "SK"}},
		{"archive", []api.SourceFile{{Name: "all.zip", Content: zipped(t, "sample/1.out")}}, []string{"WA", "SK", "SK"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := b.judge.JudgeProblem(t.Context(), p, submission("s", "", tt.files...), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			var got []string
			for _, test := range r.Tests {
				got = append(got, strings.TrimSpace(string(test.Verdict)+" "+string(test.Reason)))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || r.Language != AnswersLanguage {
				t.Errorf("language %s, tests (-want +got):\n%s", r.Language, diff)
			}
		})
	}
}
