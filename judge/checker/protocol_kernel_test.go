package checker_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// reads is a shell function that says whether the file $1 holds $2.
const reads = `reads() { test "$(cat "$1")" = "$2"; }; `

func TestProtocols(t *testing.T) {
	const ac, wa, part, je = checker.Accepted, checker.Wrong, checker.Partial, checker.Error
	inOutAnswer := reads + `reads "$1" "the input" && reads "$2" "the output" && reads "$2" "the output" && reads "$3" "the answer" && test $# -eq `
	report := func(attributes string) string { return `echo '<result ` + attributes + `>told</result>' >"$4"; exit 9` }
	tests := map[string]struct {
		program checker.Program
		script  string
		want    checker.Decision
		score   float64
		judge   string
	}{
		"testlib":              {checker.Program{Protocol: checker.Testlib}, inOutAnswer + `5 || exit 1; echo "ok told" >&2; exit 0`, ac, 0, "told"},
		"testlib, stdin":       {checker.Program{Protocol: checker.Testlib}, `test -z "$(cat)" && exit 0; exit 1`, ac, 0, ""},
		"testlib, no feedback": {checker.Program{Protocol: checker.Testlib}, `test -e /tmp/feedback && exit 1; exit 0`, ac, 0, ""},
		"testlib, partial":     {checker.Program{Protocol: checker.Testlib}, `exit 75`, part, 25, ""},
		"testlib, cannot write": {
			checker.Program{Protocol: checker.Testlib}, `echo x >"$2"; echo x >>"$3"; echo x >"$1"; ` + inOutAnswer + `5; exit $?`, ac, 0, "",
		},
		"testlib, crash": {checker.Program{Protocol: checker.Testlib}, `kill -ABRT $$`, je, 0, "signal SIGABRT"},
		"appes": {
			checker.Program{Protocol: checker.TestlibXML}, inOutAnswer + `7 && test "$5" = -appes || exit 1; ` + report(`outcome="accepted"`), ac, 0, "told",
		},
		"appes, points":           {checker.Program{Protocol: checker.TestlibXML, PointsScale: checker.PointsPercent}, report(`outcome="points" points="50"`), part, 0.5, "told"},
		"appes, no report":        {checker.Program{Protocol: checker.TestlibXML}, `exit 0`, je, 0, "left no report"},
		"appes, report is a FIFO": {checker.Program{Protocol: checker.TestlibXML}, `mkfifo "$4"; exit 0`, je, 0, "left no report"},
		"appes, report is a link": {checker.Program{Protocol: checker.TestlibXML}, `ln -s /judge/answer "$4"; exit 0`, je, 0, "left no report"},
		"cms": {
			checker.Program{Protocol: checker.CMS},
			reads + `reads "$1" "the input" && reads "$2" "the answer" && reads "$3" "the output" && test $# -eq 5 || exit 1; echo 0.25`, part, 0.25, "",
		},
		"sinol":     {checker.Program{Protocol: checker.Sinol}, inOutAnswer + `5 || exit 1; printf "OK\\nnearly\\n25\\n"`, part, 0.25, ""},
		"exit code": {checker.Program{Protocol: checker.ExitCode}, inOutAnswer + `5; exit $?`, ac, 0, ""},
		"exit 1":    {checker.Program{Protocol: checker.ExitCode}, `exit 1`, wa, 0, ""},
	}
	b := newBench(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := b.runAs(t.Context(), t, tt.program, tt.script, checker.Invocation{Output: []byte("the output\n"), Args: []string{"a", "b c"}})
			if err != nil {
				t.Fatal(err)
			}
			if got.Decision != tt.want || got.Score.Value != tt.score || !strings.Contains(got.JudgeMessage, tt.judge) {
				t.Errorf("Run = %+v, want %v %v %q", got, tt.want, tt.score, tt.judge)
			}
		})
	}
}

