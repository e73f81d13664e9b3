package reader_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
)

// examples is a package of 2025-09 with a few submissions and submissions.yaml.
func examples(yaml string) files {
	f := sound().with(files{
		"problem.yaml":                                  "problem_format_version: 2025-09\nname: Sum\nuuid: 1\nlimits: {time_limit: 1}\n",
		"data/secret/big/2.in":                          "5 6\n",
		"data/secret/big/2.ans":                         "11\n",
		"submissions/submissions.yaml":                  yaml,
		"submissions/accepted/a.py":                     "",
		"submissions/wrong_answer/b.cpp":                "",
		"submissions/time_limit_exceeded/slow/Main.py":  "",
		"submissions/time_limit_exceeded/slow/other.py": "",
		"submissions/mixed/c.txt.py":                    "",
		"submissions/memory_limit/d.py":                 "",
	})
	return f
}

// rules returns what submissions must get, by their paths below submissions.
func rules(t *testing.T, f files) map[string]problem.Submission {
	t.Helper()
	got, err := load(t, f.write(t)).Submissions()
	must(t, err)
	all := map[string]problem.Submission{}
	for _, s := range got {
		all[strings.TrimPrefix(s.Path, "submissions/")] = s
	}
	return all
}

func TestExampleFile(t *testing.T) {
	const file = "submissions/submissions.yaml"
	accepted := problem.Rule{Source: "directory", Permitted: codes{ac}}
	wrong := problem.Rule{Source: "directory", Permitted: codes{ac, wa}, Required: codes{wa}}
	slow := problem.Rule{Source: "directory", Permitted: codes{ac, tle}, Required: codes{tle}}
	tests := map[string]struct {
		yaml, submission string
		want             []problem.Rule
	}{
		"no entry": {"", "accepted/a.py", []problem.Rule{accepted}},
		"directory replaced key by key": {
			"wrong_answer:\n  permitted: [WA, AC, TLE]\n", "wrong_answer/b.cpp",
			[]problem.Rule{{Source: file + ":1", Permitted: codes{wa, ac, tle}, Required: codes{wa}}},
		},
		"also with a slash": {
			"wrong_answer/:\n  required: [RTE]\n", "wrong_answer/b.cpp",
			[]problem.Rule{{Source: file + ":1", Permitted: codes{ac, wa}, Required: codes{rte}}},
		},
		"its files add": {
			"wrong_answer/*:\n  permitted: [WA]\n", "wrong_answer/b.cpp",
			[]problem.Rule{wrong, {Source: file + ":1", Permitted: codes{wa}}},
		},
		"so does another pattern": {
			"wrong_*:\n  permitted: [WA]\n", "wrong_answer/b.cpp",
			[]problem.Rule{wrong, {Source: file + ":1", Permitted: codes{wa}}},
		},
		"several": {
			"'*/{a,b}.*':\n  message: x\nwrong_answer/b.cpp:\n  permitted: [WA]\n", "wrong_answer/b.cpp",
			[]problem.Rule{wrong, {Source: file + ":1", Message: "x"}, {Source: file + ":3", Permitted: codes{wa}}},
		},
		"unknown directory": {
			"mixed/*:\n  permitted: [WA]\n", "mixed/c.txt.py", []problem.Rule{{Source: file + ":1", Permitted: codes{wa}}},
		},
		"verdicts outdo a name that the format does not know": {
			"memory_limit/*:\n  required: [RTE]\n", "memory_limit/d.py", []problem.Rule{{Source: file + ":1", Required: codes{rte}}},
		},
		"parts": {
			"accepted/a.py:\n  secret/b*:\n    required: [AC]\n    message: Hm\n", "accepted/a.py",
			[]problem.Rule{accepted, {Source: file + ":1"}, {Source: file + ":2", Tests: "secret/b*", Required: codes{ac}, Message: "Hm"}},
		},
		"time limit": {
			"time_limit_exceeded/slow:\n  use_for_time_limit: lower\n", "time_limit_exceeded/slow",
			[]problem.Rule{withTime(slow, problem.TimeUnused), {Source: file + ":1", Time: problem.TimeLower}},
		},
		"no time limit": {
			"accepted/a.py:\n  use_for_time_limit: False\n", "accepted/a.py",
			[]problem.Rule{withTime(accepted, problem.TimeUnused), {Source: file + ":1", Time: problem.TimeUnused}},
		},
		"nothing said": {"accepted/a.py:\n", "accepted/a.py", []problem.Rule{accepted, {Source: file + ":1"}}},
		"people, models": {
			"accepted/*: {model_solution: true, authors: [{name: A, email: a@b.c}, B]}", "accepted/a.py",
			[]problem.Rule{accepted, {Source: file + ":1"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := rules(t, examples(tt.yaml))[tt.submission].Expected
			if diff := cmp.Diff(tt.want, got.Rules, cmpopts.IgnoreFields(problem.Rule{}, "Pattern")); diff != "" {
				t.Error(diff)
			}
			if got.Final != nil {
				t.Errorf("final verdicts are %v, want none", got.Final)
			}
		})
	}
}

func withTime(r problem.Rule, use problem.TimeUse) problem.Rule {
	r.Time = use
	return r
}

func TestExampleFileScores(t *testing.T) {
	f := examples("accepted/a.py:\n  score: [10, 20.5]\n  secret/big: {score: 3}\n")
	f["problem.yaml"] += "type: scoring\n"
	got := rules(t, f)["accepted/a.py"].Expected.Rules
	if len(got) != 3 || *got[1].Score != (problem.ScoreRange{Least: 10, Most: 20.5}) || *got[2].Score != (problem.ScoreRange{Least: 3, Most: 3}) {
		t.Errorf("rules are %+v, want scores of 10 to 20.5 and 3", got)
	}
}

func TestExampleFilePrograms(t *testing.T) {
	all := rules(t, examples("'{accepted,mixed}/*': {language: pypy3, model_solution: true}\n"+
		"time_limit_exceeded/slow: {entrypoint: other.py}\n"))
	for path, want := range map[string][3]any{
		"accepted/a.py":            {"pypy3", "", true},
		"mixed/c.txt.py":           {"pypy3", "", true},
		"time_limit_exceeded/slow": {"python3", "other.py", false},
		"wrong_answer/b.cpp":       {"cpp", "", false},
	} {
		s := all[path]
		if got := [3]any{s.Language, s.EntryPoint, s.Model}; got != want {
			t.Errorf("%s: language, entry point, model are %v, want %v", path, got, want)
		}
	}
}

func TestBrokenExampleFile(t *testing.T) {
	const file = "submissions/submissions.yaml:"
	tests := map[string]struct {
		yaml string
		want []string
	}{
		"unknown key":  {"accepted/*:\n  permited: [AC]", []string{file + "2: unknown key accepted/*.permited"}},
		"in a part":    {"accepted/*:\n  sample:\n    language: c", []string{file + "3: unknown key accepted/*.sample.language"}},
		"verdict":      {"accepted/*:\n  permitted: [AC, MLE]", []string{file + `2: accepted/*.permitted has "MLE", which is not known`}},
		"none":         {"accepted/*: {required: []}", []string{file + "1: accepted/*.required is an empty list, which no verdict is in"}},
		"no list":      {"accepted/*: {required: AC}", []string{file + `1: accepted/*.required must be a list, not "AC"`}},
		"score":        {"accepted/*: {score: 5}", []string{file + "1: accepted/*.score is for scoring problems only"}},
		"scores":       {"accepted/*: {score: [5, 4]}", []string{file + "1: accepted/*.score begins with 5 and ends with 4, which is less"}},
		"three scores": {"accepted/*: {score: [1, 2, 3]}", []string{file + "1: accepted/*.score must be two numbers, not 3"}},
		"time":         {"accepted/*: {use_for_time_limit: true}", []string{file + `1: accepted/*.use_for_time_limit must be false, lower or upper, not "true"`}},
		"model":        {"accepted/*: {model_solution: 3}", []string{file + `1: accepted/*.model_solution must be true or false, not "3"`}},
		"authors":      {"accepted/*: {authors: [[a]]}", []string{file + "1: accepted/*.authors must be names, not a list"}},
		"no map":       {"accepted/*: AC", []string{file + `1: accepted/* must be a map of keys and values, not "AC"`}},
		"no maps":      {"- accepted", []string{file + "1: must be a map of keys and values, not a list"}},
		"brackets":     {"'accepted/[ab].py': {}", []string{file + "1: accepted/[ab].py has brackets, which patterns do not know"}},
		"stars":        {"'**/a.py': {}", []string{file + "1: **/a.py has **, which patterns do not know"}},
		"brace":        {"'accepted/{a,b.py': {}", []string{file + "1: accepted/{a,b.py has a { without a } after it"}},
		"tests":        {"accepted/*:\n  secret/[1]: {}", []string{file + "2: accepted/*.secret/[1] has brackets, which patterns do not know"}},
		"syntax":       {"accepted: [", []string{file + "1: broken yaml: did not find expected node content"}},
		"two languages": {
			"accepted/*: {language: c}\naccepted/a.py: {language: cpp}",
			[]string{file + "2: submissions/accepted/a.py is given two languages, c and cpp"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := examples(tt.yaml)
			if strings.Contains(name, "scores") {
				f["problem.yaml"] += "type: scoring\n"
			}
			got, err := load(t, f.write(t)).Submissions()
			var invalid *issue.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("Submissions() = %v, want an InvalidError", err)
			}
			issues := strip(invalid.Issues)
			for i := range issues {
				issues[i], _, _ = strings.Cut(issues[i], "; ")
			}
			if diff := cmp.Diff(tt.want, issues); diff != "" {
				t.Error(diff)
			}
			if len(got) != 5 {
				t.Errorf("%d submissions, want all five", len(got))
			}
		})
	}
}

