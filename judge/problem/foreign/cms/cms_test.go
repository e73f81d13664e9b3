package cms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem/foreign"
	"github.com/gaveloj/gavel/judge/problem/foreign/cms"
	"github.com/gaveloj/gavel/judge/problem/foreign/foreigntest"
)

type files = foreigntest.Files

// sound is a package with four tests.
func sound(task string) files {
	f := files{"task.yaml": task}
	for i := range 4 {
		f[fmt.Sprintf("input/input%d.txt", i)], f[fmt.Sprintf("output/output%d.txt", i)] = "x", "x"
	}
	return f
}

func group(number int, points float64, tests ...string) foreign.Group {
	return foreign.Group{Name: fmt.Sprintf("subtask%d", number), Points: points, Tests: tests, Scoring: "min"}
}

func TestRead(t *testing.T) {
	const gen = "# ST: 0\n0\n\n# ST: 40\n1 # small\n#COPY: x\n#ST: 60\n# a word\n7 8\n"
	inGroups := func(s *foreign.Settings) {
		s.Points = 0
		s.Groups = []foreign.Group{group(0, 0, "0"), group(1, 40, "1", "2"), group(2, 60, "3")}
	}
	for name, tt := range map[string]struct {
		task     string
		more     files
		change   func(*foreign.Settings)
		warnings []string
	}{
		"least":    {"name: a\ntime_limit: 0.5\nmemory_limit: 64", nil, func(*foreign.Settings) {}, nil},
		"title":    {"name: b\ntitle: a\ntimeout: 0.5\nmemlimit: 64\ntoken_mode: disabled", nil, func(*foreign.Settings) {}, nil},
		"streams":  {"name: a\ntime_limit: 0.5\nmemory_limit: 64\ninfile: ''\noutfile: \"\"", nil, func(s *foreign.Settings) { s.InputFile, s.OutputFile = "", "" }, nil},
		"names":    {"name: a\ntime_limit: 0.5\nmemory_limit: 64\ninfile: a.in\noutfile: a.out", nil, func(s *foreign.Settings) { s.InputFile, s.OutputFile = "a.in", "a.out" }, nil},
		"total":    {"name: a\ntime_limit: 0.5\nmemory_limit: 64\ntotal_value: 40", nil, func(s *foreign.Settings) { s.Points = 40 }, nil},
		"sum":      {"name: a\ntime_limit: 0.5\nmemory_limit: 64\nscore_type: Sum\nscore_type_parameters: 5", nil, func(s *foreign.Settings) { s.Points = 20 }, nil},
		"GEN":      {"name: a\ntime_limit: 0.5\nmemory_limit: 64", files{"gen/GEN": gen}, inGroups, nil},
		"GroupMin": {"name: a\ntime_limit: 0.5\nmemory_limit: 64\nscore_type: GroupMin\nscore_type_parameters: [[0, 1], [40, 2], [60, 1]]", nil, inGroups, nil},
		"GroupMul": {"name: a\ntime_limit: 0.5\nmemory_limit: 64\nscore_type: GroupMul\nscore_type_parameters: [[0, 1], [40, 2], [60, 1]]", nil, inGroups, nil},
		"patterns": {"name: a\ntime_limit: 0.5\nmemory_limit: 64\nscore_type: GroupMin\nscore_type_parameters: [[0, '000'], [40, '001|002'], [60, '003']]", nil, inGroups, nil},
		"checker in English": {"name: a\ntime_limit: 0.5\nmemory_limit: 64", files{"check/checker": "ELF", "check/checker.cpp": "x"}, func(s *foreign.Settings) {
			s.Checker = &foreign.Program{Path: "check/checker.cpp", Protocol: "cms"}
		}, nil},
		"checker in Italian": {"name: a\ntime_limit: 0.5\nmemory_limit: 64", files{"cor/correttore.cpp": "x", "cor/checker.py": "x"}, func(s *foreign.Settings) {
			s.Checker = &foreign.Program{Path: "cor/correttore.cpp", Protocol: "cms"}
		}, nil},
		"graders": {"name: a\ntime_limit: 0.5\nmemory_limit: 64", files{
			"sol/grader.cpp": "x", "sol/grader.py": "x", "sol/a.h": "x", "sol/graderlib.pas": "x", "sol/grader.pas": "x", "sol/soluzione.cpp": "x", "sol/b.py": "x", "sol/notes.txt": "x",
		}, func(s *foreign.Settings) {
			s.Include = map[string][]string{"cpp": {"sol/grader.cpp", "sol/a.h"}, "python3": {"sol/grader.py", "sol/a.h"}, "pascal": {"sol/grader.pas", "sol/graderlib.pas"}}
			s.Solutions = map[string]foreign.Solution{"sol/soluzione.cpp": {Verdict: []string{"MAIN"}}, "sol/b.py": {}}
		}, nil},
		"what is not known": {
			"name: a\ntime_limit: 0.5\nmemory_limit: 63.5\nmagic: 5\ntask_type: Batch",
			files{"input/old.txt": "x"},
			func(*foreign.Settings) {},
			[]string{"task.yaml:3: memory_limit is rounded up to 64 MiB", "input: has other files than input0.txt to input3.txt, which are ignored: 1 of them", "task.yaml:4: magic is not known, and ignored"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := foreign.Settings{
				Name: "a", TimeLimit: 0.5, MemoryLimit: 64, OutputLimit: 64, InputFile: "input.txt", OutputFile: "output.txt", Points: 100,
				Tests:   foreign.Tests{Input: "input/input*.txt", Answer: "output/output*.txt", Names: []string{"0", "1", "2", "3"}},
				Checker: &foreign.Program{Compare: "whitediff"},
			}
			tt.change(&want)
			got := foreigntest.Check(t, cms.Read, sound(tt.task).With(tt.more), nil, tt.warnings)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	const task = "name: a\ntime_limit: 1\n"
	for name, tt := range map[string]struct {
		files  files
		issues []string
	}{
		"broken yaml":   {sound("name: [a"), []string{"task.yaml: broken yaml: line 1: did not find expected ',' or ']'"}},
		"a list":        {sound("- a"), []string{"task.yaml:1: must be a map of keys and values, and is a list"}},
		"two documents": {sound("a: 1\n---\nb: 1\n"), []string{"task.yaml: broken yaml: there is more than one document"}},
		"not UTF-8":     {sound("name: \xff"), []string{"task.yaml: is not valid UTF-8"}},
		"bomb of aliases": {
			sound("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
				"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"),
			[]string{"task.yaml: has more than 500000 values, or more than 64 in each other, with what its aliases stand for"},
		},
		"an alias of itself": {sound("a: &a [*a]"), []string{"task.yaml: has more than 500000 values, or more than 64 in each other, with what its aliases stand for"}},
		"time":               {sound("time_limit: 0"), []string{"task.yaml:1: time_limit must be more than zero, and is 0"}},
		"time of a word":     {sound("time_limit: soon"), []string{`task.yaml:1: time_limit must be a number, and is "soon"`}},
		"memory":             {sound("memory_limit: [1]"), []string{"task.yaml:1: memory_limit must be a single value, and is a list"}},
		"file outside":       {sound("infile: ../a"), []string{`task.yaml:1: infile is "../a", and must be a plain name of a file`}},
		"one file":           {sound("infile: a\noutfile: a"), []string{"task.yaml:2: outfile is the name of the input file"}},
		"OutputOnly":         {sound(task + "output_only: true"), []string{"task.yaml:3: output_only asks for an OutputOnly task, and only Batch tasks are judged"}},
		"Communication":      {sound(task + "task_type: Communication"), []string{`task.yaml:3: task_type is "Communication", and only Batch tasks are judged`}},
		"manager":            {sound(task).With(files{"check/manager.cpp": "x"}), []string{"check/manager.cpp: is the manager of a Communication task, and only Batch tasks are judged"}},
		"stub":               {sound(task).With(files{"sol/stub.cpp": "x"}), []string{"sol/stub.cpp: is the stub of a Communication task, and only Batch tasks are judged"}},
		"compiled checker":   {sound(task).With(files{"cor/correttore": "ELF"}), []string{"cor/correttore: is a checker that is compiled, and its source is not there"}},
		"two checkers":       {sound(task).With(files{"cor/correttore.cpp": "x", "check/checker.py": "x"}), []string{"cor/correttore.cpp: there is also check/checker.py"}},
		"no tests":           {files{"task.yaml": task}, []string{"input/input0.txt: is not there"}},
		"no answer":          {sound(task).With(files{"output/output2.txt": ""}), []string{"output/output2.txt: is not there"}},
		"GEN of more":        {sound(task).With(files{"gen/GEN": "#ST: 100\n1\n2\n3\n4\n5\n"}), []string{"gen/GEN: makes 5 tests, and there are 4 in input/"}},
		"GEN before":         {sound(task).With(files{"gen/GEN": "1\n2\n#ST: 100\n3\n4\n"}), []string{`gen/GEN: has 2 tests before the first "# ST:"`}},
		"GEN of no points":   {sound(task).With(files{"gen/GEN": "#ST: many\n1\n"}), []string{`gen/GEN:1: begins a subtask of "many" points`}},
		"GEN of both":        {sound(task).With(files{"gen/GEN": "1 # ST: 5\n"}), []string{"gen/GEN:1: makes a test and begins a subtask on one line"}},
		"threshold":          {sound(task + "score_type: GroupThreshold"), []string{"task.yaml:3: score_type is GroupThreshold, which Gavel does not have"}},
		"other score":        {sound(task + "score_type: Best"), []string{`task.yaml:3: score_type is "Best", and Sum, GroupMin and GroupMul are known`}},
		"product of scores": {
			sound(task + "score_type: GroupMul\nscore_type_parameters: [[100, 4]]").With(files{"check/checker.cpp": "x"}),
			[]string{"task.yaml:3: score_type is GroupMul, and with a checker the scores of tests are multiplied, which Gavel does not do"},
		},
		"no subtasks":       {sound(task + "score_type: GroupMin"), []string{"task.yaml: score_type_parameters names no subtasks"}},
		"test in none":      {sound(task + "score_type: GroupMin\nscore_type_parameters: [[50, 3]]"), []string{"task.yaml: has no subtask for test 3"}},
		"test in two":       {sound(task + "score_type: GroupMin\nscore_type_parameters: [[50, '.*'], [50, '003']]"), []string{"task.yaml:4: puts test 3 into two subtasks, which Gavel does not do"}},
		"too many tests":    {sound(task + "score_type: GroupMin\nscore_type_parameters: [[50, 3], [50, 9]]"), []string{"task.yaml: has subtasks of 12 tests, and there are 4 in input/"}},
		"pattern of nobody": {sound(task + "score_type: GroupMin\nscore_type_parameters: [[50, '(']]"), []string{`task.yaml:4: score_type_parameters has the pattern "(", which cannot be read`}},
		"parameters":        {sound(task + "score_type: GroupMin\nscore_type_parameters: [5]"), []string{"task.yaml:4: score_type_parameters must be a list of [points, number of tests]"}},
		"huge count":        {sound(task + "score_type: GroupMin\nscore_type_parameters: [[50, 999999999]]"), []string{"task.yaml: has subtasks of 999999999 tests, and there are 4 in input/"}},
		"negative count":    {sound(task + "score_type: GroupMin\nscore_type_parameters: [[50, -1]]"), []string{"task.yaml:4: has no tests for subtask 0"}},
		"huge groups":       {sound(task).With(files{"gen/GEN": strings.Repeat("#ST: 1\n", 501) + "1\n2\n3\n4\n"}), []string{"gen/GEN: has 501 subtasks, and 500 are possible"}},
	} {
		t.Run(name, func(t *testing.T) {
			foreigntest.Check(t, cms.Read, tt.files, tt.issues, nil)
		})
	}
}

func FuzzRead(f *testing.F) {
	foreigntest.Fuzz(f, cms.Read, sound,
		"name: a\ntime_limit: 0.5\nmemory_limit: 64\ninfile: ''\ntotal_value: 40\n",
		"name: a\nscore_type: GroupMin\nscore_type_parameters: [[0, 1], [40, '001|002'], [60, {a: b}]]\n",
		"name: a\nscore_type: Sum\nscore_type_parameters: .inf\ntime_limit: 1e400\nmemory_limit: -1\n")
}

// FuzzGEN does the same for the list of subtasks beside the description.
func FuzzGEN(f *testing.F) {
	foreigntest.Fuzz(f, cms.Read, func(text string) files {
		return sound("name: a\ntime_limit: 0.5\nmemory_limit: 64\n").With(files{"gen/GEN": text})
	}, "# ST: 0\n0\n\n# ST: 40\n1 # small\n#COPY: x\n#ST: 60\n# a word\n7 8\n", "#ST: 1e999\n1\n2\n3\n4\n")
}
