package language

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// stateDir keeps prepared caches between runs of the tests, as a worker does: they take a minute to make, and
// are named for all that they depend on.
func stateDir(t testing.TB) string {
	t.Helper()
	// Containers must be able to walk to it, which a home directory does not let them.
	return filepath.Join("/var/tmp", fmt.Sprintf("gavel-test-%d", os.Getuid()))
}

// worker opens the toolchains of t with the whole cache of each that is called by ids, and makes a pool for them.
func worker(tb testing.TB, t *Table, ids ...string) (*Toolchains, *pool.Pool) {
	tb.Helper()
	toolchains, p := open(tb, Config{Table: t, StateDir: stateDir(tb)})
	for _, id := range ids {
		l, _ := t.Lookup(id)
		if err := toolchains.Ready(tb.Context(), p, l); err != nil {
			tb.Fatalf("Ready(%s) = %v", id, err)
		}
		if err := toolchains.complete(tb.Context(), leaseFrom(p), toolchains.of(l)); err != nil {
			tb.Fatalf("complete the cache of %s: %v", id, err)
		}
	}
	return toolchains, p
}

// open opens toolchains and makes a pool that sees their caches, and mounts.
func open(tb testing.TB, cfg Config, mounts ...pool.Mount) (*Toolchains, *pool.Pool) {
	tb.Helper()
	toolchains, err := Open(cfg)
	if err != nil {
		tb.Fatalf("Open() = %v", err)
	}
	p, err := pool.New(tb.Context(), pool.Config{Mounts: append(toolchains.Mounts(), mounts...)})
	if err != nil {
		tb.Fatalf("pool.New() = %v", err)
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Errorf("Close() = %v", err)
		}
	})
	return toolchains, p
}

func TestEveryInstalledLanguageIsOffered(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	table := defaultTable(t)
	toolchains, p := worker(t, table)
	toolchains.results = resultStore{} // what was tested before does not count here
	if err := toolchains.All(t.Context(), p, func(*Language, int, int) {}); err != nil {
		t.Fatalf("All() = %v", err)
	}
	ready := 0
	for _, s := range toolchains.Statuses() {
		l, _ := table.Lookup(s.ID)
		_, missing := table.tools(l)
		switch {
		case (s.State == StateReady) != (missing == nil):
			t.Errorf("%s: %s, toolchain: %v; reason: %s", s.ID, s.State, missing, s.Reason)
		case s.State == StateReady && (s.Version == "" || s.Warning != ""):
			t.Errorf("%s: version %q, warning %q", s.ID, s.Version, s.Warning)
		case s.State != StateReady && (s.Reason == "" || s.Remedy == "" || os.Getenv("GAVEL_TOOLCHAINS") == "all"):
			t.Errorf("%s: %s; reason: %q, remedy: %q", s.ID, s.State, s.Reason, s.Remedy)
		}
		if s.State == StateReady {
			ready++
		}
	}
	if ready == 0 {
		t.Error("no language is ready")
	}
}

// compileIn compiles sources in a fresh container of p.
func compileIn(t *testing.T, p *pool.Pool, table *Table, id string, limits Limits, files ...sandbox.File) *Compilation {
	t.Helper()
	return compileWith(t, p, table, id, "", limits, files...)
}

