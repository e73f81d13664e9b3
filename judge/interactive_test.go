package judge

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/schedule"
	"github.com/gaveloj/gavel/judge/verdict"
)

// talking is an interactive problem with an interactor in Python.
func talking(interactor string) map[string]string {
	return map[string]string{
		"problem.yaml": "name: Talking\nlimits:\n  memory: 64\n  output: 1\n  validation_time: 1\n  validation_output: 1\n" +
			"validation: custom interactive\n",
		"gavel.yaml":                    "interaction_output: 2\n",
		".timelimit":                    "0.2\n",
		"data/secret/1.in":              "1\n",
		"data/secret/1.ans":             "1\n",
		"output_validators/v/talk.py":   "import os, signal, sys, time\nfrom pathlib import Path\nfeedback = Path(sys.argv[3])\n" + interactor,
		"submissions/accepted/nice.py":  "print(input())\n",
		"input_validators/validate.py":  "import sys\nsys.exit(42)\n",
		"problem_statement/problem.tex": "Talk.\n",
	}
}

func TestInteractive(t *testing.T) {
	b := newBench(t, nil)
	const echo = "print(7, flush=True)\nline = sys.stdin.readline()\n" +
		"(feedback / 'judgemessage.txt').write_text('got ' + repr(line))\nsys.exit(42 if line == '7\\n' and not sys.stdin.read() else 43)\n"
	tests := []struct {
		name, interactor, source string
		want                     verdict.Code
		reason                   verdict.Reason
	}{
		{"good", echo, "print(input())", "AC", ""},
		{"wrong", echo, "print(8)", "WA", ""},
		{"silent end", echo, "", "WA", ""},
		{"silence", echo, "import time\ntime.sleep(60)", "TLE", "wall"},
		{"spin", echo, "while True: pass", "TLE", "cpu"},
		{"crash at once", echo, "1/0", "RTE", "exit"},
		{"crash after the right answer", echo, "print(input(), flush=True)\n1/0", "RTE", "exit"},
		{"spin after the right answer", echo, "print(input(), flush=True)\nwhile True: pass", "TLE", "cpu"},
		{"killed by a signal", echo, "import os\nos.kill(os.getpid(), 11)", "RTE", "signal"},
		{"flood of one line", echo, "import sys\nwhile True: sys.stdout.write('7' * 1000)", "OLE", ""},
		{"closes its output and fails", echo, "import os, time\nos.close(1)\ntime.sleep(0.05)\nos._exit(2)", "RTE", "exit"},
		{"closes its input", echo, "import os\nos.close(0)\nprint(7)", "AC", ""},
		{"interactor rejects at once", "sys.exit(43)", "import time\ntime.sleep(60)", "WA", ""},
		{"interactor accepts at once", "sys.exit(42)", "import sys\nsys.stdin.read()", "AC", ""},
		{"interactor accepts and the submission fails", "sys.exit(42)", "import sys\nsys.stdin.read()\nsys.exit(1)", "RTE", "exit"},
		{"interactor accepts and the submission spins", "sys.exit(42)", "while True: pass", "TLE", "cpu"},
		{"interactor crashes", "1/0", "input()", "JE", ""},
		{"interactor exits 0", "sys.exit(0)", "import sys\nsys.stdin.read()", "JE", ""},
		{"interactor sleeps", "time.sleep(60)", "input()", "JE", ""},
		{"interactor spins", "while True: pass", "input()", "JE", ""},
		{"interactor says more than validation_output", "print('x' * 1500000, flush=True)\nsys.exit(42 if sys.stdin.readline() == '1500000\\n' else 43)\n", "print(len(input()))", "AC", ""},
		{"interactor floods", "while True: print('x' * 1000)", "import sys\nfor line in sys.stdin: pass", "JE", ""},
		// Within its output limit: whether the pipes take all of it depends on the host, the verdict does not.
		{"interactor says much to who does not read", "for i in range(900): print('x' * 1000)\nsys.stdin.readline()", "import time\ntime.sleep(60)", "TLE", "wall"},
		{"interactor fails when the submission is too slow", "sys.stdin.readline() or 1/0", "while True: pass", "TLE", "cpu"},
		{"interactor dies of a broken pipe", "signal.signal(signal.SIGPIPE, signal.SIG_DFL)\nsys.stdin.read()\nos.kill(os.getpid(), signal.SIGPIPE)", "print(1)", "WA", ""},
		{"interactor dies of a broken pipe after a crash", "signal.signal(signal.SIGPIPE, signal.SIG_DFL)\nsys.stdin.read()\nos.kill(os.getpid(), signal.SIGPIPE)", "1/0", "RTE", "exit"},
		{"interactor closes both and goes on", "os.close(0)\nos.close(1)\ntime.sleep(0.05)\nsys.exit(42)", "for i in range(1000): print('x' * 100)", "AC", ""},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := judgetest.Package(t, "talking", talking(tt.interactor))
			r, err := b.judge.JudgeProblem(t.Context(), p, submission(fmt.Sprintf("i%d", i), "python3", file("a.py", tt.source)), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			if r.Verdict != tt.want || r.Reason != tt.reason {
				t.Errorf("verdict %s/%s, want %s/%s: %+v", r.Verdict, r.Reason, tt.want, tt.reason, r.Tests[0])
			}
			if r.Tests[0].Checker == nil {
				t.Error("nothing is told of what the interactor used")
			}
			if tt.name == "good" && (!strings.Contains(r.Tests[0].Transcript, "]>: 7\n") ||
				!strings.Contains(r.Tests[0].Transcript, "]<: 7\n") || r.Tests[0].JudgeMessage != `got '7\n'`) {
				t.Errorf("transcript %q, message %q", r.Tests[0].Transcript, r.Tests[0].JudgeMessage)
			}
		})
	}
}

