package language

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// partedCompiler needs a file beside it, of which no look at the toolchain knows.
const partedCompiler = `#!/bin/sh
[ -e "${0%/*}/part" ] || { echo "toyc: cannot execute part: No such file or directory"; exit 1; }
` + "\n"

// A compiler that loses a part of itself gives no compile errors: the language fails, and works again when the part is back,
// without a restart. A compile error that says nothing of the sources is one where the compiler works.
func TestCompilerThatLosesAPart(t *testing.T) {
	w := newToys(t, toy("toy"))
	part := filepath.Join(w.bin, "part")
	write := func() {
		t.Helper()
		if err := os.WriteFile(part, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write()
	w.compiler(t, "1", partedCompiler+toyCompiler)
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	const wrong = "# lib none\n"
	if c, err := w.compile(t, toolchains, p, l, wrong); err != nil || c.Failure != verdict.ReasonCompiler || !strings.Contains(c.Log, "no library none") {
		t.Fatalf("Compile() = %+v, %v, want a compile error", c, err)
	}
	if err := os.Remove(part); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{wrong, "echo 1\n"} {
		c, err := w.compile(t, toolchains, p, l, source)
		var missing *MissingError
		if !errors.As(err, &missing) || !missing.Broken || !strings.Contains(err.Error(), "cannot execute part") {
			t.Fatalf("Compile() = %+v, %v, want a broken language", c, err)
		}
	}
	if s := toolchains.Status(l); s.State != StateFailed || !strings.Contains(s.Remedy, "--reinstall toy-tools") {
		t.Errorf("status %+v", s)
	}
	if _, err := toolchains.Choose("toy", nil); err == nil {
		t.Error("it can be chosen at once")
	}
	write()
	toolchains.mu.Lock()
	toolchains.all[0].retry = time.Now() // its rest is over
	toolchains.mu.Unlock()
	if _, err := toolchains.Choose("toy", nil); err != nil {
		t.Errorf("Choose() = %v after the part came back", err)
	}
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Errorf("Ready() = %v after the part came back", err)
	}
	if c, err := w.compile(t, toolchains, p, l, wrong); err != nil || c.Failure != verdict.ReasonCompiler {
		t.Errorf("Compile() = %+v, %v, want a compile error", c, err)
	}
}

// What gcc and others say when a part of them is missing or broken is no compile error, whatever the program. The parts are
// missing in the containers alone.
func TestToolchainWithoutAPart(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	table := defaultTable(t)
	gcc := func(option, name string) string {
		out, err := exec.Command("g++", option+name).Output()
		if err != nil {
			t.Skip(err) // requireLanguage has decided whether it may be missing
		}
		path, err := filepath.EvalSymlinks(strings.TrimSpace(string(out)))
		if err != nil {
			path, err = exec.LookPath(strings.TrimSpace(string(out)))
		}
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty := func(target string) pool.Mount {
		file := filepath.Join(openDir(t), "empty")
		if err := os.WriteFile(file, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		return pool.Mount{Source: file, Target: target}
	}
	without := func(dir, name string) pool.Mount {
		rest := openDir(t)
		if err := errors.Join(os.CopyFS(rest, os.DirFS(dir)), os.Remove(filepath.Join(rest, name))); err != nil {
			t.Fatal(err)
		}
		return pool.Mount{Source: rest, Target: dir}
	}
	find := func(pattern string) string {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Skipf("no %s: %v", pattern, err)
		}
		return found[0]
	}
	good := map[string]string{
		"cpp17":   "#include <iostream>\nint main() { int a; std::cin >> a; std::cout << a; }\n",
		"java":    "class Main { public static void main(String[] a) { System.out.println(1); } }\n",
		"python3": "print(1)\n",
	}
	file := map[string]string{"cpp17": "main.cpp", "java": "Main.java", "python3": "main.py"}
	for name, test := range map[string]struct {
		language string
		part     func() pool.Mount
	}{
		"compiler proper":  {"cpp17", func() pool.Mount { return empty(gcc("-print-prog-name=", "cc1plus")) }},
		"assembler":        {"cpp17", func() pool.Mount { return empty(gcc("-print-prog-name=", "as")) }},
		"linker":           {"cpp17", func() pool.Mount { return empty(gcc("-print-prog-name=", "ld")) }},
		"collector":        {"cpp17", func() pool.Mount { return empty(gcc("-print-prog-name=", "collect2")) }},
		"library":          {"cpp17", func() pool.Mount { return empty(gcc("-print-file-name=", "libstdc++.a")) }},
		"start files":      {"cpp17", func() pool.Mount { return empty(gcc("-print-file-name=", "crt1.o")) }},
		"header":           {"cpp17", func() pool.Mount { return without(filepath.Dir(find("/usr/include/c++/*/iostream")), "iostream") }},
		"Java's library":   {"java", func() pool.Mount { return empty(find("/usr/lib/jvm/*/lib/modules")) }},
		"Python's library": {"python3", func() pool.Mount { return empty(find("/usr/lib/python3.*/encodings/__init__.py")) }},
	} {
		t.Run(name, func(t *testing.T) {
			sandboxtest.NoLeaks(t)
			requireLanguage(t, table, test.language)
			l, _ := table.Lookup(test.language)
			toolchains, p := open(t, Config{Table: table, StateDir: openDir(t)}, test.part())
			worked := newTrial(table, l)
			worked.cache.complete = true
			toolchains.mu.Lock()
			toolchains.of(l).note(worked)
			toolchains.mu.Unlock()
			u, err := NewUnit(l, []sandbox.File{{Path: file[test.language], Data: []byte(good[test.language])}}, "")
			if err != nil {
				t.Fatal(err)
			}
			lease := leaseFrom(p)
			c, err := toolchains.Compile(t.Context(), p, func(do func(*sandbox.Sandbox) error) error { return lease(t.Context(), do) }, u, Limits{})
			var missing *MissingError
			if !errors.As(err, &missing) || !missing.Broken {
				t.Errorf("Compile() = %+v, %v, want a broken language", c, err)
			}
		})
	}
}