// TestInteractors runs interactors beside nothing: who runs them brings the pipes.
func TestInteractors(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct {
		protocol checker.Protocol
		script   string
		tout     string
	}{
		{checker.Kattis, `test "$3" = /tmp/feedback/ -a "$4" = arg && read line && test "$line" = hello && echo told && exit 42; exit 43`, ""},
		{checker.Testlib, reads + `reads "$3" "the answer" && test "$4" = arg && read line && echo "$line" >"$2" && echo told && exit 0; exit 1`, "hello\n"},
		{checker.TestlibXML, `test "$5 $6" = "-appes arg" && read line && echo told && echo '<result outcome="accepted"/>' >"$4"`, ""},
		{checker.ExitCode, `read line; mkfifo "$2"; echo told; exit 0`, ""},
	} {
		t.Run(string(tt.protocol), func(t *testing.T) {
			in := b.open(t, checker.Invocation{Interactive: true, Args: []string{"arg"}})
			sb := b.lease(t.Context(), t)
			call, err := checker.Prepare(t.Context(), sb, scripted(checker.Program{Protocol: tt.protocol}, tt.script), in)
			if err != nil {
				t.Fatal(err)
			}
			defer call.Close()
			if call.Command.Stdin != nil || call.Command.Stdout != nil {
				t.Error("Prepare brought a standard input or output")
			}
			if call.Command.Stdin, err = sandbox.MemFile("hello", []byte("hello\n")); err != nil {
				t.Fatal(err)
			}
			defer call.Command.Stdin.Close()
			facts, err := sb.Run(t.Context(), call.Command)
			if err != nil || string(facts.Stdout) != "told\n" {
				t.Fatalf("Run = %+v, %v", facts, err)
			}
			got, err := call.Finish(t.Context(), facts)
			if err != nil || got.Decision != checker.Accepted {
				t.Errorf("Finish = %+v, %v", got, err)
			}
			tout, err := call.ReadTout(t.Context())
			if err != nil || string(tout) != tt.tout {
				t.Errorf("ReadTout = %q, %v, want %q", tout, err, tt.tout)
			}
		})
	}
	in := b.open(t, checker.Invocation{Interactive: true})
	for _, p := range []checker.Protocol{checker.CMS, checker.Sinol} {
		if _, err := checker.Prepare(t.Context(), b.lease(t.Context(), t), checker.Program{Protocol: p}, in); err == nil {
			t.Errorf("an interactor by the protocol of %s was prepared", p)
		}
	}
}

// The names of the files mean the same for the whole run and in every process, whatever descriptors there are.
func TestNamesOfFiles(t *testing.T) {
	const named = `named() {
		exec 3</etc/hosts 4<&3 5<&3 6<"$1"
		test "$(realpath "$1")" = "$1" && test "$(cat <&6)" = "$2" && test "$(setsid sh -c 'exec 3<&- 4<&- 5<&- 6<&-; cat "$0"' "$1")" = "$2"
	}
	`
	b := newBench(t)
	for _, tt := range []struct {
		protocol    checker.Protocol
		interactive bool
		script      string
	}{
		{checker.Kattis, false, `named "$1" "the input" && named "$2" "the answer" && exit 42; exit 43`},
		{checker.Kattis, true, `named "$1" "the input" && named "$2" "the answer" && exit 42; exit 43`},
		{checker.Testlib, false, `named "$1" "the input" && named "$2" "the output" && named "$3" "the answer"`},
		{checker.Testlib, true, `named "$1" "the input" && named "$3" "the answer"`},
		{checker.TestlibXML, false, `named "$1" "the input" && named "$2" "the output" && named "$3" "the answer" && echo '<result outcome="accepted"/>' >"$4"`},
		{checker.TestlibXML, true, `named "$1" "the input" && named "$3" "the answer" && echo '<result outcome="accepted"/>' >"$4"`},
		{checker.CMS, false, `named "$1" "the input" && named "$2" "the answer" && named "$3" "the output" && echo 1`},
		{checker.Sinol, false, `named "$1" "the input" && named "$2" "the output" && named "$3" "the answer" && echo OK`},
		{checker.ExitCode, false, `named "$1" "the input" && named "$2" "the output" && named "$3" "the answer"`},
		{checker.ExitCode, true, `named "$1" "the input" && named "$3" "the answer"`},
	} {
		t.Run(fmt.Sprintf("%s, interactive %t", tt.protocol, tt.interactive), func(t *testing.T) {
			in := checker.Invocation{Output: []byte("the output\n"), Interactive: tt.interactive}
			got, err := b.runAs(t.Context(), t, checker.Program{Protocol: tt.protocol}, named+tt.script, in)
			if err != nil || got.Decision != checker.Accepted {
				t.Errorf("Run = %+v, %v, want it accepted", got, err)
			}
		})
	}
}

