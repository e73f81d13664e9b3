package reader_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// constants is a package of 2025-09 that gives some.
func constants(yaml string) files {
	return sound().with(files{"problem.yaml": "problem_format_version: 2025-09\nname: Sum\n" +
		"uuid: 1\nlimits: {time_limit: 1}\nconstants:" + yaml})
}

func TestConstants(t *testing.T) {
	const yaml = `
  n: 1_000
  deep: {value: "007", tex: $10^5$, short: 1e5}
  text: "{{n}}"
`
	tests := map[string]struct{ text, want string }{
		"scalar, as written": {"a[{{n}}] = {{n.value}};", "a[1_000] = 1_000;"},
		"map":                {"{{deep}} {{deep.value}} {{deep.tex}} {{deep.short}}", "007 007 $10^5$ 1e5"},
		"unknown":            {"{{x}} {{n.x}} {{deep.x}} {{ n }} {n} {{}} {{", "{{x}} {{n.x}} {{deep.x}} {{ n }} {n} {{}} {{"},
		"between braces":     {"int a[1][1] = {{{n}}};", "int a[1][1] = {1_000};"},
		"once only":          {"{{text}}", "{{n}}"},
		"no text":            {"\x7fELF\x00{{n}}", "\x7fELF\x00{{n}}"},
		"Latin 1":            {"\xe9{{n}}\xe9", "\xe91_000\xe9"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, constants(yaml).with(files{
				"submissions/accepted/a.cpp": tt.text, "include/cpp/lib.h": tt.text, "output_validator/v.py": tt.text,
			}).write(t))
			examples, err := p.Submissions()
			must(t, err)
			for _, f := range []tree.File{examples[0].Files[0], p.Include["cpp"][0], p.Validator.Files[0]} {
				got, err := f.Read()
				must(t, err)
				if diff := cmp.Diff(tt.want, string(got)); diff != "" {
					t.Errorf("%s: %s", f.Path, diff)
				}
			}
		})
	}
}

// TestConstantsElsewhere: other formats have none.
func TestConstantsElsewhere(t *testing.T) {
	p := load(t, sound().with(files{"submissions/accepted/a.cpp": "{{n}}"}).write(t))
	examples, err := p.Submissions()
	must(t, err)
	if got, err := examples[0].Files[0].Read(); err != nil || string(got) != "{{n}}" {
		t.Errorf("Read() = %q, %v, want it as it is", got, err)
	}
}

func TestBrokenConstants(t *testing.T) {
	const file = "problem.yaml:6: constants."
	tests := map[string]struct{ yaml, want string }{
		"name":         {"\n  1a: 1", file + "1a is no name of a constant"},
		"variant":      {"\n  a: {value: 1, b-c: 2}", file + "a.b-c is no name of a constant"},
		"no value":     {"\n  a: {tex: 1}", file + "a has no value"},
		"list":         {"\n  a: [1]", file + "a must be a number or a string, not a list"},
		"nothing":      {"\n  a:", file + `a must be a number or a string, not ""`},
		"deep":         {"\n  a: {value: {value: 1}}", file + "a.value must be a number or a string, not a map"},
		"no constants": {" 5", `problem.yaml:5: constants must be a map of keys and values, not "5"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := reader.Load(constants(tt.yaml).write(t), reader.Options{})
			var invalid *issue.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("Load() = %v, want an InvalidError", err)
			}
			if diff := cmp.Diff([]string{tt.want}, strip(invalid.Issues)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
