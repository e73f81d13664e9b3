package judge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// bench is a judge on real containers, shared by the tests of one top-level test.
type bench struct {
	judge     *Judge
	pool      *pool.Pool
	languages *language.Offer
}

// offers needs a language, by a name of it; "" is none.
func (b *bench) offers(name string) sandboxtest.Need {
	return func() error {
		if name == "" {
			return nil
		}
		_, err := b.languages.Choose(name, nil)
		return err
	}
}

// newBench makes a judge on two containers. Prepared caches stay between runs of the tests, as they do between
// starts of a worker.
func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	return newBenchWith(t, nil, change)
}

// newBenchWith is newBench with some languages only, so that it is there sooner. None means all.
func newBenchWith(t *testing.T, languages []string, change func(*Config)) *bench {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	ctx := t.Context()
	table, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	table.Languages = slices.DeleteFunc(table.Languages, func(l *language.Language) bool {
		return len(languages) > 0 && !slices.Contains(languages, l.ID)
	})
	caches := filepath.Join("/var/tmp", fmt.Sprintf("gavel-test-%d", os.Getuid()))
	newPool := func(ctx context.Context) (*pool.Pool, error) { return pool.New(ctx, pool.Config{Slots: 2}) }
	prepared, err := language.Prepare(ctx, table, caches, newPool)
	if err != nil {
		t.Fatalf("Prepare() = %v", err)
	}
	p, err := pool.New(ctx, pool.Config{Slots: 2, Mounts: prepared.Mounts()})
	if err != nil {
		t.Fatalf("pool.New() = %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close pool: %v", err)
		}
	})
	offer, err := language.SelfTest(ctx, table, prepared, p)
	if err != nil {
		t.Fatalf("SelfTest() = %v", err)
	}
	cfg := Config{Pool: p, Languages: offer, StateDir: t.TempDir(), Worker: "test", ParallelTests: 2}
	if change != nil {
		change(&cfg)
	}
	j, err := New(cfg)
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return &bench{judge: j, pool: p, languages: offer}
}

