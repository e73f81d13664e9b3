package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/verdict"
)

// filesProblem is judgetest.Double with input.txt and output.txt, whatever else is said.
func filesProblem(settings string) map[string]string {
	files := judgetest.Double()
	files["gavel.yaml"] = "input_file: input.txt\noutput_file: output.txt\n" + settings
	return files
}

// TestFileInputAndOutput has submissions that use the two files, and that make of the output file whatever they can.
func TestFileInputAndOutput(t *testing.T) {
	b := newBenchWith(t, []string{"python3", "cpp17"}, nil)
	p := judgetest.Package(t, "double", filesProblem(""))
	const head = "import os, socket, sys\nx = 2 * int(open('input.txt').read())\n"
	const unreadable = "something that is no readable file"
	tests := []struct {
		name, file, source string
		want               verdict.Code
		reason             verdict.Reason
		says               string
	}{
		{"files", "a.py", head + "open('output.txt', 'w').write(str(x))", "AC", "", ""},
		{"c++", "a.cpp", "#include <fstream>\nint main() { std::ifstream in(\"input.txt\"); std::ofstream out(\"output.txt\"); int x; in >> x; out << 2 * x; }", "AC", "", ""},
		{"freopen", "a.cpp", "#include <cstdio>\nint main() { freopen(\"input.txt\", \"r\", stdin); freopen(\"output.txt\", \"w\", stdout); int x; scanf(\"%d\", &x); printf(\"%d\", 2 * x); }", "AC", "", ""},
		{"input opened for both", "a.cpp", "#include <fstream>\nint main() { std::fstream in(\"input.txt\"); std::ofstream out(\"output.txt\"); int x; in >> x; out << 2 * x; }", "AC", "", ""},
		{"standard input is empty", "a.py", head + "open('output.txt', 'w').write(str(x) if sys.stdin.read() == '' else 'not empty')", "AC", "", ""},
		{"what is printed does not matter", "a.py", head + "print(-1)\nopen('output.txt', 'w').write(str(x))", "AC", "", ""},
		{"input removed", "a.py", head + "os.remove('input.txt')\nopen('output.txt', 'w').write(str(x))", "AC", "", ""},
		{"wrong", "a.py", "open('output.txt', 'w').write('5')", "WA", "", ""},
		{"empty", "a.py", "open('output.txt', 'w')", "WA", "no_output", ""},
		{"nothing", "a.py", "", "WA", "no_output", "wrote no file output.txt"},
		{"printed", "a.py", head + "print(x)", "WA", "no_output", "; what it printed is not looked at"},
		{"other case", "a.py", head + "open('OUTPUT.TXT', 'w').write(str(x))", "WA", "no_output", "wrote no file output.txt"},
		{"elsewhere", "a.py", head + "open('/tmp/output.txt', 'w').write(str(x))", "WA", "no_output", "wrote no file output.txt"},
		{"removed", "a.py", head + "open('output.txt', 'w').write(str(x)); os.remove('output.txt')", "WA", "no_output", "wrote no file output.txt"},
		{"link to a sound file", "a.py", head + "open('a', 'w').write(str(x)); os.symlink('a', 'output.txt')", "WA", "no_output", unreadable},
		{"link out", "a.py", "import os\nos.symlink('/etc/passwd', 'output.txt')", "WA", "no_output", unreadable},
		{"link to itself", "a.py", "import os\nos.symlink('output.txt', 'output.txt')", "WA", "no_output", unreadable},
		{"link to nothing", "a.py", "import os\nos.symlink('none', 'output.txt')", "WA", "no_output", unreadable},
		{"link to a descriptor", "a.py", "import os\nos.symlink('/proc/self/fd/0', 'output.txt')", "WA", "no_output", unreadable},
		{"hard link to the input", "a.py", "import os\nos.link('input.txt', 'output.txt')", "WA", "", ""},
		{"FIFO", "a.py", "import os\nos.mkfifo('output.txt')", "WA", "no_output", unreadable},
		{"directory", "a.py", "import os\nos.mkdir('output.txt')", "WA", "no_output", unreadable},
		{"socket", "a.py", head + "socket.socket(socket.AF_UNIX).bind('output.txt')", "WA", "no_output", unreadable},
		{"closed to all", "a.py", head + "open('output.txt', 'w').write(str(x)); os.chmod('output.txt', 0)", "AC", "", ""},
		{"working directory closed", "a.py", head + "open('output.txt', 'w').write(str(x)); os.chmod('.', 0)", "AC", "", ""},
		{"exit code", "a.py", head + "open('output.txt', 'w').write(str(x)); sys.exit(3)", "RTE", "exit", ""},
		{"too much", "a.py", "f = open('output.txt', 'wb')\nfor _ in range(3): f.write(bytes(1 << 20))", "OLE", "", ""},
		{"too long and empty", "a.py", "import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nopen('output.txt', 'w')\nos.truncate('output.txt', (1 << 20) + 1)", "OLE", "", ""},
		{"too much elsewhere", "a.py", head + "open('output.txt', 'w').write(str(x))\nfor i in range(3): open(str(i), 'wb').write(bytes(1 << 19))", "OLE", "", ""},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			language := map[bool]string{true: "python3", false: "cpp17"}[strings.HasSuffix(tt.file, ".py")]
			r, err := b.judge.JudgeProblem(t.Context(), p, submission(fmt.Sprintf("f%d", i), language, file(tt.file, tt.source)), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			if r.Verdict != tt.want || r.Reason != tt.reason {
				t.Fatalf("%s/%s, want %s/%s; %+v", r.Verdict, r.Reason, tt.want, tt.reason, r.Tests)
			}
			if said := r.Tests[0].TeamMessage; !strings.Contains(said, tt.says) || tt.says == "" && said != "" {
				t.Errorf("the team is told %q, want %q in it", said, tt.says)
			}
		})
	}
}

// TestSubmittedExchangeFiles has submissions that bring files of the names that the problem uses.
func TestSubmittedExchangeFiles(t *testing.T) {
	b := newBenchWith(t, []string{"python3"}, nil)
	modern := filesProblem("")
	modern["problem.yaml"] = "problem_format_version: 2025-09\nname: Double\nuuid: x\nallow_file_writing: true\nlimits: {memory: 64, output: 1, time_limit: 5}\n"
	delete(modern, ".timelimit")
	p := judgetest.Package(t, "double", modern)
	const good = "open('output.txt', 'w').write(str(2 * int(open('input.txt').read())))"
	for name, tt := range map[string]struct {
		files []api.SourceFile
		want  verdict.Code
	}{
		"output":             {[]api.SourceFile{file("a.py", ""), file("output.txt", "2")}, "WA"},
		"both, and replaced": {[]api.SourceFile{file("a.py", good), file("output.txt", "0"), file("input.txt", "0")}, "AC"},
		"a directory":        {[]api.SourceFile{file("a.py", good), file("output.txt/b.py", "")}, "CE"},
		"another directory":  {[]api.SourceFile{file("a.py", good), file("input.txt/b.py", "")}, "CE"},
	} {
		t.Run(name, func(t *testing.T) {
			sub := submission("e", "python3", tt.files...)
			sub.EntryPoint = "a.py"
			r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
			if err != nil || r.Verdict != tt.want {
				t.Errorf("JudgeProblem() = %s, %v, want %s; %+v, log %s", r.Verdict, err, tt.want, r.Tests, r.Compile.Log)
			}
		})
	}
}