// An interactor of testlib writes a file, of which a checker judges.
func TestInteractorAndChecker(t *testing.T) {
	b := newBench(t, nil)
	const interactor = "#!/usr/bin/env python3\nimport sys\nline = sys.stdin.readline()\nif line == 'bad\\n':\n    sys.exit(1)\n" +
		"open(sys.argv[2], 'w').write('heard ' + line)\n"
	const check = "#!/usr/bin/env python3\nimport sys\nsys.exit(0 if open(sys.argv[2]).read() == 'heard ' + open(sys.argv[3]).read() else 1)\n"
	files := talking("")
	files["interactor.py"], files["check.py"] = interactor, check
	p := judgetest.Package(t, "talking", files)
	program := func(name string) *problem.Validator {
		source := tree.File{Name: name, Path: filepath.Join(filepath.Dir(p.Tests[0].Input), "../..", name)}
		return &problem.Validator{
			Program: problem.Program{Path: name, Language: "python3", Files: []tree.File{source}}, Protocol: checker.Testlib,
		}
	}
	p.Interactor, p.Validator = program("interactor.py"), program("check.py")
	for i, test := range [][2]string{
		{"print(1)", "AC"}, {"print(2)", "WA"}, {"print('bad', flush=True)\nimport time\ntime.sleep(60)", "WA"}, {"print(1)\n1/0", "RTE"},
	} {
		source, want := test[0], verdict.Code(test[1])
		r, err := b.judge.JudgeProblem(t.Context(), p, submission(fmt.Sprintf("t%d", i), "python3", file("a.py", source)), nil)
		if err != nil || r.Verdict != want {
			t.Errorf("%q: %s, %v, want %s: %+v", source, r.Verdict, err, want, r.Tests)
		}
	}
	p.Validator = nil
	r, err := b.judge.JudgeProblem(t.Context(), p, submission("alone", "python3", file("a.py", "print(2)")), nil)
	if err != nil || r.Verdict != verdict.Accepted {
		t.Errorf("without a checker: %s, %v, want AC: %+v", r.Verdict, err, r.Tests)
	}
}