// writePackage writes files below a new directory called name and loads them as a problem package.
func writePackage(t *testing.T, name string, files map[string]string) *problem.Problem {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	writeFiles(t, dir, files)
	p, err := problem.Load(dir)
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// double is a problem with three tests: read a number, print its double.
func double() map[string]string {
	return map[string]string{
		"problem.yaml": fmt.Sprintf("name: Double\nlimits:\n  memory: 64\n  output: 1\n  code: 16\n  compilation_time: %g\n",
			10*sandboxtest.Slowness()),
		".timelimit":                fmt.Sprintf("%g\n", sandboxtest.Slowness()),
		"data/sample/1.in":          "1\n",
		"data/sample/1.ans":         "2\n",
		"data/secret/2.in":          "21\n",
		"data/secret/2.ans":         "42\n",
		"data/secret/3.in":          "50\n",
		"data/secret/3.ans":         "100\n",
		"submissions/accepted/a.py": "print(2 * int(input()))\n",
	}
}

func submission(id, lang string, files ...SourceFile) Submission {
	return Submission{Version: 1, ID: id, Attempt: 1, Problem: "double", Language: lang, Files: files}
}

// file returns a source file as a list, for submission.
func file(name, text string) SourceFile { return SourceFile{Name: name, Text: text} }

func TestVerdicts(t *testing.T) {
	b := newBench(t, nil)
	p := writePackage(t, "double", double())
	const head = "#include <bits/stdc++.h>\n#include <unistd.h>\n#include <sys/wait.h>\n#include <sys/mman.h>\nusing namespace std;\n"
	tests := []struct {
		name, lang, file, source string
		want                     verdict.Code
		reason                   verdict.Reason
	}{
		{"c", "c", "a.c", "#include <stdio.h>\nint main(){int x;scanf(\"%d\",&x);printf(\"%d\\n\",2*x);}", "AC", ""},
		{"cpp", "cpp", "a.cpp", head + "int main(){int x;cin>>x;cout<<2*x<<endl;}", "AC", ""},
		{"python", "python3", "a.py", "print(2*int(input()))", "AC", ""},
		{"pypy", "pypy3", "a.py", "print(2*int(input()))", "AC", ""},
		{"java", "java", "Foo.java", "import java.util.*;public class Foo{public static void main(String[] a){System.out.println(2*new Scanner(System.in).nextInt());}}", "AC", ""},
		{"java class with another name", "java", "solution.java", "import java.util.*;class Main{public static void main(String[] a){System.out.println(2*new Scanner(System.in).nextInt());}}", "AC", ""},
		{"java package", "java", "Main.java", "package x.y;public class Main{public static void main(String[] a){System.out.println(2*new java.util.Scanner(System.in).nextInt());}}", "AC", ""},
		{"go", "go", "a.go", "package main\nimport \"fmt\"\nfunc main(){var x int;fmt.Scan(&x);fmt.Println(2*x)}", "AC", ""},
		{"rust", "rust", "a.rs", "fn main(){let mut s=String::new();std::io::stdin().read_line(&mut s).unwrap();println!(\"{}\",2*s.trim().parse::<i64>().unwrap());}", "AC", ""},
		{"javascript", "javascript", "a.js", "console.log(2*parseInt(require('fs').readFileSync(0,'utf8')))", "AC", ""},
		{"language by file name", "", "a.cc", head + "int main(){int x;cin>>x;cout<<2*x;}", "AC", ""},
		{"name that looks like an option inside", "c", "a -o b.c", "#include <stdio.h>\nint main(){int x;scanf(\"%d\",&x);printf(\"%d\\n\",2*x);}", "AC", ""},
		{"deep recursion within memory", "cpp", "a.cc", head + "int f(int n){volatile char b[1000];b[0]=n;return n?f(n-1)+b[0]-b[0]:0;}int main(){int x;cin>>x;cout<<2*x+f(40000);}", "AC", ""},

		{"wrong", "python3", "a.py", "print(3)", "WA", ""},
		{"silent", "python3", "a.py", "", "WA", "no_output"},
		{"spin", "cpp", "a.cc", "int main(){volatile int x=0;for(;;)x++;}", "TLE", "cpu"},
		{"spin in orphans", "cpp", "a.cc", head + "int main(){for(int i=0;i<3;i++)if(!fork()){for(volatile int x=0;;)x=x+1;}wait(0);}", "TLE", "cpu"},
		{"spin python", "python3", "a.py", "while True: pass", "TLE", "cpu"},
		{"spin java", "java", "Main.java", "public class Main{public static void main(String[] a){for(long x=0;;x++)if(x<0)System.out.println();}}", "TLE", "cpu"},
		{"sleep", "c", "a.c", "#include <unistd.h>\nint main(){sleep(100);}", "TLE", "wall"},
		{"touch memory", "cpp", "a.cc", head + "int main(){vector<string> v;for(;;)v.push_back(string(1<<20,'x'));}", "MLE", "oom_kill"},
		{"memory python", "python3", "a.py", "a=[]\nwhile True: a.append(bytearray(b'x'*1000000))", "MLE", "oom_kill"},
		{"memory child", "cpp", "a.cc", head + "int main(){if(!fork()){vector<string> v;for(;;)v.push_back(string(1<<20,'x'));}wait(0);puts(\"2\");}", "MLE", "oom_kill"},
		{"heap java", "java", "Main.java", "import java.util.*;public class Main{public static void main(String[] a){List<int[]> l=new ArrayList<>();for(;;)l.add(new int[100000]);}}", "MLE", "runtime"},
		{"heap node", "javascript", "a.js", "const a=[];for(;;)a.push(new Array(1000).fill(a.length+0.5))", "MLE", "runtime"},
		{"bad_alloc", "cpp", "a.cc", head + "int main(){char*volatile p=new char[1ll<<46];p[0]=1;}", "MLE", "runtime"},
		{"flood stdout", "c", "a.c", "#include <stdio.h>\nint main(){for(;;)puts(\"xxxxxxxxxxxxxxxxxxxxxxxxxxx\");}", "OLE", ""},
		{"flood stderr", "python3", "a.py", "import sys\nwhile True: sys.stderr.write('x'*1000)", "OLE", ""},
		{"segfault", "c", "a.c", "int main(){*(volatile int*)0=1;}", "RTE", "signal"},
		{"abort", "cpp", "a.cc", head + "int main(){abort();}", "RTE", "signal"},
		{"exit code", "c", "a.c", "int main(){return 3;}", "RTE", "exit"},
		{"exit code of a validator", "c", "a.c", "int main(){return 42;}", "RTE", "exit"},
		{"exception python", "python3", "a.py", "1/0", "RTE", "exit"},
		{"exception java", "java", "Main.java", "public class Main{public static void main(String[] a){throw new RuntimeException();}}", "RTE", "exit"},
		{"panic go", "go", "a.go", "package main\nfunc main(){panic(1)}", "RTE", "exit"},
		{"fork bomb", "c", "a.c", "#include <unistd.h>\nint main(){for(;;)fork();}", "TLE", "cpu"},

		{"syntax", "cpp", "a.cc", "int main( {", "CE", "compiler"},
		{"syntax python", "python3", "a.py", "if", "CE", "compiler"},
		{"syntax javascript", "javascript", "a.js", "if", "CE", "compiler"},
		{"syntax go", "go", "a.go", "package main\nfunc main(){", "CE", "compiler"},
		{"syntax rust", "rust", "a.rs", "fn main(){", "CE", "compiler"},
		{"compile bomb", "cpp", "a.cc", "template<int D,int N> struct X{typename X<D-1,2*N>::t a;typename X<D-1,2*N+1>::t b;typedef X t;};template<int N> struct X<0,N>{typedef int t;};X<28,1> x;int main(){}", "CE", "limit"},
		{"code limit", "python3", "a.py", "#" + strings.Repeat("x", 16<<10), "CE", "code_limit"},
		{"no program", "java", "Main.java", "", "CE", "no_program"},
		{"no source", "c", "a.txt", "int main(){}", "CE", "no_program"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			needs := tt.lang
			if needs == "" {
				needs = "cpp"
			}
			sandboxtest.RequireToolchain(t, b.offers(needs))
			sub := submission(fmt.Sprintf("v%d", i), tt.lang, file(tt.file, tt.source))
			if tt.reason == verdict.ReasonCPU || tt.reason == verdict.ReasonWall {
				// A small limit leaves most wall time for each second of CPU time, on a host that others use too.
				sub.TimeLimitUsec = sandboxtest.Slow(200 * time.Millisecond).Microseconds()
			}
			r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			if r.Verdict != tt.want || r.Reason != tt.reason {
				t.Errorf("verdict %s/%s, want %s/%s; cpu %d us, wall %d us, peak %d; log %.300s; tests %+v",
					r.Verdict, r.Reason, tt.want, tt.reason, r.CPUUsec, r.WallUsec, r.PeakMemory, r.Compile.Log, r.Tests)
			}
			if len(r.Tests) != 3 {
				t.Errorf("%d tests, want 3", len(r.Tests))
			}
		})
	}
}

