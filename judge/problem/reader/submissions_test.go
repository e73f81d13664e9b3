package reader_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
)

func TestSubmissions(t *testing.T) {
	p := load(t, sound().with(files{
		"submissions/accepted/sum.py":          "print(1)",
		"submissions/accepted/old.py":          "#!/usr/bin/python2\nprint 1",
		"submissions/accepted/README.md":       "",
		"submissions/accepted/x.pl":            "#!/usr/bin/perl -w",
		"submissions/accepted/Two.java":        "",
		"submissions/accepted/many/b.cpp":      "",
		"submissions/accepted/many/a.h":        "",
		"submissions/accepted/many/Main.cpp":   "",
		"submissions/wrong_answer/strange.zzz": "",
		"submissions/loose.py":                 "",
	}).write(t))
	got, err := p.Submissions()
	must(t, err)
	type row struct {
		Path, Language, EntryPoint string
		Files                      []string
	}
	var rows []row
	for _, s := range got {
		r := row{Path: s.Path, Language: s.Language, EntryPoint: s.EntryPoint}
		for _, f := range s.Files {
			r.Files = append(r.Files, f.Name)
		}
		rows = append(rows, r)
	}
	want := []row{
		{"submissions/accepted/Two.java", "java", "", []string{"Two.java"}},
		{"submissions/accepted/many", "cpp", "", []string{"Main.cpp", "a.h", "b.cpp"}},
		{"submissions/accepted/old.py", "python2", "", []string{"old.py"}},
		{"submissions/accepted/sum.py", "python3", "", []string{"sum.py"}},
		{"submissions/accepted/x.pl", "perl", "", []string{"x.pl"}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestExpectations(t *testing.T) {
	tests := map[string]struct {
		dir, source string
		want        codes
	}{
		"accepted":        {"accepted", "", codes{ac}},
		"wrong answer":    {"wrong_answer", "", codes{wa}},
		"time limit":      {"time_limit_exceeded", "", codes{tle}},
		"run-time error":  {"run_time_error", "", codes{rte}},
		"memory":          {"memory_limit", "", codes{mle}},
		"memory exceeded": {"memory_limit_exceeded", "", codes{mle}},
		"output":          {"output_limit_exceeded", "", codes{ole}},
		"compiler error":  {"compiler_error", "", codes{ce}},
		"no output":       {"no_output", "", codes{wa}},
		"rejected":        {"rejected", "", codes{wa, tle, rte, mle, ole}},
		"mixed":           {"mixed", "", nil},
		"unknown":         {"slow_accepted", "", nil},
		"tag":             {"mixed", "// @EXPECTED_RESULTS@: WRONG-ANSWER, timelimit ", codes{wa, tle}},
		"tag, one line":   {"mixed", "/* @EXPECTED_RESULTS@: CORRECT */", codes{ac}},
		"old names":       {"mixed", "# @EXPECTED_RESULTS@: TIME_LIMIT_EXCEEDED,ACCEPTED", codes{tle, ac}},
		"run error":       {"mixed", "# @EXPECTED_RESULTS@: RUN-ERROR", codes{rte, mle}},
		"any case":        {"mixed", "# @expected_results@: Timelimit", codes{tle}},
		"to the line end": {"mixed", "# @EXPECTED_RESULTS@: TIMELIMIT\n, CORRECT", codes{tle}},
		"last line":       {"mixed", "# one\n# @EXPECTED_RESULTS@: TIMELIMIT", codes{tle}},
		"no space":        {"mixed", "# @EXPECTED_RESULTS@:RUN-ERROR", nil},
		"manual":          {"mixed", "# @EXPECTED_RESULTS@: CHECK-MANUALLY", nil},
		"score in words":  {"mixed", "# @EXPECTED_SCORE@: WRONG-ANSWER", codes{wa}},
		"score":           {"mixed", "# @EXPECTED_SCORE@: 74.5", nil},
		"tag narrows":     {"run_time_error", "# @EXPECTED_RESULTS@: MEMORY-LIMIT", codes{mle}},
		"tag cannot widen": {
			"wrong_answer", "# @EXPECTED_RESULTS@: WRONG-ANSWER, TIMELIMIT", codes{wa},
		},
		"tag in another directory": {"memory_limit", "# @EXPECTED_RESULTS@: RUN-ERROR", codes{rte, mle}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(files{"submissions/" + tt.dir + "/a.py": tt.source}).write(t))
			got, err := p.Submissions()
			must(t, err)
			if diff := cmp.Diff(tt.want, got[0].Expected.Codes()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenTags(t *testing.T) {
	p := load(t, sound().with(files{
		"submissions/wrong_answer/a.py": "# @EXPECTED_RESULTS@: CORRECT\n",
		"submissions/mixed/a.py":        "# @EXPECTED_RESULTS@: CORRECT\n# @EXPECTED_RESULTS@: TIMELIMIT\n",
		"submissions/accepted/a.py":     "",
	}).write(t))
	got, err := p.Submissions()
	var invalid *issue.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("Submissions = %v, want an InvalidError", err)
	}
	want := []string{
		"submissions/mixed/a.py: has more than one @EXPECTED_RESULTS@ tag",
		"submissions/wrong_answer/a.py: its @EXPECTED_RESULTS@ tag contradicts the directory that it is in",
	}
	if diff := cmp.Diff(want, strip(invalid.Issues)); diff != "" {
		t.Error(diff)
	}
	if len(got) != 1 || got[0].Path != "submissions/accepted/a.py" {
		t.Errorf("sound submissions are %v, want the accepted one", got)
	}
}

// TestLanguageOfSeveralFiles: the legacy formats take the language with the most files, 2025-09 wants one.
func TestLanguageOfSeveralFiles(t *testing.T) {
	modern := "problem_format_version: 2025-09\nname: Sum\nuuid: 1\nlimits: {time_limit: 1}\n"
	for name, tt := range map[string]struct {
		names          []string
		legacy, modern string
	}{
		"headers":        {[]string{"a.cpp", "b.h", "c/d.hpp", "notes.txt"}, "cpp", "cpp"},
		"below":          {[]string{"a/b/c.py", "a/d.py"}, "python3", "python3"},
		"C with C++":     {[]string{"a.c", "b.cc"}, "cpp", "cpp"},
		"most of them":   {[]string{"a.java", "b.java", "gen.py"}, "java", ""},
		"as many":        {[]string{"a.java", "gen.py"}, "", ""},
		"upper case C":   {[]string{"a.C"}, "cpp", "cpp"},
		"Perl's modules": {[]string{"a.pm"}, "perl", "perl"},
		"Prolog":         {[]string{"a.pl"}, "prolog", "prolog"},
		"upper case":     {[]string{"SUM.CPP"}, "cpp", "cpp"},
		"modules":        {[]string{"main.mjs", "b.cjs"}, "javascript", "javascript"},
		"Bash":           {[]string{"a.bash"}, "bash", "bash"},
		"Pascal":         {[]string{"a.p", "b.PP"}, "pascal", "pascal"},
	} {
		t.Run(name, func(t *testing.T) {
			f := sound()
			for _, n := range tt.names {
				f["submissions/accepted/x/"+n] = ""
			}
			for _, c := range []struct{ yaml, want string }{{"name: Sum\n", tt.legacy}, {modern, tt.modern}} {
				got, err := load(t, f.with(files{"problem.yaml": c.yaml}).write(t)).Submissions()
				must(t, err)
				if len(got) != 1 || got[0].Language != c.want {
					t.Errorf("with %q: %+v, want one in %q", c.yaml, got, c.want)
				}
			}
		})
	}
}

// TestLegacyDirectories: what comes after the first failure does not count, since the tools of the legacy formats never
// look at it.
func TestLegacyDirectories(t *testing.T) {
	tests := map[string]struct {
		dir    string
		judged problem.Judged
		ok     bool
	}{
		"wrong, then slow":      {"wrong_answer", Judged(wa, ac, wa, tle), true},
		"wrong, then a crash":   {"wrong_answer", Judged(wa, wa, rte), true},
		"slow, then wrong":      {"wrong_answer", Judged(tle, tle, wa), false},
		"slow, then a crash":    {"time_limit_exceeded", Judged(tle, ac, tle, rte), true},
		"wrong, then too slow":  {"time_limit_exceeded", Judged(wa, wa, tle), true},
		"a crash, then slow":    {"time_limit_exceeded", Judged(rte, rte, tle), false},
		"only wrong":            {"time_limit_exceeded", Judged(wa, wa), false},
		"output without end":    {"time_limit_exceeded", Judged(ole, ac, ole), true},
		"too much, for a crash": {"run_time_error", Judged(ole, ole), true},
		"too much, but wrong":   {"wrong_answer", Judged(ole, ole), false},
		"crash":                 {"run_time_error", Judged(rte, rte), true},
		"crash for memory":      {"run_time_error", Judged(mle, mle), true},
		"slow, no crash":        {"run_time_error", Judged(tle, tle), false},
		"accepted":              {"accepted", Judged(ac, ac), true},
		"accepted, but for one": {"accepted", Judged(wa, ac, wa), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(files{"submissions/" + tt.dir + "/a.py": ""}).write(t))
			subs, err := p.Submissions()
			must(t, err)
			if got := subs[0].Expected.Check(tt.judged); (len(got) == 0) != tt.ok {
				t.Errorf("Check() = %q, want ok %t", got, tt.ok)
			}
		})
	}
}