func TestFeedbackOfPasses(t *testing.T) {
	b := newBench(t)
	// Every pass appends to the message, to a file in a directory, and asks for another one three times.
	script := `cd "$3"; n=$(wc -l <judgemessage.txt 2>/dev/null || echo 0); test -e nextpass.in && echo left >>judgemessage.txt
		echo pass $n >>judgemessage.txt; mkdir -p sub; echo x >>sub/log; rm -f gone; echo 1 >gone; echo $n >score.txt
		test "$(cat "$1")" = "the input" -a $n -gt 0 && exit 43
		test $n -lt 3 && echo "input $n" >nextpass.in; exit 42`
	in := checker.Invocation{MultiPass: true}
	for pass := range 4 {
		open := b.open(t, in)
		if pass > 0 {
			open.Input = in.Input
		}
		got, err := checker.Run(t.Context(), b.lease(t.Context(), t), scripted(checker.Program{}, script), open)
		if err != nil || got.Decision != checker.Accepted {
			t.Fatalf("pass %d: %+v, %v", pass, got, err)
		}
		var want strings.Builder
		for n := range pass + 1 {
			fmt.Fprintf(&want, "pass %d\n", n)
		}
		if got.JudgeMessage != want.String() || got.Score.Value != float64(pass) {
			t.Errorf("pass %d: %q, score %+v", pass, got.JudgeMessage, got.Score)
		}
		if pass == 3 {
			if got.NextPass != nil || got.Feedback != nil {
				t.Errorf("a pass too many: %+v", got)
			}
			break
		}
		in.Input, in.Feedback = got.NextPass, got.Feedback
		defer got.NextPass.Close()
	}
}

func TestSubmissionIsTheWorkingDirectory(t *testing.T) {
	b := newBench(t)
	submission := []sandbox.File{{Path: "main.py", Data: []byte("print()\n")}, {Path: "lib/a.py"}, {Path: "program", Mode: 0o755}}
	script := reads + `test "$(find . | sort | tr '\n' ' ')" = ". ./lib ./lib/a.py ./main.py ./program " && reads main.py "print()" &&
		test -x program && test "$PWD" = /w && exit 42; find . >&2; exit 1`
	got, err := b.run(t.Context(), t, script, checker.Invocation{Submission: submission})
	if err != nil || got.Decision != checker.Accepted {
		t.Errorf("Run = %+v, %v", got, err)
	}
	if got, err = b.run(t.Context(), t, `test -z "$(ls -A)" && exit 42; exit 43`, checker.Invocation{}); err != nil || got.Decision != checker.Accepted {
		t.Errorf("without a submission, Run = %+v, %v", got, err)
	}
}

func TestStaticValidator(t *testing.T) {
	b := newBench(t)
	in := checker.StaticInvocation{
		Language: "python3", EntryPoint: "main.py", Args: []string{"a b"}, Limits: limits,
		Submission: []sandbox.File{{Path: "main.py", Data: []byte("12345")}},
	}
	for _, tt := range []struct {
		script string
		want   checker.Decision
		score  float64
		says   string
	}{
		{`test "$*" = "python3 main.py /tmp/feedback/ a b" -a $# -eq 4 && wc -c <main.py >"$3score.txt" && exit 42; exit 43`, checker.Accepted, 5, ""},
		{`echo "too long" >"$3/judgemessage.txt"; exit 43`, checker.Wrong, 0, "too long"},
		{`exit 0`, checker.Error, 0, "static validator ended with exit code 0"},
		{`echo NaN >"$3/score.txt"; exit 42`, checker.Error, 0, "static validator left a score that cannot be used"},
	} {
		got, err := checker.RunStatic(t.Context(), b.lease(t.Context(), t), scripted(checker.Program{Name: "static validator"}, tt.script), in)
		if err != nil || got.Decision != tt.want || got.Score.Value != tt.score || !strings.Contains(got.JudgeMessage, tt.says) {
			t.Errorf("%s: RunStatic = %+v, %v, want %v %q", tt.script, got, err, tt.want, tt.says)
		}
	}
}