func TestReportTellsEverything(t *testing.T) {
	b := newBench(t, nil)
	p := writePackage(t, "double", double())
	var stages []string
	sub := submission("s1", "cpp17", file("a.cc", "#include <iostream>\nint main(){int x;std::cin>>x;std::cout<<2*x;}"))
	r, err := b.judge.JudgeProblem(t.Context(), p, sub, func(ev Event) {
		stages = append(stages, fmt.Sprintf("%d %s %d/%d %s", ev.Sequence, ev.Stage, ev.Test, ev.Tests, ev.Verdict))
	})
	if err != nil {
		t.Fatalf("JudgeProblem() = %v", err)
	}
	got := strings.Join(stages, "; ")
	if !strings.HasPrefix(got, "1 received 0/0 ; 2 compiling 0/0 ; 3 test ") || !strings.HasSuffix(got, " done 0/0 AC") {
		t.Errorf("events: %s", got)
	}
	if r.CPUUsec <= 0 || r.WallUsec <= 0 || r.PeakMemory <= 0 || r.TimeLimitUsec != 1e6 || r.MemoryLimit != 64<<20 ||
		r.LanguageVersion == "" || r.Worker != "test" || r.Compile.CPUUsec <= 0 || r.Compile.Cached ||
		r.Phases.RunUsec <= 0 || r.Phases.CheckUsec <= 0 || r.Phases.CompileUsec <= 0 || r.Phases.TotalUsec <= 0 {
		t.Errorf("report has empty fields: %+v", r)
	}
	sub.ID = "s2"
	again, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
	if err != nil || !again.Compile.Cached || again.Verdict != "AC" {
		t.Errorf("again: %+v, %v; want a cached program and AC", again, err)
	}
}

