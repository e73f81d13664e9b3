// Package judgetest gives tests of the judge real containers with the languages that work in them, and small problem
// packages.
package judgetest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	_ "github.com/gaveloj/gavel/sandbox/container/hook" // the test binary is the container server
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// Bench is two containers and the languages that work in them.
type Bench struct {
	Pool      *pool.Pool
	Languages *language.Toolchains
}

// NewBench makes a Bench with some languages, by ID, so that it is there sooner; none means all. It skips the test where
// there are no containers. Prepared caches stay between runs of the tests, as they do between starts of a worker.
func NewBench(t *testing.T, languages ...string) *Bench {
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
	toolchains, err := language.Open(language.Config{Table: table, StateDir: caches})
	if err != nil {
		t.Fatalf("Open() = %v", err)
	}
	p, err := pool.New(ctx, pool.Config{Slots: 2, Mounts: toolchains.Mounts()})
	if err != nil {
		t.Fatalf("pool.New() = %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close pool: %v", err)
		}
	})
	return &Bench{Pool: p, Languages: toolchains}
}

// Package writes files below a new directory called name and loads them as a problem package.
func Package(t *testing.T, name string, files map[string]string) *problem.Problem {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	WriteFiles(t, dir, files)
	p, err := reader.Load(dir, reader.Options{})
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// WriteFiles writes files below dir, by path. Those that start with "#!" are executable.
func WriteFiles(t *testing.T, dir string, files map[string]string) {
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

// Double is a problem with three tests: read a number, print its double.
func Double() map[string]string {
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
