package judge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// custom is the problem double with a validator of the given files.
func custom(files map[string]string) map[string]string {
	all := judgetest.Double()
	all["problem.yaml"] += "validation: custom\n"
	for name, text := range files {
		all["output_validators/v/"+name] = text
	}
	return all
}

// custom2025 is the same in format 2025-09.
func custom2025(files map[string]string) map[string]string {
	all := judgetest.Double()
	all["problem.yaml"] = "problem_format_version: 2025-09\nname: Double\nuuid: 7c3cbd0c-6d4c-4f3e-9a5d-2a1c5f3b7f10\n" +
		"limits:\n  time_limit: 1.0\n  memory: 64\n"
	delete(all, ".timelimit")
	for name, text := range files {
		all["output_validator/"+name] = text
	}
	return all
}

func TestValidatorPrograms(t *testing.T) {
	const python, c = "print(2 * int(input()))\n", "#include <stdio.h>\nint main(void) { int x; scanf(\"%d\", &x); printf(\"%d\\n\", 2 * x); }\n"
	const checks = "import sys\nok = sys.stdin.read() == open(sys.argv[2]).read() and sys.argv[3].endswith('/')\n"
	const listing = "import os\nseen = sorted(os.path.join(d, f)[2:] for d, _, fs in os.walk('.') for f in fs)\n"
	tests := map[string]struct {
		pack     map[string]string
		protocol checker.Protocol
		file     api.SourceFile
		want     verdict.Code
		says     string
	}{
		"one file": {custom(map[string]string{"v.py": checks + "sys.exit(42 if ok else 1)\n"}), "", api.SourceFile{Name: "a.py", Text: python}, "AC", ""},
		"python package": {custom2025(map[string]string{
			"__init__.py": "", "__main__.py": "import sys, other\nsys.exit(other.code())\n",
			"other.py": checks + "def code(): return 42 if ok else 1\n",
		}), "", api.SourceFile{Name: "a.py", Text: python}, "AC", ""},
		"files of C++": {custom(map[string]string{
			"main.cc": "#include \"f.h\"\nint main() { return f(); }\n", "f.cc": "#include \"f.h\"\nint f() { return 43; }\n", "f.h": "int f();\n",
		}), "", api.SourceFile{Name: "a.py", Text: python}, "WA", ""},
		"run script": {custom(map[string]string{"run": "#!/bin/sh\nexec python3 \"$(dirname \"$0\")/v.txt\" \"$@\"\n", "v.txt": checks + "sys.exit(42 if ok else 1)\n"}), "", api.SourceFile{Name: "a.py", Text: python}, "AC", ""},
		"build script": {custom(map[string]string{
			"build": "#!/bin/sh\nset -e\ncc -DCODE=42 -o part v.txt.c\nc++ --version >/dev/null\npython3 -c 'print(1)'\n" +
				"printf '#!/bin/sh\\nexec \"${0%%/*}/part\"\\n' >run\nchmod +x run\n",
			"v.txt.c": "int main(void) { return CODE; }\n",
		}), "", api.SourceFile{Name: "a.py", Text: python}, "AC", ""},
		"working directory, sources": {custom2025(map[string]string{
			"v.py": checks + listing + "sys.stderr.write(repr(seen))\nsys.exit(42 if ok and seen == ['a.py'] and 'input' in open('a.py').read() else 1)\n",
		}), "", api.SourceFile{Name: "a.py", Text: python}, "AC", ""},
		"working directory, program": {custom2025(map[string]string{
			"v.py": checks + listing + "import subprocess\nagain = subprocess.run(['./program'], input=b'21', capture_output=True).stdout\n" +
				"sys.stderr.write(repr((seen, again)))\nsys.exit(42 if ok and seen == ['a.c', 'program'] and again == b'42\\n' else 1)\n",
		}), "", api.SourceFile{Name: "a.c", Text: c}, "AC", ""},
		"working directory, legacy": {custom(map[string]string{
			"v.py": checks + listing + "sys.exit(42 if ok and not seen else 1)\n",
		}), "", api.SourceFile{Name: "a.py", Text: python}, "AC", ""},
		"testlib": {custom(map[string]string{
			"check.cpp": "#include <fstream>\n#include <iostream>\n#include <string>\nint main(int, char** a) { std::ifstream o(a[2]), j(a[3]); std::string x, y;\n" +
				"if (!(o >> x) || !(j >> y)) return 3;\nstd::cerr << \"partially correct (1) \" << x; return x == y ? PC_BASE_EXIT_CODE + 1 : 1; }\n",
		}), checker.Testlib, api.SourceFile{Name: "a.py", Text: python}, "PAC", ""},
		"exit 0": {custom(map[string]string{"v.py": ""}), "", api.SourceFile{Name: "a.py", Text: python}, "JE", "output validator ended with exit code 0; it must be 42"},
	}
	b := newBenchWith(t, []string{"c", "cpp23", "python3"}, nil)
	n := 0
	for name, tt := range tests {
		n++
		id := fmt.Sprintf("p%d", n)
		t.Run(name, func(t *testing.T) {
			p := judgetest.Package(t, "double", tt.pack)
			if tt.protocol != "" {
				p.Validator.Protocol = tt.protocol
			}
			makeExecutable(p)
			r, err := b.judge.JudgeProblem(t.Context(), p, submission(id, "", tt.file), nil)
			if err != nil {
				t.Fatal(err)
			}
			first := r.Tests[0]
			if first.Verdict != tt.want || !strings.Contains(first.JudgeMessage, tt.says) || tt.want == "AC" && r.Verdict != "AC" {
				t.Errorf("verdict %s, first test %s %q, want %s %q", r.Verdict, first.Verdict, first.JudgeMessage, tt.want, tt.says)
			}
		})
	}
}

