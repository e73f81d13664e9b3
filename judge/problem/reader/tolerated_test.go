package reader_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/sandbox"
)

// tolerated is a package that breaks a rule which no verdict depends on, and the warnings of it without remedies.
type tolerated struct {
	files files
	want  []string
}

// checkTolerated loads packages that differ from base by what has to be tolerated in them.
func checkTolerated(t *testing.T, base files, tests map[string]tolerated) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strip(load(t, base.with(tt.files).write(t)).Warnings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDefaultsSpelledOut: a key with the value that holds without it changes nothing.
func TestDefaultsSpelledOut(t *testing.T) {
	group := func(dir, text string) files { return files{"data/" + dir + "testdata.yaml": text} }
	const scoring = "type: scoring\n"
	checkTolerated(t, sound(), map[string]tolerated{
		"grading":                 {group("secret/", "grading: default"), nil},
		"grading of data":         {group("", "grading: default"), nil},
		"grading, scoring":        {group("secret/", "grading: default").with(files{"problem.yaml": scoring}), nil},
		"grading of data, scores": {group("", "grading: default\non_reject: break\ngrader_flags: ''\nrange: -inf +inf").with(files{"problem.yaml": scoring}), nil},
		"passes":                  {files{"problem.yaml": "limits: {validation_passes: 2}"}, []string{"problem.yaml:1: limits.validation_passes ignored, because this is no multi-pass problem"}},
		"a grader not asked for":  {group("secret/", "grading: default").with(files{"graders/g/g.py": ""}), []string{"graders: ignored, because no group has \"grading: custom\""}},
	})
	checkTolerated(t, sound().with(files{"problem.yaml": modern}), map[string]tolerated{
		"passes":                 {files{"problem.yaml": modern + "limits: {validation_passes: 2}"}, []string{"problem.yaml:4: limits.validation_passes ignored, because this is no multi-pass problem"}},
		"score of no score":      {files{"data/secret/test_group.yaml": "score_aggregation: pass-fail"}, []string{"data/secret/test_group.yaml:1: score_aggregation ignored, because it is for scoring problems"}},
		"max_score, no score":    {files{"data/secret/test_group.yaml": "max_score: 5"}, []string{"data/secret/test_group.yaml:1: max_score ignored, because it is for scoring problems"}},
		"require_pass, no score": {files{"data/secret/test_group.yaml": "require_pass: sample"}, []string{"data/secret/test_group.yaml:1: require_pass ignored, because it is for scoring problems"}},
		"sample": {files{"problem.yaml": modern + "type: scoring\n", "data/sample/test_group.yaml": "max_score: unbounded\nscore_aggregation: pass-fail\nrequire_pass: []"}, []string{
			"data/sample/test_group.yaml:1: max_score ignored, because the test cases of data/sample give no score",
			"data/sample/test_group.yaml:2: score_aggregation ignored, because the test cases of data/sample give no score",
			"data/sample/test_group.yaml:3: require_pass ignored, because the test cases of data/sample give no score",
		}},
	})
}

// TestDefaultBelowCustom: a group can go back to the default grader.
func TestDefaultBelowCustom(t *testing.T) {
	p := load(t, sound().with(files{
		"problem.yaml": "type: scoring\n", "data/testdata.yaml": "grading: custom\n", "graders/g/g.py": "",
		"data/secret/testdata.yaml": "grading: default\n",
	}).write(t))
	if secret := p.Groups.Children[1].Group; !p.Groups.Legacy.Custom || secret.Legacy.Custom || p.Grader == nil {
		t.Errorf("custom: %v of data and %v of data/secret, grader %v", p.Groups.Legacy.Custom, secret.Legacy.Custom, p.Grader)
	}
}

// TestStrayFiles: what compilers leave beside sources is none of the package's programs, and is told.
func TestStrayFiles(t *testing.T) {
	const unknown = ": ignored, because no language is known by the names of its files"
	const compiled = ": ignored, because a compiler made it"
	p := load(t, sound().with(files{
		"submissions/accepted/add.py": "print(1)", "submissions/accepted/Add.class": "\xca\xfe\xba\xbe", "submissions/accepted/add.exe": "MZ",
		"submissions/accepted/add": "\x7fELF", "submissions/accepted/__pycache__/add.cpython-311.pyc": "x",
		"submissions/accepted/sum.cppp": "int main() {}", "submissions/accepted/notes.md": "",
		"submissions/accepted/many/main.cpp": "", "submissions/accepted/many/main": "\x7fELF\x02", "submissions/accepted/many/main.o": "",
		"submissions/accepted/many/words.dat": "a", "submissions/accepted/many/__pycache__/x.pyc": "", "submissions/loose.py": "",
	}).write(t))
	want := []string{
		"submissions/accepted/__pycache__" + compiled,
		"submissions/accepted/many/__pycache__" + compiled,
		"submissions/accepted/many/main" + compiled,
		"submissions/accepted/many/main.o" + compiled,
		"submissions/loose.py: ignored, because example submissions lie in a directory named for what they must get",
		"submissions/accepted/Add.class" + unknown,
		"submissions/accepted/add" + unknown,
		"submissions/accepted/add.exe" + unknown,
		"submissions/accepted/sum.cppp" + unknown,
	}
	if diff := cmp.Diff(want, strip(p.Warnings)); diff != "" {
		t.Error(diff)
	}
	submissions, err := p.Submissions()
	must(t, err)
	got := map[string][]string{}
	for _, s := range submissions {
		for _, f := range s.Files {
			got[s.Path] = append(got[s.Path], f.Name)
		}
	}
	left := map[string][]string{"submissions/accepted/add.py": {"add.py"}, "submissions/accepted/many": {"main.cpp", "words.dat"}}
	if diff := cmp.Diff(left, got); diff != "" {
		t.Error(diff)
	}
}

// TestNamedLanguageIsNoStray: an extension that nobody knows does not matter where the package names the language.
func TestNamedLanguageIsNoStray(t *testing.T) {
	p := load(t, sound().with(files{
		"problem.yaml": modern, "submissions/accepted/sum.source": "", "submissions/submissions.yaml": "accepted/sum.source: {language: cpp}\n",
	}).write(t))
	submissions, err := p.Submissions()
	must(t, err)
	if len(submissions) != 1 || submissions[0].Language != "cpp" || len(p.Warnings) > 0 {
		t.Errorf("submissions %+v, warnings %v, want one in cpp and none", submissions, p.Warnings)
	}
}

// TestStraysBesidePrograms: an executable, a class file or a cache beside the source of a program is no program.
func TestStraysBesidePrograms(t *testing.T) {
	beside := func(dir string) files {
		return files{dir + "check.cpp": "", dir + "check": "\x7fELF", dir + "Check.class": "\xca\xfe\xba\xbe", dir + "__pycache__/check.cpython-311.pyc": ""}
	}
	for name, f := range map[string]files{
		"legacy":              beside("output_validators/").with(files{"problem.yaml": "validation: custom\n"}),
		"legacy, a directory": beside("output_validators/check/").with(files{"problem.yaml": "validation: custom\n"}),
		"2025-09":             beside("output_validator/").with(files{"problem.yaml": modern}),
		"of gavel.yaml":       beside("checkers/").with(files{"gavel.yaml": "checker: checkers/check.cpp\n"}),
	} {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(f).write(t))
			if p.Validator == nil || p.Validator.Language != "cpp" {
				t.Errorf("validator %+v, want one in cpp", p.Validator)
			}
		})
	}
	p := load(t, sound().with(beside("input_validators/")).write(t))
	if len(p.InputValidators) != 1 || p.InputValidators[0].Language != "cpp" {
		t.Errorf("input validators %+v, want one in cpp", p.InputValidators)
	}
	p = load(t, polygon("solutions: {'sol/*': AC}\n").with(beside("sol/")).write(t))
	if solutions, err := p.Submissions(); err != nil || len(solutions) != 1 || solutions[0].Path != "sol/check.cpp" {
		t.Errorf("solutions %+v, %v, want sol/check.cpp alone", solutions, err)
	}
}

