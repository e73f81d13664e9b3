package reader_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

const modern = "problem_format_version: 2025-09\nname: x\nuuid: y\n"

// pairs are the inputs and answers of test cases.
func pairs(names ...string) files {
	f := make(files)
	for _, name := range names {
		f["data/"+name+".in"], f["data/"+name+".ans"] = "", ""
	}
	return f
}

func TestOrderIsThatOfBaseNames(t *testing.T) {
	// As file names, a-b.in would stand before a.in, and g/1.in before g.in.
	f := pairs("sample/2", "sample/1", "secret/a-b", "secret/a", "secret/b", "secret/aa/2", "secret/aa/10", "secret/B").
		with(files{"problem.yaml": "name: x"})
	want := []string{
		"sample/1", "sample/2",
		"secret/B", "secret/a", "secret/a-b", "secret/aa/10", "secret/aa/2", "secret/b",
	}
	p := load(t, f.write(t))
	if diff := cmp.Diff(want, testNames(p)); diff != "" {
		t.Error(diff)
	}
	if sub := p.Groups.Children[1].Group.Children[3].Group; sub == nil || sub.Name != "secret/aa" || len(sub.Children) != 2 {
		t.Errorf("fourth child of secret is %+v, want the group secret/aa of two", sub)
	}
}

