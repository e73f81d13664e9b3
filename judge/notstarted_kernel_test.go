package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/verdict"
)

// withInterpreter is a program in C that is correct, and names an interpreter for itself.
func withInterpreter(path string) string {
	return "const char interp[] __attribute__((section(\".interp\"), used)) = \"" + path + "\";\n" +
		"#include <stdio.h>\nint main(void){int x;scanf(\"%d\",&x);printf(\"%d\\n\",2*x);return 0;}\n"
}

// A program that the kernel refuses to execute has failed at run time, at once: each of its tests is run in one container.
func TestProgramCannotBeStarted(t *testing.T) {
	b := newBenchWith(t, []string{"c"}, nil)
	p := judgetest.Package(t, "double", judgetest.Double())
	for i, tt := range []struct{ interpreter, says string }{
		{"/no/such/interpreter", "no such file or directory"},
		{"/usr", "permission denied"},
		{"/etc/passwd/x", "not a directory"},
		{"/proc/self/fd/3", "permission denied"},
		{"/" + strings.Repeat("x", 300), "file name too long"},
	} {
		t.Run(tt.interpreter[:min(len(tt.interpreter), 30)], func(t *testing.T) {
			sub := submission(fmt.Sprintf("s%d", i), "c", file("a.c", withInterpreter(tt.interpreter)))
			if _, err := b.judge.JudgeProblem(t.Context(), p, sub, nil); err != nil { // compiled by now
				t.Fatal(err)
			}
			before := b.pool.Stats()
			r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
			if err != nil || r.Verdict != verdict.RunTimeError || r.Reason != verdict.ReasonNotStarted {
				t.Fatalf("JudgeProblem() = %s %s, %v, want RTE not_started", r.Verdict, r.Reason, err)
			}
			for _, test := range r.Tests {
				if test.Verdict == verdict.RunTimeError && !strings.Contains(test.TeamMessage, tt.says) {
					t.Errorf("test %s: %q, want that it says %q", test.Name, test.TeamMessage, tt.says)
				}
			}
			if after := b.pool.Stats(); after.Leases-before.Leases > 3 || after.Discarded != before.Discarded {
				t.Errorf("%d containers leased and %d replaced for 3 tests", after.Leases-before.Leases, after.Discarded-before.Discarded)
			}
			got, err := b.judge.Run(t.Context(), api.RunRequest{
				Version: 1, ID: "r", Language: "c", Files: sub.Files, Inputs: []api.RunInput{{Text: "1\n"}},
			}, "run", plenty)
			if err != nil || len(got.Runs) != 1 {
				t.Fatalf("Run() = %+v, %v", got, err)
			}
			want := api.Run{Name: "1", Status: "RTE", Reason: verdict.ReasonNotStarted, Message: "the program could not be started: " + tt.says}
			if diff := cmp.Diff(want, got.Runs[0], whatever); diff != "" {
				t.Errorf("Run(): %s", diff)
			}
		})
	}
}

// Nor does it become the interactor's fault that there was nobody to talk to.
func TestProgramCannotBeStartedInPair(t *testing.T) {
	b := newBenchWith(t, []string{"c", "python3"}, nil)
	for name, interactor := range map[string]string{"accepts": "sys.exit(42)", "breaks": "sys.stdin.readline() or 1/0"} {
		p := judgetest.Package(t, "talking", talking(interactor))
		r, err := b.judge.JudgeProblem(t.Context(), p, submission(name, "c", file("a.c", withInterpreter("/no/such"))), nil)
		if err != nil || r.Verdict != verdict.RunTimeError || r.Reason != verdict.ReasonNotStarted {
			t.Errorf("interactor that %s: JudgeProblem() = %s %s, %v, want RTE not_started", name, r.Verdict, r.Reason, err)
		}
	}
}