func TestExampleFileWarnings(t *testing.T) {
	p := load(t, examples("accepted/z.py: {}\naccepted/a.py:\n  secret/small: {required: [AC]}\n").write(t))
	want := []string{
		"submissions/submissions.yaml:1: there is no submission accepted/z.py",
		"submissions/submissions.yaml:2: accepted/a.py: there is no test case secret/small",
	}
	if diff := cmp.Diff(want, strip(p.Warnings)); diff != "" {
		t.Error(diff)
	}
}

// TestLegacyExampleFile: the older formats do not have the file, so it counts only when it is clear what it is.
func TestLegacyExampleFile(t *testing.T) {
	for name, tt := range map[string]struct {
		yaml string
		used bool
	}{
		"in use":         {"wrong_answer/b.cpp: {permitted: [WA]}", true},
		"for nothing":    {"wrong_answer/z.cpp: {permitted: [WA]}", false},
		"something else": {"wrong_answer/b.cpp: {who: me}", false},
		"no map":         {"- b.cpp", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := load(t, examples(tt.yaml).with(files{"problem.yaml": "name: Sum\n"}).write(t))
			got, err := p.Submissions()
			must(t, err)
			used := false
			for _, s := range got {
				for _, r := range s.Expected.Rules {
					used = used || strings.HasPrefix(r.Source, "submissions/")
				}
			}
			if used != tt.used || (len(p.Warnings) == 0) != tt.used {
				t.Errorf("used = %t with warnings %v, want %t", used, p.Warnings, tt.used)
			}
		})
	}
}

func TestExampleDetails(t *testing.T) {
	all := rules(t, examples("").with(files{
		"submissions/accepted/odd.x": "",
		"submissions/submissions.json": `{"accepted/odd.x": {"language_id": "kt", "team": "x", "entry_point": "AKt"},
			"accepted/a.py": {"language_id": "cpp"}}`,
	}))
	if s := all["accepted/odd.x"]; s.Language != "kotlin" || s.EntryPoint != "AKt" {
		t.Errorf("language, entry point = %q, %q, want kotlin, AKt", s.Language, s.EntryPoint)
	}
	if s := all["accepted/a.py"]; s.Language != "python3" {
		t.Errorf("language = %q, want that of the extension, python3", s.Language)
	}
}