func TestValidatorArgs(t *testing.T) {
	tests := map[string]struct {
		files files
		want  map[string][]string // for secret/1 and secret/g/1
	}{
		"of the problem": {
			files{"problem.yaml": "validator_flags: float_tolerance 1e-6"},
			map[string][]string{"secret/1": {"float_tolerance", "1e-6"}, "secret/g/1": {"float_tolerance", "1e-6"}},
		},
		"of a group, inherited": {
			files{"data/testdata.yaml": "output_validator_flags: a", "data/secret/testdata.yaml": "on_reject: continue"},
			map[string][]string{"secret/1": {"a"}, "secret/g/1": {"a"}},
		},
		"nearest group": {
			files{"data/secret/testdata.yaml": "output_validator_flags: a", "data/secret/g/testdata.yaml": "output_validator_flags: b c"},
			map[string][]string{"secret/1": {"a"}, "secret/g/1": {"b", "c"}},
		},
		"none below": {
			files{"data/secret/testdata.yaml": "output_validator_flags: a", "data/secret/g/testdata.yaml": "output_validator_flags: ''"},
			map[string][]string{"secret/1": {"a"}, "secret/g/1": nil},
		},
		"map": {
			files{"data/secret/testdata.yaml": "output_validator_flags: {name: check, flags: x 5}"},
			map[string][]string{"secret/1": {"x", "5"}, "secret/g/1": {"x", "5"}},
		},
		"added up": {
			files{
				"problem.yaml":                "validator_flags: case_sensitive float_tolerance 1e-6",
				"data/secret/testdata.yaml":   "output_validator_flags: float_tolerance 1e-6 space_change_sensitive",
				"data/secret/g/testdata.yaml": "output_validator_flags: float_tolerance 1e-3",
			},
			map[string][]string{
				"secret/1":   {"case_sensitive", "float_tolerance", "1e-6", "space_change_sensitive"},
				"secret/g/1": {"case_sensitive", "float_tolerance", "1e-6", "float_tolerance", "1e-3"},
			},
		},
		"2025: of directories": {
			files{
				"problem.yaml": strings.Replace(modern, "2025-09", "2023-07", 1), "data/secret/test_group.yaml": "output_validator_args: [a, 'b c']",
				"data/secret/g/1.yaml": "output_validator_args: [1e-6]\nhint: x",
			},
			map[string][]string{"secret/1": {"a", "b c"}, "secret/g/1": {"1e-6"}},
		},
		"2023: flags and arguments": {
			files{
				"problem.yaml":                "problem_format_version: 2023-07-draft\nvalidator_flags: x",
				"data/secret/testdata.yaml":   "output_validator_flags: a b",
				"data/secret/g/testdata.yaml": "output_validator_args: [c]",
			},
			map[string][]string{"secret/1": {"x", "a", "b"}, "secret/g/1": {"x", "c"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := pairs("secret/1", "secret/g/1").with(files{"problem.yaml": "name: x"}).with(tt.files)
			f["problem.yaml"] += "\nvalidation: custom"
			f["output_validators/v.py"] = "" // it takes any arguments
			p := load(t, f.write(t))
			got := make(map[string][]string)
			for _, test := range p.Tests {
				got[test.Name] = test.ValidatorArgs
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidators(t *testing.T) {
	custom := "name: x\nvalidation: custom\n"
	file := func(names ...string) []tree.File {
		var list []tree.File
		for _, name := range names {
			list = append(list, tree.File{Name: name})
		}
		return list
	}
	program := func(path, language string, files []tree.File) problem.Program {
		return problem.Program{Path: path, Language: language, Files: files}
	}
	tests := map[string]struct {
		files files
		want  *problem.Validator
	}{
		"default":         {files{}, nil},
		"not asked for":   {files{"output_validators/a.py": ""}, nil},
		"one file":        {files{"problem.yaml": custom, "output_validators/a.py": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators", "python3", file("a.py"))}},
		"with a header":   {files{"problem.yaml": custom, "output_validators/a.cc": "", "output_validators/a.h": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators", "cpp", file("a.cc", "a.h"))}},
		"a directory":     {files{"problem.yaml": custom, "output_validators/v/a.cc": "", "output_validators/v/x/b.h": "", "output_validators/README": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators/v", "cpp", file("a.cc", "x/b.h"))}},
		"build":           {files{"problem.yaml": custom, "output_validators/v/build": "", "output_validators/v/a": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators/v", "", file("a", "build")), Build: true}},
		"run":             {files{"problem.yaml": custom, "output_validators/v/run": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators/v", "", file("run")), Run: true}},
		"other name":      {files{"problem.yaml": custom, "output_validator/a.py": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validator", "python3", file("a.py"))}},
		"2025":            {files{"problem.yaml": modern, "output_validator/a.cpp": "", "output_validator/b.cpp": ""}, &problem.Validator{Protocol: checker.Kattis, Program: problem.Program{Path: "output_validator", Language: "cpp", Files: file("a.cpp", "b.cpp")}}},
		"2025, old name":  {files{"problem.yaml": modern, "output_validators/v/a.py": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators/v", "python3", file("a.py"))}},
		"2023, no word":   {files{"problem.yaml": "problem_format_version: 2023-07", "output_validators/v/a.py": ""}, &problem.Validator{Protocol: checker.Kattis, Program: program("output_validators/v", "python3", file("a.py"))}},
		"java main class": {files{"problem.yaml": custom, "output_validators/v/Check.java": ""}, &problem.Validator{Protocol: checker.Kattis, Program: problem.Program{Path: "output_validators/v", Language: "java", Files: file("Check.java")}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(tt.files).write(t))
			if diff := cmp.Diff(tt.want, p.Validator, cmpopts.IgnoreFields(tree.File{}, "Path")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestToleratedPackages(t *testing.T) {
	p := load(t, sound().with(files{
		"problem.yaml": "\xEF\xBB\xBFname:\r\n  en: Sum\r\n  de: Summe\r\nauthor: A\r\nlicense: cc by-sa\r\nlimits:\r\n" +
			"keywords: [a, b]\r\nuuid: x\r\nrights_owner:\r\ngrading: {show_test_data_groups: true, on_reject: first_error}\r\n",
		"problem_statement/problem.en.tex": "", "generators/gen.py": "", "input_validators/v.ctd": "", "attachments/a b.zip": "",
		"README.md": "", "data/secret/1.desc": "", "data/secret/1.hint": "", "data/secret/1.png": "", "data/sample/3.interaction": "",
		"data/secret/Makefile": "", "data/secret/gen/gen.py": "", "data/bad/x.in": "", "submissions/README": "", "include/java/Lib.java": "",
	}).write(t))
	if p.Title != "Sum" || len(p.Tests) != 2 || len(p.Include["java"]) != 1 {
		t.Errorf("title %q, tests %v, include %v", p.Title, testNames(p), p.Include)
	}
	want := []string{
		"problem.yaml:1: begins with a byte order mark", "problem.yaml: has line ends of CR LF",
		"data/secret/gen: ignored, because there are no test cases in it",
	}
	if diff := cmp.Diff(want, strip(p.Warnings)); diff != "" {
		t.Error(diff)
	}
}

func TestModernKeys(t *testing.T) {
	p := load(t, sound().with(files{
		"problem.yaml": modern + "languages: [cpp, python3]\nallow_file_writing: true\ntype: pass-fail\nconstants: {}\n",
	}).write(t))
	if diff := cmp.Diff([]string{"cpp", "python3"}, p.Languages); diff != "" || !p.AllowFileWriting || !p.StrictArgs {
		t.Errorf("languages %v, file writing %t, strict %t", p.Languages, p.AllowFileWriting, p.StrictArgs)
	}
	p = load(t, sound().with(files{"problem.yaml": modern + "languages: all\n"}).write(t))
	if p.Languages != nil || p.AllowFileWriting {
		t.Errorf("languages %v, file writing %t, want all and false", p.Languages, p.AllowFileWriting)
	}
}
