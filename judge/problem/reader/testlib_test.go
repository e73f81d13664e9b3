package reader_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// polygon is a small package in the style of testlib.
func polygon(yaml string) files {
	return files{
		"gavel.yaml": yaml,
		"tests/01":   "1 2\n", "tests/01.a": "3\n", "tests/2": "", "tests/2.a": "", "tests/10": "", "tests/10.a": "",
		"check.cpp": "int main() {}",
	}
}

func TestTestlibPackage(t *testing.T) {
	p := load(t, polygon(`
name: A plus B
time_limit: 1.5
memory_limit: 64
output_limit: 3
samples: "01"
validator: files/val.cpp
languages: [cpp, python3]
`).with(files{"files/val.cpp": "#include \"testlib.h\"\n", "files/testlib.h": "", "files/gen.cpp": ""}).write(t))
	if p.Title != "A plus B" || p.Format != problem.Testlib || p.Kind != (problem.Kind{}) {
		t.Errorf("title %q, format %s, kind %+v", p.Title, p.Format, p.Kind)
	}
	l := p.Limits
	if l.Time != 1500*time.Millisecond || l.TimeSource != problem.TimeSettings || l.Memory != 64*sandbox.MiB || l.Output != 3*sandbox.MiB {
		t.Errorf("limits %+v", l)
	}
	if diff := cmp.Diff([]string{"sample/01", "secret/2", "secret/10"}, testNames(p)); diff != "" {
		t.Error(diff)
	}
	if v := p.Validator; v == nil || v.Path != "check.cpp" || v.Protocol != checker.Testlib || v.Language != "cpp" {
		t.Errorf("checker %+v", v)
	}
	if len(p.InputValidators) != 1 || p.InputValidators[0].Protocol != checker.Testlib || len(p.InputValidators[0].Files) != 2 {
		t.Errorf("input validators %+v", p.InputValidators)
	}
	if p.Tests[0].Comparer != nil || !p.Tests[0].Sample || p.Tests[1].Sample {
		t.Errorf("tests %+v, %+v", p.Tests[0], p.Tests[1])
	}
}

func TestTestlibPatterns(t *testing.T) {
	tests := map[string]struct {
		yaml  string
		files []string
		want  []string
	}{
		"in and out":       {"", []string{"tests/1.in", "tests/1.out", "tests/2.in", "tests/2.out"}, []string{"secret/1", "secret/2"}},
		"in and ans":       {"", []string{"tests/a.in", "tests/a.ans"}, []string{"secret/a"}},
		"polygon":          {"", []string{"tests/01", "tests/01.a"}, []string{"secret/01"}},
		"input and output": {"", []string{"tests/input1.txt", "tests/output1.txt", "tests/input10.txt", "tests/output10.txt"}, []string{"secret/1", "secret/10"}},
		"given": {
			"tests: {input: 'data/*/in', answer: 'data/*/out'}",
			[]string{"data/x/in", "data/x/out", "data/y/in", "data/y/out"},
			[]string{"secret/x", "secret/y"},
		},
		"given at the root": {"tests: {input: 'in*', answer: 'out*'}", []string{"in1", "out1"}, []string{"secret/1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := files{"gavel.yaml": tt.yaml}
			for _, name := range tt.files {
				f[name] = ""
			}
			p := load(t, f.write(t))
			if diff := cmp.Diff(tt.want, testNames(p)); diff != "" {
				t.Error(diff)
			}
			if p.Validator != nil || p.Tests[0].Comparer != (checker.Options{}) {
				t.Errorf("validator %v, comparer %v", p.Validator, p.Tests[0].Comparer)
			}
		})
	}
}

func TestTestlibPoints(t *testing.T) {
	p := load(t, polygon(`
samples: ["01"]
groups:
  - {name: small, points: 30, tests: "2"}
  - {name: large, points: 70.5, tests: ["1*"], scoring: sum, requires: [small, sample]}
`).write(t))
	_, modern := gradings(p.Groups)
	want := map[string]*problem.ModernGrading{
		"":             {},
		"sample":       {Group: true, Unbounded: true, Aggregation: "pass-fail"},
		"secret":       {Group: true, MaxScore: 100.5, Aggregation: "sum"},
		"secret/small": {Group: true, MaxScore: 30, Aggregation: "pass-fail"},
		"secret/large": {Group: true, MaxScore: 70.5, Aggregation: "sum", RequirePass: []string{"secret/small", "sample"}},
	}
	if diff := cmp.Diff(want, modern); diff != "" || !p.Kind.Scoring {
		t.Errorf("scoring %t: %s", p.Kind.Scoring, diff)
	}
	if diff := cmp.Diff([]string{"sample/01", "secret/small/2", "secret/large/10"}, testNames(p)); diff != "" {
		t.Error(diff)
	}
	p = load(t, polygon("points: 60").write(t))
	if g := p.Groups.Children[0].Group; !p.Kind.Scoring || g.Name != "secret" || g.Modern.MaxScore != 60 || len(g.Children) != 3 {
		t.Errorf("secret is %+v", g)
	}
}