func TestMultiPass(t *testing.T) {
	b := newBench(t, nil)
	// Counts down from the number in the input; the submission repeats it.
	const count = "import sys\nfrom pathlib import Path\nfeedback = Path(sys.argv[3])\nn = int(open(sys.argv[1]).read())\n" +
		"with open(feedback / 'judgemessage.txt', 'a') as f: f.write(f'{n};')\n" +
		"if sys.stdin.read().strip() != str(n): sys.exit(43)\n"
	tests := []struct {
		name, validator, source string
		want                    verdict.Code
		passes                  int
		message                 string
	}{
		{"to the end", count + "if n: (feedback / 'nextpass.in').write_text(str(n - 1))\nsys.exit(42)\n", "print(input())", "AC", 3, "2;1;0;"},
		{"one pass is enough", count + "sys.exit(42)\n", "print(input())", "AC", 1, "2;"},
		{"wrong in the second", count + "(feedback / 'nextpass.in').write_text(str(n - 1))\nsys.exit(42)\n", "print(2)", "WA", 2, "2;1;"},
		{"too many", count + "(feedback / 'nextpass.in').write_text(str(n))\nsys.exit(42)\n", "print(input())", "JE", 3, "validation_passes"},
		{"next pass and rejected", count + "(feedback / 'nextpass.in').write_text(str(n))\nsys.exit(43)\n", "print(input())", "JE", 1, "nextpass.in"},
		{"fails in the second", count + "(feedback / 'nextpass.in').write_text(str(n - 1))\nsys.exit(42)\n", "n = int(input())\nprint(n)\nn == 2 or 1/0", "RTE", 2, ""},
		{
			"remembers nothing", count + "if n: (feedback / 'nextpass.in').write_text(str(n - 1))\nsys.exit(42)\n",
			"import os\nprint(input())\nassert not os.path.exists('/tmp/x')\nopen('/tmp/x', 'w').close()", "AC", 3, "2;1;0;",
		},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := judgetest.Package(t, "passes", map[string]string{
				"problem.yaml": "problem_format_version: 2025-09\nname: Passes\nuuid: 5ca6ba5b-36d5-4eff-8aa7-d967cbc4375e\n" +
					"type: multi-pass\nallow_file_writing: true\nlimits:\n  time_limit: 1\n  memory: 64\n  validation_passes: 3\n",
				"data/secret/1.in": "2\n", "data/secret/1.ans": "2\n",
				"output_validator/validate.py":     tt.validator,
				"submissions/accepted/a.py":        "print(input())\n",
				"input_validators/validate.py":     "import sys\nsys.exit(42)\n",
				"statement/problem.en.md":          "Count.\n",
				"submissions/wrong_answer/none.py": "\n",
			})
			r, err := b.judge.JudgeProblem(t.Context(), p, submission(fmt.Sprintf("p%d", i), "python3", file("a.py", tt.source)), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			test := r.Tests[0]
			if r.Verdict != tt.want || len(test.Passes) != tt.passes || !strings.Contains(test.JudgeMessage, tt.message) {
				t.Errorf("verdict %s, %d passes, message %q; want %s, %d, %q", r.Verdict, len(test.Passes), test.JudgeMessage,
					tt.want, tt.passes, tt.message)
			}
			for _, pass := range test.Passes {
				if pass.CPUUsec <= 0 || pass.CPUUsec > test.CPUUsec || pass.WallUsec > test.WallUsec {
					t.Errorf("pass %+v of test %+v: want the largest of each", pass, test)
				}
			}
		})
	}
}

// Arguments and files of a test case reach the submission, and the files replace its own.
func TestArgumentsAndFiles(t *testing.T) {
	b := newBench(t, nil)
	files := judgetest.Double()
	maps.Copy(files, map[string]string{"extra/note.txt": "from the test\n", "extra/a.py": "print('mine')\n"})
	p := judgetest.Package(t, "double", files)
	root := filepath.Join(filepath.Dir(p.Tests[0].Input), "../..")
	for _, test := range p.Tests {
		test.Args = []string{"-x", "two words"}
		test.Files = []tree.File{{Name: "helper.py", Path: filepath.Join(root, "extra/a.py")}, {Name: "note.txt", Path: filepath.Join(root, "extra/note.txt")}}
	}
	r, err := b.judge.JudgeProblem(t.Context(), p, submission("f", "python3",
		file("a.py", "import sys, helper\nsys.stderr.write(repr(sys.argv[1:]) + open('note.txt').read())\n"+
			"assert sys.argv[1:] == ['-x', 'two words'] and open('note.txt').read() == 'from the test\\n'"),
		api.SourceFile{Name: "helper.py", Text: "print('this is longer than what replaces it')\n"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != verdict.WrongAnswer { // it prints "mine" and no number
		t.Errorf("verdict %s: %+v, %s", r.Verdict, r.Tests, r.Compile.Log)
	}
}

func TestInteractiveCanceled(t *testing.T) {
	b := newBench(t, nil)
	p := judgetest.Package(t, "talking", talking("sys.stdin.read()"))
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(300*time.Millisecond, func() { cancel(schedule.ErrNotNeeded) })
	defer timer.Stop()
	sub := submission("c", "python3", file("a.py", "import time\ntime.sleep(60)"))
	sub.TimeLimitUsec = 20e6
	if _, err := b.judge.JudgeProblem(ctx, p, sub, nil); err == nil {
		t.Error("a canceled judgement gave a report")
	}
}
