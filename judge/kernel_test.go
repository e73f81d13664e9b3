package judge

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/verdict"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// bench is a judge on real containers, shared by the tests of one top-level test.
type bench struct {
	judge     *Judge
	pool      *pool.Pool
	languages *language.Toolchains
}

// offers needs a language, by a name of it; "" is none.
func (b *bench) offers(name string) sandboxtest.Need {
	return func() error {
		if name == "" {
			return nil
		}
		l, err := b.languages.Choose(name, nil)
		if err != nil {
			return err
		}
		return b.languages.Ready(context.Background(), b.pool, l)
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
	b := judgetest.NewBench(t, languages...)
	cfg := Config{Pool: b.Pool, Languages: b.Languages, StateDir: t.TempDir(), Worker: "test"}
	if change != nil {
		change(&cfg)
	}
	j, err := New(cfg)
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return &bench{judge: j, pool: b.Pool, languages: b.Languages}
}

func submission(id, lang string, files ...api.SourceFile) api.Submission {
	return api.Submission{Version: 1, ID: id, Attempt: 1, Problem: "double", Language: lang, Files: files}
}

// file returns a source file as a list, for submission.
func file(name, text string) api.SourceFile { return api.SourceFile{Name: name, Text: text} }

func TestVerdicts(t *testing.T) {
	b := newBench(t, nil)
	p := judgetest.Package(t, "double", judgetest.Double())
	// What a refused fork leaves is the kernel's to free, later on a busy host, and counts as the program's memory until then.
	roomy := judgetest.Double()
	roomy["problem.yaml"] = strings.Replace(roomy["problem.yaml"], "memory: 64", "memory: 1024", 1)
	forks := judgetest.Package(t, "double", roomy)
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
		{"java, two classes with main", "java", "sum.java", "class A{public static void main(String[] a){}}class B{public static void main(String[] a){}}", "RTE", "exit"},
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
		{"heap node", "javascript", "a.js", "const a=[];for(;;)a.push(new Array(100000).fill(a.length+0.5))", "MLE", "runtime"},
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
			judged := p
			if tt.name == "fork bomb" {
				judged = forks
			}
			r, err := b.judge.JudgeProblem(t.Context(), judged, sub, nil)
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
	p := judgetest.Package(t, "double", judgetest.Double())
	var stages []string
	sub := submission("s1", "cpp17", file("a.cc", "#include <iostream>\nint main(){int x;std::cin>>x;std::cout<<2*x;}"))
	r, err := b.judge.JudgeProblem(t.Context(), p, sub, func(ev api.Event) {
		stages = append(stages, fmt.Sprintf("%s %d/%d %s", ev.Stage, ev.Test, ev.Tests, ev.Verdict))
	})
	if err != nil {
		t.Fatalf("JudgeProblem() = %v", err)
	}
	got := strings.Join(stages, "; ")
	got = strings.ReplaceAll(got, "preparing 0/0 ; ", "") // where the language was not ready yet
	if !strings.HasPrefix(got, "received 0/0 ; compiling 0/0 ; test ") || !strings.HasSuffix(got, " done 0/0 AC") {
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
	judgetest.WriteFiles(t, filepath.Join(source, "double"), judgetest.Double())
	only := judgetest.Double()
	only["problem.yaml"] = "problem_format_version: 2025-09\nname: x\nuuid: 5ca6ba5b-9d8d-4b64-8f2d-3b2b1f7a2c11\nlanguages: [java]\nlimits:\n  time_limit: 1\n"
	delete(only, ".timelimit")
	judgetest.WriteFiles(t, filepath.Join(source, "onlyjava"), only)
	judgetest.WriteFiles(t, filepath.Join(source, "broken"), map[string]string{"problem.yaml": "nonsense: 1\n"})
	dir, err := library.NewDirSource(source)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	b := newBench(t, func(c *Config) { c.Problems = dir })
	ok := file("a.py", "print(2*int(input()))")
	tests := []struct {
		name   string
		change func(*api.Submission)
		want   string
	}{
		{"unknown problem", func(s *api.Submission) { s.Problem = "nope" }, `unknown problem "nope"`},
		{"problem outside", func(s *api.Submission) { s.Problem = "../double" }, "plain file names"},
		{"broken package", func(s *api.Submission) { s.Problem = "broken" }, "nonsense"},
		{"unknown language", func(s *api.Submission) { s.Language = "klingon" }, "known are c, cpp11"},
		{"forbidden language", func(s *api.Submission) { s.Problem = "onlyjava" }, "does not allow python3"},
		{"unknown extension", func(s *api.Submission) { s.Language = ""; s.Files = []api.SourceFile{file("a.xyz", "")} }, "name the language"},
		{"option as name", func(s *api.Submission) { s.Files = []api.SourceFile{file("-o", "")} }, `starts with "-"`},
		{"name of another directory", func(s *api.Submission) { s.Files = []api.SourceFile{file("../x", "")} }, `starts with "."`},
		{"file below a file", func(s *api.Submission) { s.Files = []api.SourceFile{ok, file(ok.Name+"/x", "")} }, "which is a file"},
		{"two of one name", func(s *api.Submission) { s.Files = []api.SourceFile{ok, ok} }, "two files"},
		{"no files", func(s *api.Submission) { s.Files = nil }, "no files"},
		{"bad id", func(s *api.Submission) { s.ID = "a.b.c" }, "submission id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sub := submission("r1", "python3", ok)
			tt.change(&sub)
			_, err := b.judge.Judge(t.Context(), sub, nil)
			if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), tt.want) {
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
	all := judgetest.Double()
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
			p := judgetest.Package(t, "double", withValidator(tt.files))
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
		p := judgetest.Package(t, "double", withValidator(map[string]string{"v.c": "int main( {"}))
		_, err := b.judge.JudgeProblem(t.Context(), p, submission("c", "python3", file("a.py", good)), nil)
		var r *api.Rejection
		if !errors.As(err, &r) || r.Class != verdict.ClassProblem || !strings.Contains(err.Error(), "error:") {
			t.Errorf("JudgeProblem() = %v, want a rejection of class problem with the compiler's log", err)
		}
	})
}

// TestCancellation: a canceled submission ends, although its program would sleep for hours within its limits.
func TestCancellation(t *testing.T) {
	b := newBench(t, nil)
	p := judgetest.Package(t, "double", judgetest.Double())
	cause := errors.New("withdrawn")
	for _, when := range []api.Stage{api.StageCompiling, api.StageTest} {
		ctx, cancel := context.WithCancelCause(t.Context())
		sub := submission("x", "python3", file("a.py", "import sys,time\nx=int(input())\nif x!=1: time.sleep(10000)\nprint(2*x)"))
		sub.TimeLimitUsec = maxTimeLimit.Microseconds()
		_, err := b.judge.JudgeProblem(ctx, p, sub, func(ev api.Event) {
			if ev.Stage == when {
				cancel(cause)
			}
		})
		if !errors.Is(err, cause) {
			t.Errorf("canceled at %s: JudgeProblem() = %v, want %v", when, err, cause)
		}
		cancel(nil)
	}
	r, err := b.judge.JudgeProblem(t.Context(), p, submission("y", "python3", file("a.py", "print(2*int(input()))")), nil)
	if err != nil || r.Verdict != "AC" {
		t.Errorf("afterwards: %s, %v, want AC", r.Verdict, err)
	}
}