func TestGrader(t *testing.T) {
	b := newBench(t)
	results := []checker.Grade{{Verdict: verdict.Accepted, Score: 40}, {Verdict: verdict.WrongAnswer, Score: 0.5}}
	for script, want := range map[string]checker.GraderResult{
		`test "$*" = "min sum" && test "$(cat)" = "$(printf 'AC 40\nWA 0.5')" && echo AC 17.5`: {Grade: checker.Grade{Verdict: verdict.Accepted, Score: 17.5}},
		`echo WA 0; exit 3`:            {Complaint: "grader ended with exit code 3; it must be 0"},
		`echo "no idea"; echo why >&2`: {Complaint: `grader printed "no idea\n"; it must be one line with AC, WA, TLE, RTE, MLE, OLE or JE, and a score; the end of its standard error: why` + "\n"},
		`:`:                            {Complaint: `grader printed ""; it must be one line with AC, WA, TLE, RTE, MLE, OLE or JE, and a score`},
		`while :; do echo AC 1; done`:  {Complaint: "grader went over its output limit of 1048576 bytes (limits.validation_output)"},
		`kill -KILL $$`:                {Complaint: "grader was ended by signal SIGKILL"},
		`head -c 1000000 /dev/zero`:    {Complaint: `grader printed "` + strings.Repeat(`\x00`, 40) + `"... (1000000 bytes); it must be one line with AC, WA, TLE, RTE, MLE, OLE or JE, and a score`},
		`echo AC 1.0.0`:                {Complaint: `grader gave a score that cannot be used: the line that it printed says "1.0.0", which is not a decimal number`},
	} {
		got, err := checker.RunGrader(t.Context(), b.lease(t.Context(), t), scripted(checker.Program{Name: "grader"}, script), results, []string{"min", "sum"}, limits)
		if err != nil {
			t.Fatal(err)
		}
		if got.Usage.Wall <= 0 {
			t.Errorf("usage is %+v", got.Usage)
		}
		got.Usage = checker.Usage{}
		if strings.Contains(script, "while") { // and it may have written to standard error that its pipe broke
			got.Complaint, _, _ = strings.Cut(got.Complaint, ";")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", script, diff)
		}
	}
}

func TestInputValidator(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct {
		protocol checker.Protocol
		script   string
		want     checker.Decision
		says     string
	}{
		{"", `test "$*" = "x y" && read n && test "$n" = 5 && exit 42; exit 43`, checker.Accepted, ""},
		{"", `echo line 1: too large; exit 43`, checker.Wrong, "input validator ended with exit code 43, and accepts with 42\nline 1: too large"},
		{"", `echo assertion >&2; exit 1`, checker.Wrong, "assertion"},
		{"", `exit 0`, checker.Wrong, "exit code 0"},
		{"", `kill -SEGV $$`, checker.Error, "input validator was ended by signal SIGSEGV"},
		{checker.Testlib, `exit 0`, checker.Accepted, ""},
		{checker.Testlib, `echo FAIL >&2; exit 3`, checker.Wrong, "exit code 3, and accepts with 0\nFAIL"},
	} {
		v := scripted(checker.Program{Name: "input validator", Protocol: tt.protocol}, tt.script)
		got, err := checker.RunInputValidator(t.Context(), b.lease(t.Context(), t), v, []byte("5\n"), []string{"x", "y"}, limits)
		if err != nil || got.Decision != tt.want || !strings.Contains(got.JudgeMessage, tt.says) {
			t.Errorf("%s: RunInputValidator = %+v, %v, want %v %q", tt.script, got, err, tt.want, tt.says)
		}
	}
}

func TestVisualizer(t *testing.T) {
	b := newBench(t)
	in := checker.Invocation{
		Output: []byte("the output"), Args: []string{"big"},
		Feedback: []sandbox.File{{Path: "judgemessage.txt", Data: []byte("wrong")}, {Path: "state", Data: []byte("7")}},
	}
	for _, tt := range []struct {
		script string
		files  []string
		says   string
	}{
		{reads + `reads "$1" "the input" && reads "$2" "the answer" && reads "$3/state" 7 && test "$4" = big && cat >"$3/judgeimage.svg"`, []string{"judgeimage.svg", "state"}, ""},
		{`echo a >"$3/teamimage.png"; exit 1`, []string{"state", "teamimage.png"}, "output visualizer ended with exit code 1"},
		{`for i in 1 2 3; do head -c 500000 /dev/zero >"$3/$i.png"; done`, nil, "went over its output limit of 1048576 bytes (limits.validation_output) with the files of its feedback directory"},
		{`kill -SEGV $$`, []string{"state"}, "signal SIGSEGV"},
	} {
		got, err := checker.Visualize(t.Context(), b.lease(t.Context(), t), scripted(checker.Program{Name: "output visualizer"}, tt.script), b.open(t, in))
		var names []string
		for _, a := range got.Artifacts {
			names = append(names, a.Name)
		}
		if err != nil || !cmp.Equal(names, tt.files) || !strings.Contains(got.Complaint, tt.says) || (tt.says == "") != (got.Complaint == "") {
			t.Errorf("%s: Visualize = %q %q, %v, want %q %q", tt.script, names, got.Complaint, err, tt.files, tt.says)
		}
	}
}