// compileWith is compileIn with the cache called prepared; "" for none.
func compileWith(t *testing.T, p *pool.Pool, table *Table, id, prepared string, limits Limits, files ...sandbox.File) *Compilation {
	t.Helper()
	l, _ := table.Lookup(id)
	u, err := NewUnit(l, files, "")
	if err != nil {
		t.Fatalf("NewUnit() = %v", err)
	}
	u.prepared = prepared
	sb, err := p.Lease(t.Context())
	if err != nil {
		t.Fatalf("Lease() = %v", err)
	}
	defer p.Release(sb)
	c, err := Compile(t.Context(), sb, table, u, limits)
	if err != nil {
		t.Fatalf("Compile() = %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// requireLanguage skips the test where the toolchain is not installed, unless every toolchain has to be.
func requireLanguage(t *testing.T, table *Table, id string) {
	t.Helper()
	require := sandboxtest.Optional
	if os.Getenv("GAVEL_TOOLCHAINS") == "all" {
		require = sandboxtest.RequireToolchain
	}
	l, _ := table.Lookup(id)
	require(t, func() error {
		_, err := table.tools(l)
		return err
	})
}

func TestCompilersAreHeldToLimits(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	table, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	_, p := worker(t, table)
	tests := []struct {
		name, id, file, source string
		limits                 Limits
		want                   verdict.Reason
		log                    string
	}{
		{name: "syntax error", id: "c", file: "a.c", source: "int main( {", want: verdict.ReasonCompiler, log: "error"},
		{name: "no main", id: "cpp17", file: "a.cc", source: "int f() { return 0; }", want: verdict.ReasonCompiler, log: "main"},
		{
			name: "endless include", id: "c", file: "a.c", source: "#include \"/dev/zero\"\nint main(){}",
			limits: Limits{CPU: 2 * time.Second, Wall: 5 * time.Second, Memory: 256 * sandbox.MiB}, want: "any", log: "",
		},
		{
			name: "template bomb", id: "cpp17", file: "a.cc",
			source: "template<int N> struct A { A<N-1> a; A<N-2> b; }; template<int D,int N> struct X{ typename X<D-1,2*N>::t a; typename X<D-1,2*N+1>::t b; typedef X t; }; template<int N> struct X<0,N>{typedef int t;}; X<25,1> x; int main(){}",
			limits: Limits{CPU: 2 * time.Second, Wall: 6 * time.Second, Memory: sandbox.GiB}, want: verdict.ReasonCompileLimit, log: "stopped",
		},
		{
			name: "huge program", id: "c", file: "a.c", source: "char a[1 << 30] = {1}; int main(){}",
			want: "any", log: "",
		},
		{name: "nothing for java", id: "java", file: "Main.java", source: "", want: verdict.ReasonNoProgram, log: "class Main"},
		{name: "python indentation", id: "python3", file: "a.py", source: "if True:\nprint()", want: verdict.ReasonCompiler, log: "IndentationError"},
		{
			name: "template haskell for ever", id: "haskell", file: "a.hs",
			source: "{-# LANGUAGE TemplateHaskell #-}\nimport Language.Haskell.TH\nmain = print $(runIO (let f x = if x < 0 then return () else f (x + 1 :: Integer) in f 0) >> litE (integerL 1))\n",
			limits: Limits{CPU: 2 * time.Second, Wall: 10 * time.Second}, want: verdict.ReasonCompileLimit, log: "stopped",
		},
		{
			name: "perl before it runs", id: "perl", file: "a.pl", source: "BEGIN { 1 while 1 }\n",
			limits: Limits{CPU: time.Second, Wall: 5 * time.Second}, want: verdict.ReasonCompileLimit, log: "stopped",
		},
		{
			name: "prolog that runs while it is loaded", id: "prolog", file: "a.pl", source: ":- repeat, fail.\nmain.\n",
			limits: Limits{CPU: time.Second, Wall: 5 * time.Second}, want: "", log: "",
		},
		{
			name: "prolog that reads while it is loaded", id: "prolog", file: "a.pl", want: "", log: "",
			source: ":- use_module(library(clpfd)).\n:- op(700, xfx, ===>).\na ===> b.\n:- initialization(main).\nmain :- read(X), Y #= 2*X, print(Y).\n",
		},
		{
			name: "two errors of prolog", id: "prolog", file: "a.pl", source: "a :- ).\nb :- c, .\n", want: verdict.ReasonCompiler,
			log: "a.pl:2:",
		},
		{name: "secrets of rust", id: "rust", file: "main.rs", source: "fn main() { print!(\"{}\", include_str!(\"/etc/shadow\")); }", want: verdict.ReasonCompiler, log: "/etc/shadow"},
		{
			name: "huge fortran", id: "fortran", file: "a.f90",
			source: "program a\ninteger :: x(100000000) = 7\nprint *, x(1)\nend program a\n",
			limits: Limits{CPU: 10 * time.Second, Wall: 30 * time.Second}, want: "any", log: "",
		},
		{
			name: "a class with main among others", id: "java", file: "solution.java",
			source: "class Helper {}\nclass Start { public static void main(String[] a) {} }\nclass Other { int main; }\n", want: "", log: "",
		},
		{
			name: "warnings without end", id: "c", file: "a.c", source: strings.Repeat("#warning x\n", 12_000) + "int main(){}\n",
			want: "", log: "warning",
		},
		{
			name: "errors without end", id: "c", file: "a.c", source: strings.Repeat("#error x\n", 12_000) + "int main(){}\n",
			want: verdict.ReasonCompiler, log: "error",
		},
		// Names of modules that the compiler of Python itself imports.
		{name: "token.py", id: "python3", file: "token.py", source: "input()\n", want: "", log: ""},
		{name: "traceback.py", id: "python3", file: "traceback.py", source: "input()\n", want: "", log: ""},
		{name: "py_compile.py", id: "python3", file: "py_compile.py", source: "input()\n", want: "", log: ""},
		{name: "token.py of PyPy", id: "pypy3", file: "token.py", source: "input()\n", want: "", log: ""},
		{name: "secrets", id: "c", file: "a.c", source: "#include \"/etc/shadow\"\nint main(){}", want: verdict.ReasonCompiler, log: "/etc/shadow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireLanguage(t, table, tt.id)
			c := compileIn(t, p, table, tt.id, tt.limits, sandbox.File{Path: tt.file, Data: []byte(tt.source)})
			if tt.want == "any" && c.Failure == "" || tt.want != "any" && c.Failure != tt.want {
				t.Errorf("Failure = %q, want %q; log: %s", c.Failure, tt.want, c.Log)
			}
			if !strings.Contains(c.Log, tt.log) {
				t.Errorf("Log = %q, want it to contain %q", c.Log, tt.log)
			}
		})
	}
}
