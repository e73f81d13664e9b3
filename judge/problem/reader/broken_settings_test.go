package reader_test

import "testing"

func TestBrokenSettings(t *testing.T) {
	const runsAlone = "is for problems in which a submission runs alone, and once for each test case"
	const noOutput = "the submission talks to that program, and leaves no output to compare"
	const unknownProtocol = `gavel.yaml:1: checker.protocol "guess" is not known`
	yaml := func(text string) files { return files{"gavel.yaml": text} }
	checkBroken(t, polygon(""), map[string]broken{
		"unknown key":            {yaml("timelimit: 5"), []string{"gavel.yaml:1: unknown key timelimit"}},
		"no map":                 {yaml("- a"), []string{"gavel.yaml:1: must be a map of keys and values, not a list"}},
		"time":                   {yaml("time_limit: -1"), []string{"gavel.yaml:1: time_limit must be more than zero, not -1"}},
		"memory":                 {yaml("memory_limit: 1e9"), []string{"gavel.yaml:1: memory_limit must be at most 65536 MiB, not 1e+09"}},
		"languages":              {yaml("languages: []"), []string{"gavel.yaml:1: languages is an empty list, which allows none"}},
		"dialect":                {yaml("grading_dialect: kattis"), []string{"gavel.yaml:1: unknown key grading_dialect"}},
		"checker not there":      {yaml("checker: chk.cpp"), []string{`gavel.yaml:1: "chk.cpp" is not there`}},
		"checker outside":        {yaml("checker: ../x.cpp"), []string{`gavel.yaml:1: "../x.cpp" is not there`}},
		"checker no program":     {yaml("checker: tests/01"), []string{"tests/01: is no program in one known language"}},
		"checker of nothing":     {yaml("checker: {protocol: cms}"), []string{"gavel.yaml:1: checker names neither a program nor a comparison", "gavel.yaml:1: checker.protocol is for programs, and this is none"}},
		"checker of both":        {yaml("checker: {path: check.cpp, compare: tokens}"), []string{"gavel.yaml:1: checker.compare and path cannot both be given"}},
		"protocol":               {yaml("checker: {path: check.cpp, protocol: guess}"), []string{unknownProtocol}},
		"scale":                  {yaml("checker: {path: check.cpp, points_scale: large}"), []string{`gavel.yaml:1: checker.points_scale "large" is not known`}},
		"key of the checker":     {yaml("checker: {path: check.cpp, protocl: cms}"), []string{"gavel.yaml:1: unknown key checker.protocl"}},
		"comparer":               {yaml("checker: {compare: floats tolerance}"), []string{`gavel.yaml:1: checker.compare names a bad comparer: floats: tolerance needs a number after it`}},
		"interactor compares":    {yaml("interactor: {compare: tokens}"), []string{"gavel.yaml:1: interactor.compare cannot be an interactor"}},
		"interactor of cms":      {yaml("interactor: {path: check.cpp, protocol: cms}"), []string{"gavel.yaml:1: interactor cannot speak the protocol cms"}},
		"kattis and a checker":   {yaml("checker: check.cpp\ninteractor: {path: check.cpp, protocol: kattis}"), []string{"gavel.yaml:2: an interactor of the protocol kattis judges alone"}},
		"compares beside":        {yaml("checker: {compare: tokens}\ninteractor: check.cpp"), []string{"gavel.yaml:1: checker.compare cannot stand beside interactor: " + noOutput}},
		"compares beside kattis": {yaml("interactor: {path: check.cpp, protocol: kattis}\nchecker: {compare: tokens}"), []string{"gavel.yaml:2: checker.compare cannot stand beside interactor: " + noOutput}},
		"compares beside code":   {yaml("interactor: {path: check.cpp, protocol: exit-code}\nchecker:\n  compare: tokens"), []string{"gavel.yaml:2: checker.compare cannot stand beside interactor: " + noOutput}},
		"validator":              {yaml("validator: val.cpp"), []string{`gavel.yaml:1: "val.cpp" is not there`}},
		"answer missing":         {yaml("tests: {input: tests/*, answer: tests/*.a}").with(files{"tests/3": ""}), []string{"tests/3: input without an answer"}},
		"no pattern":             {files{"tests/3": ""}, []string{"tests: holds no inputs with an answer each, by any of the usual names"}},
		"pattern without star":   {yaml("tests: {input: tests/1.in, answer: tests/1.out}"), []string{`gavel.yaml:1: tests.input "tests/1.in" has not one "*", which stands for the name of the test case`, `gavel.yaml:1: tests.answer "tests/1.out" has not one "*", which stands for the name of the test case`}},
		"half a pattern":         {yaml("tests: {input: tests/*}"), []string{"gavel.yaml:1: tests needs both input and answer"}},
		"pattern of nothing":     {yaml("tests: {input: in/*, answer: out/*}"), []string{"gavel.yaml:1: tests finds no file in/*"}},
		"samples":                {yaml("samples: [07]"), []string{`gavel.yaml:1: samples has "07", which is the name of no test case left`}},
		"samples broken":         {yaml("samples: '[0'"), []string{`gavel.yaml:1: samples has the broken pattern "[0"`}},
		"points":                 {yaml("points: -5"), []string{"gavel.yaml:1: points must be zero or more, not -5"}},
		"groups no list":         {yaml("groups: {a: 5}"), []string{"gavel.yaml:1: groups must be a list of maps, not a map"}},
		"group of nothing":       {yaml("groups:\n- {}"), []string{"gavel.yaml:2: groups[0] has no name", "gavel.yaml:2: groups[0] has no points", "gavel.yaml:2: groups[0] has no tests", "gavel.yaml:1: groups leaves out the test case 01"}},
		"group twice":            {yaml("groups:\n- {name: a, points: 1, tests: 01}\n- {name: a, points: 1, tests: '*'}"), []string{`gavel.yaml:3: groups[1].name "a" is that of another group`}},
		"group name":             {yaml("groups:\n- {name: a/b, points: 1, tests: '*'}"), []string{"gavel.yaml:2: groups[0].name must be a name of letters, digits, '_', '.' and '-'"}},
		"group scoring":          {yaml("groups:\n- {name: a, points: 1, tests: '*', scoring: avg}"), []string{`gavel.yaml:2: groups[0].scoring "avg" is not known`}},
		"group requires":         {yaml("groups:\n- {name: a, points: 1, tests: '*', requires: b}"), []string{`gavel.yaml:2: groups[0].requires "b", which is no group before this one`}},
		"group key":              {yaml("groups:\n- {name: a, points: 1, tests: '*', max: 5}"), []string{"gavel.yaml:2: unknown key groups[0].max"}},
		"test in no group":       {yaml("groups:\n- {name: a, points: 1, tests: '0*'}"), []string{"gavel.yaml:1: groups leaves out the test case 2"}},
		"points and groups":      {yaml("points: 5\ngroups:\n- {name: a, points: 1, tests: '*'}"), []string{"gavel.yaml:1: points is 5, but the groups have 1 together"}},
		"solution not there":     {yaml("solutions: {s/a.cpp: AC}"), []string{"gavel.yaml:1: solutions.s/a.cpp is not there"}},
		"solution verdict":       {yaml("solutions: {check.cpp: GOOD}"), []string{`gavel.yaml:1: solutions.check.cpp has the verdict "GOOD", which is not known`}},
		"solution key":           {yaml("solutions: {check.cpp: {verdict: AC, points: 5}}"), []string{"gavel.yaml:1: unknown key solutions.check.cpp.points"}},
		"solution by nothing":    {yaml("solutions: {'s/*': AC}"), []string{"gavel.yaml:1: solutions.s/* matches no source file"}},
		"solution twice":         {yaml("solutions: {'*.cpp': AC, 'check*': WA}"), []string{"gavel.yaml:1: solutions.check* names check.cpp, which *.cpp names too"}},
		"input outside":          {yaml("input_file: ../a"), []string{`gavel.yaml:1: input_file cannot be "../a"`}},
		"output absolute":        {yaml("output_file: /etc/passwd"), []string{`gavel.yaml:1: output_file cannot be "/etc/passwd"`}},
		"one file for both":      {yaml("input_file: a\noutput_file: a"), []string{"gavel.yaml:2: output_file is the name of the input file"}},
		"files and interactor":   {yaml("interactor: check.cpp\ninput_file: a\noutput_file: b"), []string{"gavel.yaml:2: input_file " + runsAlone, "gavel.yaml:3: output_file " + runsAlone}},
		"named test not there":   {yaml("tests: {input: tests/*, answer: tests/*.a, names: ['01', 3]}"), []string{"tests/3: is not there, and is to be the input of a test case"}},
		"named test twice":       {yaml("tests: {input: tests/*, answer: tests/*.a, names: ['01', '01']}"), []string{`gavel.yaml:1: tests names "01" twice`}},
		"named test outside":     {yaml("tests: {input: tests/*, answer: tests/*.a, names: [../tests/01]}"), []string{`gavel.yaml:1: tests has the name "../tests/01"`}},
		"include not there":      {yaml("include: {cpp: grader.cpp}"), []string{`gavel.yaml:1: include.cpp names "grader.cpp", which is not there`}},
		"include outside":        {yaml("include: {cpp: ../grader.cpp}"), []string{`gavel.yaml:1: include.cpp names "../grader.cpp", which is not there`}},
		"include for a language": {yaml("include: {klingon: check.cpp}"), []string{"gavel.yaml:1: include.klingon is no language of the package formats"}},
		"solution language":      {yaml("solutions: {check.cpp: {verdict: AC, language: klingon}}"), []string{`gavel.yaml:1: solutions.check.cpp.language "klingon" is no language of the package formats`}},
		"strange name":           {files{"tests/a\xff.in": ""}, []string{`"tests/a\xff.in": the name is not valid UTF-8`}},
	})
	checkBroken(t, sound(), map[string]broken{
		"beside: dialect":     {yaml("grading_dialect: icpc"), []string{`gavel.yaml:1: grading_dialect "icpc" is not known`}},
		"beside: limits":      {yaml("time_limit: 5"), []string{"gavel.yaml:1: time_limit is for packages without problem.yaml"}},
		"beside: unknown key": {yaml("foo: 5"), []string{"gavel.yaml:1: unknown key foo"}},
		"beside: writing": {
			files{"problem.yaml": modern, "gavel.yaml": "output_file: a"},
			[]string{"gavel.yaml:1: output_file needs a problem whose submissions may write files"},
		},
		"beside: compares in interactive": {
			files{"problem.yaml": modern + "type: interactive\n", "output_validator/a.py": "", "gavel.yaml": "checker: {compare: tokens}"},
			[]string{"gavel.yaml:1: checker.compare cannot stand beside an interactive problem, in which the output validator talks to the submission"},
		},
		"beside: compares in multi-pass": {
			files{"problem.yaml": modern + "type: multi-pass\n", "output_validator/a.py": "", "gavel.yaml": "checker: {compare: tokens}"},
			[]string{"gavel.yaml:1: checker.compare cannot stand beside a multi-pass problem, in which the output validator says what the next pass gets"},
		},
		"beside: passes": {
			files{"problem.yaml": modern + "type: multi-pass\n", "output_validator/a.py": "", "gavel.yaml": "input_file: a"},
			[]string{"gavel.yaml:1: input_file " + runsAlone},
		},
		"beside: answers": {
			files{"problem.yaml": modern + "type: submit-answer\n", "gavel.yaml": "input_file: a"},
			[]string{"gavel.yaml:1: input_file " + runsAlone},
		},
		"special_compare": {files{"domjudge-problem.ini": "special_compare = 'fuzzy'"}, []string{`domjudge-problem.ini:1: special_compare is "fuzzy", a program that is not in the package`}},
		"special_run":     {files{"domjudge-problem.ini": "\nspecial_run = 'r'"}, []string{`domjudge-problem.ini:2: special_run is "r", a program that is not in the package`}},
	})
}