func TestRefusals(t *testing.T) {
	source := t.TempDir()
	writeFiles(t, filepath.Join(source, "double"), double())
	only := double()
	only["problem.yaml"] = "problem_format_version: 2025-09\nname: x\nuuid: 5ca6ba5b-9d8d-4b64-8f2d-3b2b1f7a2c11\nlanguages: [java]\nlimits:\n  time_limit: 1\n"
	delete(only, ".timelimit")
	writeFiles(t, filepath.Join(source, "onlyjava"), only)
	writeFiles(t, filepath.Join(source, "broken"), map[string]string{"problem.yaml": "nonsense: 1\n"})
	dir, err := NewDirectory(source)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	b := newBench(t, func(c *Config) { c.Problems = dir })
	ok := file("a.py", "print(2*int(input()))")
	tests := []struct {
		name   string
		change func(*Submission)
		want   string
	}{
		{"unknown problem", func(s *Submission) { s.Problem = "nope" }, `unknown problem "nope"`},
		{"problem outside", func(s *Submission) { s.Problem = "../double" }, "plain file names"},
		{"broken package", func(s *Submission) { s.Problem = "broken" }, "nonsense"},
		{"unknown language", func(s *Submission) { s.Language = "klingon" }, "known are c, cpp11"},
		{"forbidden language", func(s *Submission) { s.Problem = "onlyjava" }, "does not allow python3"},
		{"unknown extension", func(s *Submission) { s.Language = ""; s.Files = []SourceFile{file("a.xyz", "")} }, "name the language"},
		{"option as name", func(s *Submission) { s.Files = []SourceFile{file("-o", "")} }, `starts with "-"`},
		{"name of another directory", func(s *Submission) { s.Files = []SourceFile{file("../x", "")} }, `starts with "."`},
		{"file below a file", func(s *Submission) { s.Files = []SourceFile{ok, file(ok.Name+"/x", "")} }, "which is a file"},
		{"two of one name", func(s *Submission) { s.Files = []SourceFile{ok, ok} }, "two files"},
		{"no files", func(s *Submission) { s.Files = nil }, "no files"},
		{"bad id", func(s *Submission) { s.ID = "a.b.c" }, "submission id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sub := submission("r1", "python3", ok)
			tt.change(&sub)
			_, err := b.judge.Judge(t.Context(), sub, nil)
			if !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Judge() = %v, want a rejection with %q", err, tt.want)
			}
		})
	}
	r, err := b.judge.Judge(t.Context(), submission("ok", "python3", ok), nil)
	if err != nil || r.Verdict != "AC" {
		t.Errorf("after all that, Judge() = %+v, %v, want AC", r, err)
	}
}

// withValidator is double with a custom output validator made of files below output_validators/v.
func withValidator(files map[string]string) map[string]string {
	all := double()
	all["problem.yaml"] = "name: Double\nvalidation: custom\nlimits:\n  memory: 64\n  validation_time: 2\n"
	for name, text := range files {
		all["output_validators/v/"+name] = text
	}
	return all
}

