package librarychecker_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem/foreign"
	"github.com/gaveloj/gavel/judge/problem/foreign/foreigntest"
	"github.com/gaveloj/gavel/judge/problem/foreign/librarychecker"
)

type files = foreigntest.Files

const info = `title = "A"
timelimit = 1.5
forum = "x"

[[tests]]
	name = "example.in"
	number = 1
[[tests]]
	name = "random.cpp"
	number = 2
`

func sound(text string) files {
	f := files{"info.toml": text, "checker.cpp": "x", "sol/correct.cpp": "x", "sol/a.cpp": "x", "in/old_00.in": "x"}
	for _, name := range []string{"example_00", "random_00", "random_01"} {
		f["in/"+name+".in"], f["out/"+name+".out"] = "x", "x"
	}
	return f
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		text     string
		more     files
		change   func(*foreign.Settings)
		warnings []string
	}{
		"least":    {info, nil, func(*foreign.Settings) {}, nil},
		"usual":    {strings.Replace(info, "timelimit = 1.5", "", 1), nil, func(s *foreign.Settings) { s.TimeLimit = 2 }, nil},
		"verifier": {info + "[params]\nN_MAX = 1_000\n", files{"params.h": "x", "verifier.cpp": "x"}, func(s *foreign.Settings) { s.Validators = []string{"verifier.cpp"} }, nil},
		"solutions": {
			info + "[[solutions]]\nname = \"a.cpp\"\nwrong = true\nallow_re = true\n[[solutions]]\nname = \"b.py\"\nallow_tle = true\n",
			files{"sol/b.py": "x"},
			func(s *foreign.Settings) {
				s.Solutions["sol/a.cpp"] = foreign.Solution{Verdict: []string{"WA", "RTE"}}
				s.Solutions["sol/b.py"] = foreign.Solution{Verdict: []string{"AC", "TLE"}}
			}, nil,
		},
		"function": {
			"type = \"function\"\n" + info,
			files{"grader/grader.cpp": "x", "grader/solve.hpp": "x", "grader/notes": "x"},
			func(s *foreign.Settings) {
				s.Include = map[string][]string{"cpp": {"grader/grader.cpp", "grader/solve.hpp"}}
			}, nil,
		},
		"what is not known": {
			"magic = 1\n" + info + "[[solutions]]\nname = \"a.cpp\"\nslow = true\n",
			files{"sol/correct.cpp": ""},
			func(s *foreign.Settings) {
				delete(s.Solutions, "sol/correct.cpp")
				s.Solutions["sol/a.cpp"] = foreign.Solution{Verdict: []string{"AC"}}
			},
			[]string{
				"sol/correct.cpp: is not there: there is no model solution", "info.toml: solutions.slow is not known, and ignored",
				"info.toml: magic is not known, and ignored",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := foreign.Settings{
				Name: "A", TimeLimit: 1.5, MemoryLimit: 1024, OutputLimit: 64, Samples: []string{"example_00"},
				Tests:     foreign.Tests{Input: "in/*.in", Answer: "out/*.out", Names: []string{"example_00", "random_00", "random_01"}},
				Checker:   &foreign.Program{Path: "checker.cpp", Protocol: "testlib"},
				Solutions: map[string]foreign.Solution{"sol/correct.cpp": {Verdict: []string{"MAIN"}}},
			}
			tt.change(&want)
			got := foreigntest.Check(t, librarychecker.Read, sound(tt.text).With(tt.more), nil, tt.warnings)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	for name, tt := range map[string]struct {
		files  files
		issues []string
	}{
		"broken toml":      {sound("title = "), []string{"info.toml:1: broken toml: unexpected EOF; expected value"}},
		"key twice":        {sound(info + "[params]\na = 1\na = 2\n"), []string{"info.toml:13: broken toml: Key 'params.a' has already been defined."}},
		"deep lists":       {sound("a = " + strings.Repeat("[", 100_000)), []string{"info.toml: its tables or lists are too deep"}},
		"deep tables":      {sound(strings.Repeat("a.", 100_000) + "a = 1"), []string{"info.toml: its tables or lists are too deep"}},
		"time":             {sound(strings.Replace(info, "1.5", "0", 1)), []string{"info.toml: timelimit must be more than zero, and is 0"}},
		"endless time":     {sound(strings.Replace(info, "1.5", "inf", 1)), []string{`info.toml: timelimit must be a number, and is "+Inf"`}},
		"no tests":         {sound("title = 'a'"), []string{"info.toml: tests names no tests"}},
		"not generated":    {sound(info).With(files{"in/random_00.in": "", "out/random_00.out": "", "in/random_01.in": "", "out/random_01.out": ""}), []string{"in/random_00.in: is not there, as 4 of the 6 files of tests are not"}},
		"huge count":       {sound(strings.Replace(info, "number = 2", "number = 999999999", 1)), []string{`info.toml: tests has 9.99999999e+08 tests of "random.cpp", and 20000 altogether are possible`}},
		"half a test":      {sound(strings.Replace(info, "number = 2", "number = 0.5", 1)), []string{`info.toml: tests has 0.5 tests of "random.cpp", and 20000 altogether are possible`}},
		"test outside":     {sound(strings.Replace(info, "random.cpp", "../random.cpp", 1)), []string{`info.toml: tests has the name "../random.cpp", which must be that of a file in gen`}},
		"no checker":       {sound(info).With(files{"checker.cpp": ""}), []string{"checker.cpp: is not there"}},
		"no params":        {sound(info + "[params]\nN = 1\n"), []string{"params.h: is not there, and holds the params of info.toml for checker and verifier"}},
		"solution":         {sound(info + "[[solutions]]\nname = 'b.cpp'\n"), []string{`info.toml: names "sol/b.cpp", which is not there`}},
		"solution outside": {sound(info + "[[solutions]]\nname = '../../b.cpp'\n"), []string{`info.toml: names "../b.cpp", which is no path in the package`}},
		"promise":          {sound(info + "[[solutions]]\nname = 'a.cpp'\nwrong = 5\n"), []string{`info.toml: solutions.wrong must be true or false, and is "5"`}},
		"no grader":        {sound("type = 'function'\n" + info), []string{"info.toml: type is function, and there is no grader/ with what functions are compiled with"}},
		"a map for a list": {sound("title = 'a'\n[tests]\nname = 'b'\n"), []string{"info.toml: tests must be a list, and is a map", "info.toml: tests names no tests"}},
	} {
		t.Run(name, func(t *testing.T) {
			foreigntest.Check(t, librarychecker.Read, tt.files, tt.issues, nil)
		})
	}
}

func FuzzRead(f *testing.F) {
	foreigntest.Fuzz(f, librarychecker.Read, func(text string) files { return sound(info).With(files{"info.toml": text}) },
		info, info+"[params]\na = 1979-05-27T07:32:00Z\nb = {c = [1, 2]}\n")
}
