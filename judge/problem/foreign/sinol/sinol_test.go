package sinol_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem/foreign"
	"github.com/gaveloj/gavel/judge/problem/foreign/foreigntest"
	"github.com/gaveloj/gavel/judge/problem/foreign/sinol"
)

type files = foreigntest.Files

const limits = "title: A\ntime_limit: 1500\nmemory_limit: 65536\n"

// sound is a package with samples and two groups.
func sound(config string) files {
	f := files{"config.yml": config, "prog/abc.cpp": "x"}
	for _, name := range []string{"0", "1ocen", "1a", "1b", "2a", "10a"} {
		f["in/abc"+name+".in"], f["out/abc"+name+".out"] = "x", "x"
	}
	return f
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		config   string
		more     files
		change   func(*foreign.Settings)
		warnings []string
	}{
		"least": {limits, nil, func(*foreign.Settings) {}, nil},
		"scores": {limits + "scores: {0: 0, 1: 10.5, 2: 20, 10: 69.5}", nil, func(s *foreign.Settings) {
			s.Groups[0].Points, s.Groups[1].Points, s.Groups[2].Points = 10.5, 20, 69.5
		}, nil},
		"points for group 0": {limits + "scores: {0: 1, 1: 10, 2: 20, 10: 69}", nil, func(s *foreign.Settings) {
			s.Samples = nil
			s.Groups = []foreign.Group{{Name: "0", Points: 1, Tests: []string{"0", "1ocen"}, Scoring: "min"}, s.Groups[0], s.Groups[1], s.Groups[2]}
			s.Groups[1].Points, s.Groups[2].Points, s.Groups[3].Points = 10, 20, 69
		}, nil},
		"one limit for every group": {
			"title_pl: A\nmemory_limits: {0: 65536, 1: 65536, 2: 65536, 10: 65536}\ntime_limits: {0: 1500, 1: 1500, 2a: 1500, 10: 1500}", nil, func(*foreign.Settings) {}, nil,
		},
		"several limits": {
			"title: A\ntime_limit: 1500\nmemory_limit: 65500\ntime_limits: {2: 500, 10a: 700}\nsinol_contest_type: oi\noverride_limits: {py: {time_limit: 5}}", nil, func(*foreign.Settings) {},
			[]string{
				"config.yml:5: sinol_contest_type is oi, and points do not get less beyond half the time limit here",
				"config.yml:4: time_limits gives tests limits from 500 to 1500, and all are judged by the largest",
				"config.yml:3: memory_limit is rounded up to 64 MiB",
				"config.yml:6: override_limits is ignored: limits are the same in all languages",
			},
		},
		"programs": {limits, files{
			"prog/abcchk.py": "x", "prog/abcinwer.cpp": "x", "prog/abcingen.cpp": "x", "prog/abc2.py": "x", "prog/abcs.cpp": "x", "prog/abcs2_quick.pas": "x",
			"prog/abcb10.cpp": "x", "prog/abc.h": "x", "prog/oi.h": "x", "prog/abcx.cpp": "x",
		}, func(s *foreign.Settings) {
			s.Checker = &foreign.Program{Path: "prog/abcchk.py", Protocol: "sinol"}
			s.Validators = []string{"prog/abcinwer.cpp"}
			s.Solutions = map[string]foreign.Solution{
				"prog/abc.cpp": {Verdict: []string{"MAIN"}, Language: "cpp"}, "prog/abc2.py": {Verdict: []string{"AC"}, Language: "python3"},
				"prog/abcs.cpp": {Verdict: []string{"TLE", "MLE"}, Language: "cpp"}, "prog/abcs2_quick.pas": {Verdict: []string{"TLE", "MLE"}, Language: "pascal"},
				"prog/abcb10.cpp": {Verdict: []string{"REJECTED"}, Language: "cpp"},
			}
		}, nil},
		"expected scores": {
			limits + "sinol_expected_scores:\n  abc.cpp: {points: 100, expected: {1: {points: 33, status: OK}}}\n" +
				"  abcs1.cpp: {points: 33, expected: {1: {status: OK}, 2: {status: TL}, 10: {status: WA}}}\n  abcb1.cpp: {points: 0, expected: {1: {status: XX}}}\n  old.cpp: {points: 5}\n",
			files{"prog/abcs1.cpp": "x", "prog/abcb1.cpp": "x"},
			func(s *foreign.Settings) {
				s.Solutions = map[string]foreign.Solution{
					"prog/abc.cpp":   {Verdict: []string{"AC", "PAC"}, Score: new(float64(100)), Language: "cpp"},
					"prog/abcs1.cpp": {Verdict: []string{"TLE", "WA"}, Score: new(float64(33)), Language: "cpp"},
					"prog/abcb1.cpp": {Verdict: []string{"AC", "PAC"}, Score: new(float64(0)), Language: "cpp"},
				}
			},
			[]string{
				`config.yml:7: sinol_expected_scores.abcb1.cpp.expected.1 has the status "XX", which is not known`,
				"config.yml:8: sinol_expected_scores.old.cpp is not known, and ignored",
			},
		},
		"libraries": {
			limits + "extra_compilation_files: [abclib.h, abclib.py]\nextra_compilation_args: {cpp: abclib.cpp}\nextra_execution_files: {py: [abclib.py]}",
			files{"prog/abclib.h": "x", "prog/abclib.cpp": "x", "prog/abclib.py": "x"},
			func(s *foreign.Settings) {
				s.Include = map[string][]string{"default": {"prog/abclib.h", "prog/abclib.py"}, "cpp": {"prog/abclib.cpp"}, "python3": {"prog/abclib.py"}}
			}, nil,
		},
		"what is not known": {
			limits + "magic: 1",
			files{"in/xyz1a.in": "x", "in/notes.txt": "x", "in/abc.in": "x"},
			func(*foreign.Settings) {},
			[]string{`in: has files with names that are none of task "abc", which are ignored: 2 of them`, "config.yml:4: magic is not known, and ignored"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := foreign.Settings{
				Name: "A", TimeLimit: 1.5, MemoryLimit: 64, OutputLimit: 64,
				Tests:   foreign.Tests{Input: "in/abc*.in", Answer: "out/abc*.out", Names: []string{"0", "1ocen", "1a", "1b", "2a", "10a"}},
				Samples: []string{"0", "1ocen"}, Checker: &foreign.Program{Compare: "whitediff"},
				Groups: []foreign.Group{
					{Name: "1", Points: 33, Tests: []string{"1a", "1b"}, Scoring: "min"},
					{Name: "2", Points: 33, Tests: []string{"2a"}, Scoring: "min"},
					{Name: "10", Points: 34, Tests: []string{"10a"}, Scoring: "min"},
				},
				Solutions: map[string]foreign.Solution{"prog/abc.cpp": {Verdict: []string{"MAIN"}, Language: "cpp"}},
			}
			tt.change(&want)
			got := foreigntest.Check(t, sinol.Read, sound(tt.config).With(tt.more), nil, tt.warnings)
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
		"broken yaml":        {sound("a: [1"), []string{"config.yml: broken yaml: line 1: did not find expected ',' or ']'"}},
		"time":               {sound("time_limit: -1"), []string{"config.yml:1: time_limit must be more than zero, and is -1"}},
		"time of a group":    {sound(limits + "time_limits: {1: nan}"), []string{`config.yml:4: time_limits.1 must be a number, and is "nan"`}},
		"limits of a list":   {sound(limits + "time_limits: [5]"), []string{"config.yml:4: time_limits must be a map, and is a list"}},
		"interactive":        {sound(limits).With(files{"prog/abcsoc.cpp": "x"}), []string{"prog/abcsoc.cpp: is the program that an interactive task talks to, and such tasks are not judged"}},
		"kind":               {sound(limits + "sinol_task_type: encdec"), []string{`config.yml:4: sinol_task_type is "encdec": interactive and other special tasks are not judged`}},
		"no tests":           {files{"config.yml": limits, "prog/abc.cpp": "x"}, []string{"in: has no tests with names such as abc1a.in"}},
		"no output":          {sound(limits).With(files{"out/abc1b.out": ""}), []string{"out/abc1b.out: is not there"}},
		"other ID":           {sound(limits + "sinol_task_id: xyz"), []string{"in: has no tests with names such as abc1a.in"}},
		"score of no group":  {sound(limits + "scores: {1: 10, 2: 20, 10: 30, 3: 40}"), []string{"config.yml:4: scores has group 3, which has no tests"}},
		"group of no score":  {sound(limits + "scores: {1: 10, 10: 30}"), []string{"config.yml:4: scores has none for group 2, which has tests"}},
		"negative score":     {sound(limits + "scores: {1: -10, 2: 1, 10: 30}"), []string{"config.yml:4: scores.1 must be zero or more, and is -10", "config.yml:4: scores has none for group 1, which has tests"}},
		"name of a group":    {sound(limits + "scores: {1: 10, 2: 1, 10: 30, a: 5}"), []string{"config.yml:4: scores.a must be the number of a group"}},
		"two checkers":       {sound(limits).With(files{"prog/abcchk.cpp": "x", "prog/abcchk.py": "x"}), []string{"prog/abcchk.py: there is also prog/abcchk.cpp"}},
		"library outside":    {sound(limits + "extra_compilation_files: [../../etc/passwd]"), []string{`config.yml:4: extra_compilation_files names "../../etc/passwd", which is no path in prog`}},
		"library not there":  {sound(limits + "extra_compilation_files: abclib.h"), []string{`config.yml:4: extra_compilation_files names "abclib.h", which is not in prog`}},
		"flag of a compiler": {sound(limits + "extra_compilation_args: {cpp: -lm}"), []string{`config.yml:4: extra_compilation_args has the flag "-lm", and flags of compilers are those of the worker`}},
		"library language":   {sound(limits + "extra_execution_files: {klingon: a}"), []string{`config.yml:4: extra_execution_files has the language "klingon", which is not known`}},
	} {
		t.Run(name, func(t *testing.T) {
			var r foreigntest.Report
			sinol.Read(tt.files, &r)
			if diff := cmp.Diff(tt.issues, r.Issues); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	foreigntest.Fuzz(f, sinol.Read, sound, limits,
		limits+"scores: {0: 0, 1: 10.5, 2: 20, 10: 69.5}\nsinol_expected_scores:\n  abc.cpp: {points: 100, expected: {1: {points: 33, status: OK}}}\n",
		"title: A\ntime_limits: {0: 1e400, 1: .nan, 2a: -5}\nextra_compilation_args: {cpp: [x.cpp, -O3], py: x}\nextra_compilation_files: [../a]\n")
}