// A program of the package that cannot be started is the package's fault, at once.
func TestPackageProgramCannotBeStarted(t *testing.T) {
	b := newBenchWith(t, []string{"c", "python3"}, nil)
	const script, says = "#!/no/such/interpreter\n", "could not be started: no such file or directory"
	scoring := judgetest.Double()
	scoring["problem.yaml"] = "name: Double\ntype: scoring\nlimits:\n  memory: 64\n"
	scoring["graders/run"] = script
	for _, dir := range []string{"data", "data/sample", "data/secret"} {
		scoring[dir+"/testdata.yaml"] = "grading: custom\nrange: 0 25\n"
	}
	static := judgetest.Double()
	delete(static, "submissions/accepted/a.py")
	delete(static, ".timelimit")
	static["problem.yaml"] = "problem_format_version: 2025-09\nname: Double\nuuid: 5e0c0de5-0000-4000-8000-000000000063\nlimits:\n  time_limit: 2\n"
	static["static_validator/run"] = script
	static["data/secret/test_group.yaml"] = "static_validation_score: pass-fail\n"
	interactor := talking("")
	delete(interactor, "output_validators/v/talk.py")
	interactor["output_validators/v/run"] = script
	compiled := withValidator(map[string]string{"v.c": withInterpreter("/no/such")})
	for name, files := range map[string]map[string]string{
		"output validator": withValidator(map[string]string{"run": script}), "compiled": compiled, "grader": scoring,
		"static validator": static, "interactor": interactor,
	} {
		t.Run(name, func(t *testing.T) {
			p := judgetest.Package(t, "double", files)
			before := b.pool.Stats()
			r, err := b.judge.JudgeProblem(t.Context(), p, submission("s", "python3", file("a.py", "print(2*int(input()))")), nil)
			if err != nil || r.Verdict != verdict.JudgeError || r.Error == nil || r.Error.Class != verdict.ClassChecker {
				t.Fatalf("JudgeProblem() = %s, %+v, %v, want JE of class checker", r.Verdict, r.Error, err)
			}
			if !strings.Contains(r.Error.Message, says) {
				t.Errorf("error %q, want that it says %q", r.Error.Message, says)
			}
			// Two programs to compile in languages to get ready, and three tests with a run and a validator each.
			if after := b.pool.Stats(); after.Leases-before.Leases > 15 || after.Discarded != before.Discarded {
				t.Errorf("%d containers leased, %d replaced", after.Leases-before.Leases, after.Discarded-before.Discarded)
			}
		})
	}
}

// A name that is in the way of the program is a compile error that names both files.
func TestNameClash(t *testing.T) {
	b := newBenchWith(t, []string{"c", "java", "python3"}, nil)
	files := judgetest.Double()
	delete(files, "submissions/accepted/a.py")
	delete(files, ".timelimit")
	files["problem.yaml"] = "problem_format_version: 2025-09\nname: Double\nuuid: 5e0c0de5-0000-4000-8000-000000000064\n" +
		"limits:\n  time_limit: 5\n"
	files["include/default/helper/h.h"] = "#define TWO 2\n"
	files["data/secret/2.files/extra/data.txt"] = "x\n"
	files["output_validator/v.c"] = "#include <stdio.h>\nint main(int c,char**v){int a,b;FILE*f=fopen(v[2],\"r\");" +
		"if(!f||fscanf(f,\"%d\",&a)!=1||scanf(\"%d\",&b)!=1)return 43;return a==b?42:43;}"
	p := judgetest.Package(t, "double", files)
	const java = "package pkg;import java.util.*;public class Main{public static void main(String[] a){System.out.println(2*new Scanner(System.in).nextInt());}}"
	const c, py = "#include <stdio.h>\nint main(){int x;scanf(\"%d\",&x);printf(\"%d\\n\",2*x);}", "print(2*int(input()))"
	for name, tt := range map[string]struct {
		lang, file, source, beside string
		want                       verdict.Code
		says                       string
	}{
		"directory of the program":     {"java", "Main.java", java, "pkg", "CE", `"pkg" has the name of a directory of the program's file "pkg/Main.class"`},
		"directory of an include file": {"c", "a.c", c, "helper", "CE", `"helper" has the name of a directory of the problem's file "helper/h.h"`},
		"directory of a test's file":   {"python3", "a.py", py, "extra", "CE", `"extra" has the name of a directory of the test case's file "extra/data.txt"`},
		"the compiled program":         {"c", "a.c", c, "program/x", "AC", ""},
		"a canonical name":             {"c", "A.C", c, "A.c/x", "AC", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sub := submission("s", tt.lang, file(tt.file, tt.source), file(tt.beside, ""))
			r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
			if err != nil || r.Verdict != tt.want || !strings.Contains(r.Compile.Log, tt.says) {
				t.Errorf("JudgeProblem() = %s %s, %v, log %q, want %s with %q", r.Verdict, r.Reason, err, r.Compile.Log, tt.want, tt.says)
			}
		})
	}
}