// TestScriptsOfArchives: archives made on Windows carry no permissions, and build and run are scripts by their names. In
// a directory the permission is there to be read.
func TestScriptsOfArchives(t *testing.T) {
	for _, dir := range []string{
		"output_validator/", "input_validators/in/", "static_validator/", "output_visualizer/",
	} {
		f := sound().with(files{
			"problem.yaml": modern, "output_validator/run": "#!/bin/sh\n", dir + "build": "#!/bin/sh\n", dir + "run": "#!/bin/sh\n", dir + "other": "",
		})
		for path, want := range map[string]bool{f.zipped(t, "sum/"): true, f.zipped(t, ""): true, f.write(t): false} {
			p := load(t, path)
			var programs []*problem.Validator
			for _, v := range append([]*problem.Validator{p.Validator, p.StaticValidator, p.Visualizer}, p.InputValidators...) {
				if v != nil && v.Build {
					programs = append(programs, v)
				}
			}
			if len(programs) != 1 {
				t.Fatalf("%s: %d programs with a build, want one", dir, len(programs))
			}
			for _, file := range programs[0].Files {
				if script := file.Name != "other"; file.Executable != (want && script) {
					t.Errorf("%s: %s executable: %v", path, file.Name, file.Executable)
				}
			}
		}
	}
}