func TestCustomValidators(t *testing.T) {
	b := newBench(t, nil)
	const py = "import sys\nans=open(sys.argv[2]).read().split()\nout=sys.stdin.read().split()\n" +
		"open(sys.argv[3]+'judgemessage.txt','w').write('looked')\nsys.exit(42 if ans==out else 43)\n"
	const cc = "#include <fstream>\n#include <iostream>\n#include <string>\nint main(int c,char**v){std::ifstream a(v[2]);" +
		"std::string x,y;a>>x;std::cin>>y;std::ofstream(std::string(v[3])+\"judgemessage.txt\")<<\"looked\";return x==y?42:43;}"
	const java = "import java.nio.file.*;import java.util.*;public class Check{public static void main(String[] v)throws Exception{" +
		"String a=Files.readString(Path.of(v[1])).trim();String b=new Scanner(System.in).next();" +
		"Files.writeString(Path.of(v[2]+\"judgemessage.txt\"),\"looked\");System.exit(a.equals(b)?42:43);}}"
	good := "print(2*int(input()))"
	bad := "print(7)"
	tests := []struct {
		name    string
		files   map[string]string
		source  string
		want    verdict.Code
		message string
	}{
		{"python accepts", map[string]string{"v.py": py}, good, "AC", "looked"},
		{"python refuses", map[string]string{"v.py": py}, bad, "WA", "looked"},
		{"C++ accepts", map[string]string{"v.cc": cc}, good, "AC", "looked"},
		{"C++ refuses", map[string]string{"v.cc": cc}, bad, "WA", "looked"},
		{"Java accepts", map[string]string{"Check.java": java}, good, "AC", "looked"},
		{
			"build and run", map[string]string{
				"build":   "#!/bin/sh\ncc -o checker check.c && printf '#!/bin/sh\\nexec \"$(dirname \"$0\")/checker\" \"$@\"\\n' > run && chmod +x run\n",
				"check.c": "#include <stdio.h>\nint main(int c,char**v){int a,b;FILE*f=fopen(v[2],\"r\");if(!f||fscanf(f,\"%d\",&a)!=1||scanf(\"%d\",&b)!=1)return 43;return a==b?42:43;}",
			}, good, "AC", "",
		},
		{"exit 0 is an error", map[string]string{"v.py": "pass"}, good, "JE", "exit code 0"},
		{"crash is an error", map[string]string{"v.c": "int main(){*(volatile int*)0=1;}"}, good, "JE", "SIGSEGV"},
		{"hang is an error", map[string]string{"v.py": "while True: pass"}, good, "JE", "time limit"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := writePackage(t, "double", withValidator(tt.files))
			r, err := b.judge.JudgeProblem(t.Context(), p, submission(fmt.Sprintf("c%d", i), "python3", file("a.py", tt.source)), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			if r.Verdict != tt.want || !strings.Contains(r.Tests[0].JudgeMessage, tt.message) {
				t.Errorf("verdict %s, message %q; want %s with %q", r.Verdict, r.Tests[0].JudgeMessage, tt.want, tt.message)
			}
			if (r.Error != nil) != (tt.want == "JE") {
				t.Errorf("Error = %+v with verdict %s", r.Error, r.Verdict)
			}
		})
	}
	t.Run("does not compile", func(t *testing.T) {
		p := writePackage(t, "double", withValidator(map[string]string{"v.c": "int main( {"}))
		_, err := b.judge.JudgeProblem(t.Context(), p, submission("c", "python3", file("a.py", good)), nil)
		var r *Rejection
		if !errors.As(err, &r) || r.Class != verdict.ClassProblem || !strings.Contains(err.Error(), "error:") {
			t.Errorf("JudgeProblem() = %v, want a rejection of class problem with the compiler's log", err)
		}
	})
}

func TestCancellationIsPrompt(t *testing.T) {
	b := newBench(t, nil)
	p := writePackage(t, "double", double())
	cause := errors.New("withdrawn")
	for _, when := range []Stage{StageCompiling, StageTest} {
		ctx, cancel := context.WithCancelCause(t.Context())
		source := file("a.py", "import sys,time\nx=int(input())\nif x!=1: time.sleep(100)\nprint(2*x)")
		var canceled time.Time
		_, err := b.judge.JudgeProblem(ctx, p, submission("x", "python3", source), func(ev Event) {
			if ev.Stage == when && canceled.IsZero() {
				canceled = time.Now()
				cancel(cause)
			}
		})
		if !errors.Is(err, cause) {
			t.Errorf("canceled at %s: JudgeProblem() = %v, want %v", when, err, cause)
		}
		if took := time.Since(canceled); took > time.Second {
			t.Errorf("canceled at %s: took %v", when, took)
		}
		cancel(nil)
	}
	r, err := b.judge.JudgeProblem(t.Context(), p, submission("y", "python3", file("a.py", "print(2*int(input()))")), nil)
	if err != nil || r.Verdict != "AC" {
		t.Errorf("afterwards: %s, %v, want AC", r.Verdict, err)
	}
}