// TestHostileFeedback leaves in the feedback directory what must neither be followed, nor block, nor fill the worker.
func TestHostileFeedback(t *testing.T) {
	small := limits
	small.CPU, small.Output = 3*time.Second, 100*sandbox.KiB
	b := newBench(t)
	for name, tt := range map[string]struct {
		script string
		want   checker.Decision
		says   string
	}{
		"score is a link":          {`ln -s /judge/answer "$3/score.txt"; exit 42`, checker.Accepted, ""},
		"score is a FIFO":          {`mkfifo "$3/score.txt" "$3/nextpass.in"; exit 42`, checker.Accepted, ""},
		"file over the limit":      {`head -c 200000 /dev/zero >"$3/big"; exit 42`, checker.Error, "output limit of 102400 bytes (limits.validation_output) with"},
		"sum over the limit":       {`head -c 60000 /dev/zero >"$3/a"; head -c 60000 /dev/zero >"$3/b"; exit 42`, checker.Error, "went over its output limit of 102400 bytes (limits.validation_output) with the files of its feedback directory"},
		"with stdout":              {`head -c 60000 /dev/zero; head -c 60000 /dev/zero >"$3/b"; exit 42`, checker.Error, "output limit of 102400 bytes (limits.validation_output) with"},
		"sparse file":              {`truncate -s 90K "$3/a"; truncate -s 90K "$3/b"; exit 43`, checker.Error, "output limit of 102400 bytes (limits.validation_output) with"},
		"many files":               {`i=0; while test $i -lt 11000; do : >"$3/$i"; i=$((i+1)); done; exit 42`, checker.Error, "feedback directory"},
		"deep":                     {`cd "$3"; for i in $(seq 70); do mkdir d; cd d; done; : >f; exit 42`, checker.Error, "left a feedback directory that cannot be read"},
		"nobody may read":          {`echo secret >"$3/judgemessage.txt"; chmod 0 "$3/judgemessage.txt"; exit 43`, checker.Wrong, "secret"},
		"names":                    {`: >"$3/$(printf 'a\n\377')"; exit 42`, checker.Accepted, ""},
		"fork bomb":                {`f() { f | f & }; f; sleep 100; exit 42`, checker.Error, ""},
		"a child that goes on":     {`(while :; do echo x >>"$3/judgemessage.txt"; done) & exit 42`, checker.Accepted, ""},
		"replaced by a file":       {`rm -r "$3"; : >/tmp/feedback; exit 43`, checker.Wrong, ""},
		"replaced by a link":       {`rm -r "$3"; ln -s /judge /tmp/feedback; exit 43`, checker.Wrong, ""},
		"device":                   {`mknod "$3/score.txt" c 1 5; exit 42`, checker.Accepted, ""},
		"socket, and hard links":   {`echo 1 >"$3/a"; ln "$3/a" "$3/b"; exit 42`, checker.Accepted, ""},
		"its own files":            {`echo "exit 42" >"$0"; rm -f "$0"; exit 43`, checker.Wrong, ""},
		"the files of the problem": {`rm -f "$1" "$2"; (: >"$1"); (: >"$2"); exit 43`, checker.Wrong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := checker.Invocation{Output: []byte("x"), Limits: small, MultiPass: true}
			in.Limits.Wall = 5 * time.Second
			in.Limits.Pids = 20
			got, err := b.run(t.Context(), t, tt.script, in)
			if err != nil || got.Decision != tt.want || !strings.Contains(got.JudgeMessage, tt.says) {
				t.Errorf("Run = %v %.300q, %v, want %v %q", got.Decision, got.JudgeMessage, err, tt.want, tt.says)
			}
			if got.Score != (verdict.Score{}) || got.NextPass != nil {
				t.Errorf("score %+v, next pass %v", got.Score, got.NextPass)
			}
			if text, err := os.ReadFile(b.answer); err != nil || string(text) != "the answer\n" {
				t.Fatalf("the answer is %q now, %v", text, err)
			}
		})
	}
	if got, err := b.run(t.Context(), t, "exit 42", checker.Invocation{}); err != nil || got.Decision != checker.Accepted {
		t.Errorf("after all that, Run = %+v, %v", got, err)
	}
}