// TestBackslashesOfWindows: programs of Windows write "\" between the elements of a path.
func TestBackslashesOfWindows(t *testing.T) {
	name := sound().zipped(t, "", func(w *zip.Writer) {
		for path, text := range map[string]string{`data\secret\2.in`: "1", `data\secret\2.ans`: "1", `statement\`: ""} {
			out, err := w.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Store})
			must(t, err)
			_, err = out.Write([]byte(text))
			must(t, err)
		}
	})
	p := load(t, name)
	if diff := cmp.Diff([]string{"sample/01", "secret/1", "secret/2"}, testNames(p)); diff != "" {
		t.Error(diff)
	}
	if len(p.Warnings) == 0 {
		t.Error("no warning")
	}
}

// TestLinksThatNobodyFollows: a link out of the package, to nothing or in a circle matters only where something that
// judges is behind it.
func TestLinksThatNobodyFollows(t *testing.T) {
	const out = `: ignored: symbolic link out of the package, to "/usr/share/doc"`
	for _, tt := range []struct{ name, target, want string }{
		{"statement.pdf", "/usr/share/doc", "statement.pdf" + out},
		{"problem_statement/problem.pdf", "/usr/share/doc", "problem_statement/problem.pdf" + out},
		{"attachments", "/usr/share/doc", "attachments" + out},
		{"submissions/accepted/README.md", "/usr/share/doc", "submissions/accepted/README.md" + out},
		{"data/secret/1.png", "/usr/share/doc", "data/secret/1.png" + out},
		{"input_validators/in.ctd", "/usr/share/doc", "input_validators/in.ctd" + out},
		{"solution/x", "y", "solution/x: ignored: symbolic link to a file that is not there"},
		{"solution/x", "x", "solution/x: ignored: symbolic link that leads to itself"},
		{"solution/x", "..", "solution/x: ignored: symbolic link to a directory that it is in"},
	} {
		t.Run(tt.name+" to "+tt.target, func(t *testing.T) {
			dir := sound().write(t)
			path := filepath.Join(dir, tt.name)
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.Symlink(tt.target, path))
			if diff := cmp.Diff([]string{tt.want}, strip(load(t, dir).Warnings)); diff != "" {
				t.Error(diff)
			}
			archive := sound().zipped(t, "", func(w *zip.Writer) { addEntry(t, w, tt.name, fs.ModeSymlink|0o777, tt.target) })
			if diff := cmp.Diff([]string{tt.want}, strip(load(t, archive).Warnings)); diff != "" {
				t.Errorf("in an archive: %s", diff)
			}
		})
	}
}

// TestLinksThatJudge: where a verdict may depend on it, a link out of the package is refused whatever it is called.
func TestLinksThatJudge(t *testing.T) {
	for _, name := range []string{
		"data/secret", "data/secret/2.in", "data/secret/g", "include/cpp/notes.txt", "output_validators/v.h", "graders/g", ".timelimit",
		"domjudge-problem.ini", "submissions/accepted/a.cpp",
	} {
		dir := sound().with(files{"data/secret/1.in": "-", "data/secret/1.ans": "-"}).write(t)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.Symlink("/usr/share/doc", filepath.Join(dir, name)))
		if got := issuesOf(t, dir)[0]; got != name+`: symbolic link out of the package, to "/usr/share/doc"` {
			t.Errorf("%s: %s", name, got)
		}
	}
	dir := polygon("checker: check.cpp\n").write(t)
	must(t, os.Symlink("/usr/share/doc", filepath.Join(dir, "helper.inc")))
	if got := issuesOf(t, dir); len(got) != 1 {
		t.Errorf("beside a checker: %v", got)
	}
}

// TestNamesInOtherEncodings: what nobody judges may be called as its author's system has it.
func TestNamesInOtherEncodings(t *testing.T) {
	const name = "problem_statement/pr\xfcfung.pdf"
	want := []string{`"problem_statement/pr\xfcfung.pdf": ignored: the name is not valid UTF-8`}
	f := sound().with(files{name: ""})
	for _, path := range []string{f.write(t), f.zipped(t, ""), f.zipped(t, "sum/")} {
		if diff := cmp.Diff(want, strip(load(t, path).Warnings)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTolerated: a rule whose breach changes no verdict is told and no more.
func TestTolerated(t *testing.T) {
	yaml := func(text string) files { return files{"problem.yaml": text} }
	checkTolerated(t, sound(), map[string]tolerated{
		"key twice":     {yaml("name: a\nname: b"), []string{"problem.yaml:2: key name is given twice, and the last one counts"}},
		"limit twice":   {yaml("limits: {memory: 5, memory: 6}"), []string{"problem.yaml:1: key limits.memory is given twice, and the last one counts"}},
		"quoted number": {yaml("limits: {memory: '64', time_limit: \" 1.5 \"}"), []string{`problem.yaml:1: limits.time_limit is " 1.5 " in quotes, and is taken for the number`, `problem.yaml:1: limits.memory is "64" in quotes, and is taken for the number`}},
		"yes":           {yaml("type: scoring\ngrading: {custom_scoring: no}"), []string{`problem.yaml:2: grading.custom_scoring is "no", and is taken for false`}},
		"objective":     {yaml("type: scoring\ngrading: {objective: least}"), []string{`problem.yaml:2: grading.objective "least" is not known, and is taken for max`}},
		"key of a tool": {yaml("x-timeout: 5\ndomjudge-color: red\nbapctools_verified: {a: 1}\n_note: hi\ncms.id: 5"), []string{
			"problem.yaml:1: x-timeout ignored: it is no key of the format, and taken for one of another tool", "problem.yaml:2: domjudge-color ignored: it is no key of the format, and taken for one of another tool", "problem.yaml:3: bapctools_verified ignored: it is no key of the format, and taken for one of another tool",
			"problem.yaml:4: _note ignored: it is no key of the format, and taken for one of another tool", "problem.yaml:5: cms.id ignored: it is no key of the format, and taken for one of another tool",
		}},
		"table of a tool":   {yaml("tracker: {id: 5, limits_note: x}"), []string{"problem.yaml:1: tracker ignored: it is no key of the format, and taken for one of another tool"}},
		"empty group":       {files{"data/secret/g/testdata.yaml": ""}, []string{"data/secret/g: ignored, because there are no test cases in it"}},
		"old float compare": {files{"domjudge-problem.ini": "special_compare = 'float'"}, []string{"domjudge-problem.ini:1: special_compare is float, DOMjudge's comparison of numbers, and is taken for float_tolerance 1e-7"}},
		"default compare":   {files{"domjudge-problem.ini": "special_compare = 'compare'\nspecial_run = run"}, nil},
	})
	const group = "data/secret/g/test_group.yaml"
	inGroup := files{group: "", "data/secret/g/1.in": "", "data/secret/g/1.ans": ""}
	checkTolerated(t, sound().with(yaml(modern)), map[string]tolerated{
		"no name, no uuid":    {yaml("problem_format_version: 2025-09"), []string{"problem.yaml: name is missing", "problem.yaml: uuid is missing"}},
		"resolution":          {yaml(modern + "limits: {time_limit: 1.5}"), []string{"problem.yaml: limits.time_limit of 1.5s is not a multiple of limits.time_resolution, 1s"}},
		"type twice":          {yaml(modern + "type: [pass-fail, pass-fail]"), []string{`problem.yaml:4: type has "pass-fail" twice`}},
		"on":                  {yaml(modern + "allow_file_writing: on"), []string{`problem.yaml:4: allow_file_writing is "on", and is taken for true`}},
		"quoted true":         {yaml(modern + "allow_file_writing: 'True'"), []string{`problem.yaml:4: allow_file_writing is "True", and is taken for true`}},
		"yaml of no test":     {files{"data/secret/2.yaml": ""}, []string{"data/secret/2.yaml: belongs to a test case that is not there"}},
		"files of no test":    {files{"data/secret/2.files/x": ""}, []string{"data/secret/2.files: belongs to a test case that is not there"}},
		"output of no test":   {files{"data/secret/2.out": ""}, []string{"data/secret/2.out: belongs to a test case that is not there"}},
		"test and directory":  {files{"data/secret/1/1.in": "", "data/secret/1/1.ans": ""}, []string{"data/secret/1: is both a test case and a directory"}},
		"case beside a group": {inGroup, []string{"data/secret/1.in: must be in a test group, because data/secret/g is one"}},
		"verdict twice": {files{"submissions/accepted/a.py": "", "submissions/submissions.yaml": "accepted/*: {permitted: [AC, AC]}"}, []string{
			`submissions/submissions.yaml:1: accepted/*.permitted has "AC" twice`,
		}},
		"no visualizer in it": {files{"output_visualizer/README": ""}, []string{"output_visualizer: holds no program in one known language, and no build or run script"}},
	})
}

// TestLastKeyCounts: of a key that is given twice, the last value is taken, as readers of yaml in other languages do.
func TestLastKeyCounts(t *testing.T) {
	p := load(t, sound().with(files{"problem.yaml": "limits: {memory: 5}\nname: a\nlimits: {memory: '64'}\nname: b\n"}).write(t))
	if p.Title != "b" || p.Limits.Memory != 64*sandbox.MiB {
		t.Errorf("title %q, memory %d, want the last of each", p.Title, p.Limits.Memory)
	}
}

func TestWordsForTrue(t *testing.T) {
	for word, want := range map[string]bool{"yes": true, "On": true, "'true'": true, "1": true, "no": false, "OFF": false, "'false'": false, "0": false} {
		if p := load(t, sound().with(files{"problem.yaml": modern + "allow_file_writing: " + word}).write(t)); p.AllowFileWriting != want {
			t.Errorf("%s: %v, want %v", word, p.AllowFileWriting, want)
		}
	}
}

// TestForeignKeys: a table is taken for another tool's unless it may be a misspelt one of the format, and 2025-09 leaves
// no room for either.
func TestForeignKeys(t *testing.T) {
	yaml := func(text string) files { return files{"problem.yaml": text} }
	checkBroken(t, sound(), map[string]broken{
		"limits misspelt":  {yaml("limit: {memory: 5}"), []string{"problem.yaml:1: unknown key limit"}},
		"grading misspelt": {yaml("gradings: {range: 0 5}"), []string{"problem.yaml:1: unknown key gradings"}},
		"a word":           {yaml("validatoin: custom"), []string{"problem.yaml:1: unknown key validatoin"}},
		"2025-09":          {yaml(modern + "x-note: 5\ntracker: {id: 5}"), []string{"problem.yaml:4: unknown key x-note", "problem.yaml:5: unknown key tracker"}},
	})
}

// TestRemediesOfUnknownKeys: to remove a key can change verdicts, so that the one which is meant is named.
func TestRemediesOfUnknownKeys(t *testing.T) {
	for name, tt := range map[string]struct {
		files  files
		remedy string
	}{
		"flags in legacy":   {files{"problem.yaml": "output_validator_flags: float_tolerance 1e-6"}, "call it validator_flags, as the legacy formats do; without it the tolerance is lost"},
		"args in legacy":    {files{"problem.yaml": "output_validator_args: [float_tolerance, 1e-6]"}, "call it validator_flags, as the legacy formats do; without it the tolerance is lost"},
		"flags in a group":  {files{"data/testdata.yaml": "validator_flags: float_tolerance 1e-6"}, "call it output_validator_flags here; without it the tolerance is lost"},
		"flags in 2025-09":  {files{"problem.yaml": modern + "validator_flags: float_tolerance 1e-6"}, "write output_validator_args in data/secret/test_group.yaml, as a list; without it the tolerance is lost"},
		"flags of 2025-09":  {files{"problem.yaml": modern, "data/secret/test_group.yaml": "output_validator_flags: case_sensitive"}, "call it output_validator_args, and make it a list; without it the tolerance is lost"},
		"limit at the top":  {files{"problem.yaml": "memory: 5"}, "move it below limits"},
		"misspelt":          {files{"problem.yaml": "validatoin: custom"}, "write validation if that is meant, or remove it"},
		"misspelt a limit":  {files{"problem.yaml": "limits: {memroy: 5}"}, "write memory if that is meant, or remove it"},
		"like nothing else": {files{"problem.yaml": "frobnicate: 5"}, "correct its spelling or remove it"},
	} {
		_, err := reader.Load(sound().with(tt.files).write(t), reader.Options{})
		var invalid *issue.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Issues) != 1 || invalid.Issues[0].Remedy != tt.remedy {
			t.Errorf("%s: %v, want the remedy %q", name, err, tt.remedy)
		}
	}
}

// TestGroupFileOfData: what lies in data means the same as a copy in data/sample and in data/secret.
func TestGroupFileOfData(t *testing.T) {
	const text = "max_score: 7\nscore_aggregation: min\noutput_validator_args: [case_sensitive]\nargs: [a]\n"
	f := sound().with(files{"problem.yaml": modern + "type: scoring\n"})
	warned := []string{"data/test_group.yaml: taken for one in data/sample and in data/secret, where the format has them"}
	for name, tt := range map[string]struct {
		more      files
		max       float64
		aggregate problem.Aggregation
	}{
		"alone":                {nil, 7, problem.AggregateMin},
		"with one of secret's": {files{"data/secret/test_group.yaml": "max_score: 9\n"}, 9, problem.AggregateMin},
	} {
		p := load(t, f.with(files{"data/test_group.yaml": text}).with(tt.more).write(t))
		if diff := cmp.Diff(warned, strip(p.Warnings)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		sample, secret := p.Groups.Children[0].Group.Modern, p.Groups.Children[1].Group.Modern
		if !sample.Unbounded || secret.MaxScore != tt.max || secret.Aggregation != tt.aggregate {
			t.Errorf("%s: sample %+v, secret %+v", name, sample, secret)
		}
		for _, test := range p.Tests {
			if diff := cmp.Diff([]string{"a"}, test.Args); diff != "" || test.Comparer != (checker.Options{CaseSensitive: true}) {
				t.Errorf("%s: %s: args %q, %v", name, test.Name, test.Args, test.Comparer)
			}
		}
	}
	checkBroken(t, f, map[string]broken{
		"a key that is not known": {files{"data/test_group.yaml": "scoer: 5"}, []string{"data/test_group.yaml:1: unknown key scoer"}},
	})
}

// TestOldFloatCompare: the tolerance is that of DOMjudge's program of this name, unless the package gives another.
func TestOldFloatCompare(t *testing.T) {
	args := func(list ...string) checker.Options {
		options, err := checker.ParseArgs(list, false)
		must(t, err)
		return options
	}
	ini := sound().with(files{"domjudge-problem.ini": "special_compare = 'float'\n"})
	if got := load(t, ini.write(t)).Tests[0].Comparer; got != args("float_tolerance", "1e-7") {
		t.Errorf("comparer %+v", got)
	}
	other := ini.with(files{"problem.yaml": "validator_flags: float_tolerance 1e-4\n"})
	if got := load(t, other.write(t)).Tests[0].Comparer; got != args("float_tolerance", "1e-4") {
		t.Errorf("with flags: comparer %+v", got)
	}
	own := ini.with(files{"output_validators/float/v.py": ""})
	if p := load(t, own.write(t)); p.Validator == nil || p.Validator.Path != "output_validators/float" {
		t.Errorf("with a program of this name: %+v", p.Validator)
	}
}

// TestInteractionOutput: before 2025-09 validation_output says nothing of what an interactor says to the submission.
func TestInteractionOutput(t *testing.T) {
	for name, tt := range map[string]struct {
		files files
		want  sandbox.Bytes
	}{
		"legacy":        {files{"problem.yaml": "limits: {validation_output: 1}"}, problem.DefaultInteraction},
		"2025-09":       {files{"problem.yaml": modern + "limits: {validation_output: 3}"}, 3 * sandbox.MiB},
		"of gavel.yaml": {files{"problem.yaml": modern, "gavel.yaml": "interaction_output: 5\n"}, 5 * sandbox.MiB},
	} {
		if got := load(t, sound().with(tt.files).write(t)).Limits.InteractionOutput; got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func TestSamplesOnly(t *testing.T) {
	const what = "data/secret: has no test cases: there are samples only, by which nothing is judged but examples"
	samples := sound().with(files{"data/secret/1.in": "-", "data/secret/1.ans": "-"})
	for name, tt := range map[string]struct {
		files files
		only  bool
		want  []string
	}{
		"not asked for":  {nil, true, []string{what}},
		"asked for":      {files{"gavel.yaml": "samples_only: true\n"}, false, nil},
		"asked for not":  {files{"gavel.yaml": "samples_only: false\n"}, true, []string{what}},
		"not to be read": {files{"problem.yaml": modern}, true, []string{what}},
	} {
		p := load(t, samples.with(tt.files).write(t))
		if diff := cmp.Diff(tt.want, strip(p.Warnings)); diff != "" || p.SamplesOnly != tt.only {
			t.Errorf("%s: samples only is %v; %s", name, p.SamplesOnly, diff)
		}
	}
	if p := load(t, polygon("samples: '*'\n").write(t)); !p.SamplesOnly {
		t.Error("a package in the style of testlib is not said to have samples only")
	}
	if p := load(t, polygon("samples: '*'\nsamples_only: true\n").write(t)); p.SamplesOnly {
		t.Error("a package in the style of testlib cannot ask for it")
	}
}

// TestGeneratorInPlaceOfTests: where the test cases have to be made first, that is said.
func TestGeneratorInPlaceOfTests(t *testing.T) {
	none := sound().with(files{"data/secret/1.in": "-", "data/secret/1.ans": "-", "data/sample/01.in": "-", "data/sample/01.ans": "-"})
	for _, name := range []string{"generators/generators.yaml", "generators/gen.py", "data/secret/gen.sh", "gen/gen.cpp"} {
		_, err := reader.Load(none.with(files{name: ""}).write(t), reader.Options{})
		if err == nil || !strings.Contains(err.Error(), "run the generator of the package, ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