func TestVerify(t *testing.T) {
	b := newBench(t, nil)
	files := double()
	delete(files, ".timelimit")
	files["submissions/wrong_answer/b.c"] = "#include <stdio.h>\nint main(){puts(\"2\");}"
	files["submissions/time_limit_exceeded/c.py"] = "while True: pass"
	files["submissions/run_time_error/d.py"] = "1/0"
	files["submissions/accepted/e.swift"] = "print(42)"
	files["submissions/accepted/wrong.py"] = "print(2)" // not what its directory says
	p := writePackage(t, "double", files)
	var rows []string
	found, err := b.judge.Verify(t.Context(), p, VerifyOptions{TimeLimit: time.Second}, func(r VerifyRow) {
		rows = append(rows, fmt.Sprintf("%s %s %s %v skipped=%v", r.Submission, r.Language, r.Report.Verdict, r.OK, r.Skipped))
	})
	if err != nil || found.TimeLimit != time.Second {
		t.Fatalf("Verify() = %v, %v", found, err)
	}
	want := `submissions/accepted/a.py python3 AC true skipped=false
submissions/accepted/e.swift   false skipped=true
submissions/accepted/wrong.py python3 WA false skipped=false
submissions/run_time_error/d.py python3 RTE true skipped=false
submissions/time_limit_exceeded/c.py python3 TLE true skipped=false
submissions/wrong_answer/b.c c WA true skipped=false`
	if got := strings.Join(rows, "\n"); got != want {
		t.Errorf("rows:\n%s\nwant:\n%s", got, want)
	}

	delete(files, "submissions/accepted/wrong.py")
	p = writePackage(t, "double", files)
	limit, err := b.judge.TimeLimit(t.Context(), p)
	if err != nil || limit != time.Second {
		t.Errorf("TimeLimit() = %v, %v, want 1s: five times a few milliseconds, in whole seconds", limit, err)
	}
}

// TestComputeTimeLimit: in 2025-09 the time limit lies between what must keep it and what must miss it.
func TestComputeTimeLimit(t *testing.T) {
	b := newBench(t, nil)
	burn := func(ms string) string {
		return "import time\nn = int(input())\nwhile time.process_time() < " + ms + " / 1000: pass\nprint(2 * n)\n"
	}
	onSecret := func(ms string) string {
		return "import time\nn = int(input())\nwhile n > 1 and time.process_time() < " + ms + " / 1000: pass\nprint(2 * n)\n"
	}
	files := double()
	delete(files, ".timelimit")
	files["problem.yaml"] = "problem_format_version: 2025-09\nname: D\nuuid: 1\nlimits: {time_resolution: 0.1}\n"
	files["submissions/accepted/half.py"] = burn("450")
	files["submissions/accepted/unused.py"] = burn("1500")
	files["submissions/time_limit_exceeded/slow.py"] = burn("6000")
	files["submissions/brute_force/part.py"] = onSecret("6000")
	files["submissions/submissions.yaml"] = "accepted/unused.py: {use_for_time_limit: false}\n" +
		"brute_force/*: {sample: {permitted: [AC]}, secret: {required: [TLE]}}\n"
	p := writePackage(t, "double", files)
	c, err := b.judge.ComputeTimeLimit(t.Context(), p)
	if err != nil {
		t.Fatalf("ComputeTimeLimit() = %v", err)
	}
	if c.Limit < 900*time.Millisecond || c.Limit > 1500*time.Millisecond || c.Limit%(100*time.Millisecond) != 0 || c.Limit < c.Least {
		t.Errorf("time limit %v, want twice of half a second in tenths of a second: %+v", c.Limit, c)
	}
	var got []string
	for _, b := range c.Bounds {
		got = append(got, fmt.Sprintf("%s %s %s %t", b.Side, b.Submission, b.Tests, b.AtLeast))
	}
	want := []string{
		"lower submissions/accepted/a.py  false", "lower submissions/accepted/half.py  false",
		"lower submissions/brute_force/part.py sample false",
		"upper submissions/time_limit_exceeded/slow.py  true", "upper submissions/brute_force/part.py secret true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	files["submissions/time_limit_exceeded/slow.py"] = burn("700")
	_, err = b.judge.ComputeTimeLimit(t.Context(), writePackage(t, "double", files))
	if !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), "would have to take") {
		t.Errorf("with a submission that is not too slow enough: %v, want a rejection", err)
	}
	delete(files, "submissions/accepted/a.py")
	files["submissions/submissions.yaml"] += "accepted/half.py: {use_for_time_limit: false}\n"
	delete(files, "submissions/brute_force/part.py")
	_, err = b.judge.ComputeTimeLimit(t.Context(), writePackage(t, "double", files))
	if !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), "there is no submission that must keep it") {
		t.Errorf("without a submission that must keep it: %v, want a rejection", err)
	}
}