func TestCheckerSettings(t *testing.T) {
	both := polygon("").with(files{"interact.cpp": "", "chk/run": ""})
	kattis := sound().with(files{"check.cpp": "", "interact.cpp": ""})
	tests := map[string]struct {
		files                 files
		validator, interactor *problem.Validator
		args                  []string
	}{
		"by name": {
			both.with(files{"gavel.yaml": "checker: {path: check.cpp, protocol: testlib-appes, points_scale: percent, args: [a, b c]}"}),
			&problem.Validator{Protocol: checker.TestlibXML, PointsScale: checker.PointsPercent}, nil,
			[]string{"a", "b c"},
		},
		"a directory": {
			both.with(files{"gavel.yaml": "checker: {path: chk, protocol: cms}"}),
			&problem.Validator{Protocol: checker.CMS, Run: true}, nil, nil,
		},
		"interactor alone": {
			both.with(files{"gavel.yaml": "interactor: interact.cpp"}),
			nil, &problem.Validator{Protocol: checker.Testlib}, nil,
		},
		"both": {
			both.with(files{"gavel.yaml": "interactor: interact.cpp\nchecker: check.cpp"}),
			&problem.Validator{Protocol: checker.Testlib},
			&problem.Validator{Protocol: checker.Testlib}, nil,
		},
		"interactor of kattis": {
			both.with(files{"gavel.yaml": "interactor: {path: interact.cpp, protocol: kattis, args: [x]}"}),
			&problem.Validator{Protocol: checker.Kattis}, nil,
			[]string{"x"},
		},
		"beside problem.yaml": {
			kattis.with(files{"gavel.yaml": "checker: check.cpp"}),
			&problem.Validator{Protocol: checker.Testlib}, nil, nil,
		},
		"interactor beside problem.yaml": {
			kattis.with(files{"gavel.yaml": "interactor: {path: interact.cpp, protocol: exit-code}"}),
			nil, &problem.Validator{Protocol: checker.ExitCode}, nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files.write(t))
			for _, v := range []*problem.Validator{p.Validator, p.Interactor} {
				if v != nil {
					v.Program = problem.Program{} // told by the other tests
				}
			}
			if diff := cmp.Diff(tt.validator, p.Validator); diff != "" {
				t.Errorf("checker: %s", diff)
			}
			if diff := cmp.Diff(tt.interactor, p.Interactor); diff != "" {
				t.Errorf("interactor: %s", diff)
			}
			interactive := tt.interactor != nil || tt.validator.Protocol == checker.Kattis
			if p.Kind.Interactive != interactive || p.Tests[0].Comparer != nil {
				t.Errorf("interactive %t, comparer %v", p.Kind.Interactive, p.Tests[0].Comparer)
			}
			if diff := cmp.Diff(tt.args, p.Tests[0].ValidatorArgs); diff != "" {
				t.Errorf("arguments: %s", diff)
			}
		})
	}
}

func TestSolutions(t *testing.T) {
	p := load(t, polygon(`
solutions:
  "s/*.cpp": [WA, TLE]
  s/main.cpp: main
  s/part.py: {verdict: PAC, score: 40}
  s/dir: accepted
`).with(files{"s/main.cpp": "", "s/bad.cpp": "", "s/part.py": "", "s/dir/a.py": "", "s/notes.txt": ""}).write(t))
	solutions, err := p.Submissions()
	must(t, err)
	got := make(map[string][]verdict.Code)
	for _, s := range solutions {
		got[s.Path] = s.Expected.Final
		if score := s.Expected.Score; (score != nil && *score == problem.ScoreRange{Least: 40, Most: 40}) != (s.Path == "s/part.py") {
			t.Errorf("%s must get the score %v", s.Path, score)
		}
	}
	want := map[string][]verdict.Code{
		"s/main.cpp": {verdict.Accepted},
		"s/bad.cpp":  {verdict.WrongAnswer, verdict.TimeLimitExceeded},
		"s/part.py":  {verdict.PartiallyAccepted},
		"s/dir":      {verdict.Accepted},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTestlibHeader(t *testing.T) {
	const include = "#include <bits/stdc++.h>\n  #  include \"testlib.h\"\nint main() {}"
	f := polygon("checker: src/check.cpp").with(files{"src/check.cpp": include})
	host := t.TempDir()
	must(t, os.WriteFile(filepath.Join(host, "testlib.h"), []byte("// host"), 0o644))
	header := func(p *problem.Problem) string {
		for _, file := range p.Validator.Files {
			if file.Name == "testlib.h" {
				return file.Path
			}
		}
		return ""
	}
	p, err := reader.Load(f.write(t), reader.Options{Include: []string{host}})
	must(t, err)
	if got := header(p); got != filepath.Join(host, "testlib.h") {
		t.Errorf("header is %q, want that of the host", got)
	}
	dir := f.with(files{"lib/testlib.h": "// package", "lib/deep/testlib.h": ""}).write(t)
	p, err = reader.Load(dir, reader.Options{Include: []string{host}})
	must(t, err)
	if got := header(p); got != filepath.Join(dir, "lib/testlib.h") {
		t.Errorf("header is %q, want that of the package", got)
	}
	must(t, err)
	if _, err := os.Stat("/usr/include/testlib.h"); err == nil {
		t.Skip("this host has testlib.h")
	}
	want := []string{"src/check.cpp: includes testlib.h, which is neither in the package nor on this host"}
	if diff := cmp.Diff(want, issuesOf(t, f.write(t))); diff != "" {
		t.Error(diff)
	}
}

// TestNamedTests takes the test cases that are listed, in that order, and no other.
func TestNamedTests(t *testing.T) {
	p := load(t, polygon("tests: {input: tests/*, answer: tests/*.a, names: [10, 2]}\nsamples: 2\ninclude: {default: [f/a.h], cpp: f/b.cpp}").
		with(files{"f/a.h": "", "f/b.cpp": ""}).write(t))
	if diff := cmp.Diff([]string{"sample/2", "secret/10"}, testNames(p)); diff != "" {
		t.Error(diff)
	}
	if d, c := p.Include["default"], p.Include["cpp"]; len(p.Include) != 2 || len(d) != 1 || d[0].Name != "a.h" || len(c) != 1 || c[0].Name != "b.cpp" {
		t.Errorf("includes %+v", p.Include)
	}
}