// makeExecutable makes the scripts of a validator so, which writePackage does not.
func makeExecutable(p *problem.Problem) {
	for i, f := range p.Validator.Files {
		p.Validator.Files[i].Executable = f.Name == "build" || f.Name == "run"
	}
}

func TestProgramsAreBuiltOnce(t *testing.T) {
	b := newBenchWith(t, []string{"cpp23"}, nil)
	p := judgetest.Package(t, "double", custom(map[string]string{"v.cc": "int main() { return 42; }\n"}))
	var wg sync.WaitGroup
	var mu sync.Mutex
	var logs []string
	for range 4 {
		wg.Go(func() {
			v, err := b.judge.BuildProgram(t.Context(), p, p.Validator, RoleStaticValidator)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			logs = append(logs, v.program.Name)
			v.Release()
		})
	}
	wg.Wait()
	if len(logs) != 4 || logs[0] != "static validator" {
		t.Errorf("got %q", logs)
	}
	kept, err := os.ReadDir(filepath.Join(b.judge.cfg.StateDir, "artifacts"))
	if err != nil || len(kept) != 1 {
		t.Errorf("artifacts: %v, %v; want 1", kept, err)
	}
}

func TestProgramsThatCannotBeBuilt(t *testing.T) {
	b := newBenchWith(t, []string{"c", "python3"}, nil)
	for name, tt := range map[string]struct {
		files map[string]string
		want  string
	}{
		"compiler":     {map[string]string{"v.c": "int main( {"}, "grader of problem double does not compile (compiler): ./v.c:1:"},
		"no testlib.h": {map[string]string{"v.c": "#include \"testlib.h\"\n"}, "(testlib.h is not part of Gavel: put it into the package, beside the program, or into /usr/local/include of the worker)"},
		"build fails":  {map[string]string{"build": "#!/bin/sh\necho no luck; exit 3\n"}, "grader of problem double does not compile (compiler): no luck"},
		"no run":       {map[string]string{"build": "#!/bin/sh\ntouch x\n"}, "there is no executable file called run"},
		"build sleeps": {map[string]string{"build": "#!/bin/sh\nwhile :; do :; done\n"}, "grader of problem double does not compile (limit): compilation stopped"},
		"no toolchain": {map[string]string{"v.java": "class V {}"}, "grader of problem double: unknown language"},
	} {
		t.Run(name, func(t *testing.T) {
			p := judgetest.Package(t, "double", custom(tt.files))
			p.Limits.CompilationTime = p.Limits.CompilationTime / 20
			makeExecutable(p)
			_, err := b.judge.BuildProgram(t.Context(), p, p.Validator, RoleGrader)
			var rejection *api.Rejection
			if !errors.As(err, &rejection) || rejection.Class != verdict.ClassProblem || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("buildProgram = %v, want %q", err, tt.want)
			}
		})
	}
}
