package attacktest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/library"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// bench is a judge on two containers: one for the attack and one for its neighbour.
type bench struct {
	judge    *judge.Judge
	pool     *pool.Pool
	offer    *language.Toolchains
	problems string // directory of packages
	state    string
	canary   canary
	runs     int
	rootless bool // as an ordinary user, in TestAttacksRootless
	ids      []idRange
}

// canary is what attacks look for. Every place of the host that holds it also holds the secret.
type canary struct {
	secret   string // random: nobody can print it who has not read it
	dir      string // world-readable, on the host
	file     string // in it
	temp     string // a file in the host's /tmp
	abstract string // name of an abstract socket of the host
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{problems: t.TempDir(), state: t.TempDir(), rootless: os.Getenv(ordinaryEnv) != ""}
	if !b.rootless {
		sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	}
	sandboxtest.NoLeaks(t)
	b.canary = newCanary(t) // before the containers: what they inherit must not hold it
	var err error
	if b.ids, err = containerIDs(); err != nil {
		t.Fatal(err)
	}
	// The table of an ordinary user has no language that takes preparation.
	table, err := language.Load(os.Getenv("GAVEL_LANGUAGES"))
	if err != nil {
		t.Fatal(err)
	}
	caches := filepath.Join("/var/tmp", fmt.Sprintf("gavel-test-%d", os.Getuid()))
	if b.rootless {
		caches = b.state
	}
	if b.offer, err = language.Open(language.Config{Table: table, StateDir: caches}); err != nil {
		t.Fatalf("Open() = %v", err)
	}
	if b.pool, err = b.newPool(b.offer.Mounts())(t.Context()); err != nil {
		t.Fatalf("pool.New() = %v", err)
	}
	t.Cleanup(func() {
		if err := b.pool.Close(); err != nil {
			t.Errorf("close pool: %v", err)
		}
	})
	if err := warmPairs(t.Context(), b.pool); err != nil {
		t.Fatal(err)
	}
	if !b.rootless {
		b.offer = completeCaches(t, b.pool, language.Config{Table: table, StateDir: caches})
	}
	source, err := library.NewDirSource(b.problems)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close() })
	b.judge, err = judge.New(judge.Config{
		Pool: b.pool, Languages: b.offer, Problems: source, StateDir: b.state, Worker: "attacked",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.judge.Close() })
	return b
}

// completeCaches makes the caches of C++ and Go, as they are after some use. A compilation that goes over a limit without one,
// or lacks a package, is repeated with it; what making it takes of memory and disk is not the attack's.
func completeCaches(t *testing.T, p *pool.Pool, cfg language.Config) *language.Toolchains {
	t.Helper()
	toolchains, err := language.Open(cfg)
	if err != nil {
		t.Fatalf("Open() = %v", err)
	}
	for _, id := range []string{"cpp17", "cpp20", "cpp23", "go"} {
		l, err := toolchains.Choose(id, nil)
		if err != nil {
			continue // not installed
		}
		if err := toolchains.Complete(t.Context(), p, l); err != nil {
			t.Fatalf("Complete(%s) = %v", id, err)
		}
	}
	return toolchains
}

// admits lists what is admitted of an attack by what this host does not give to an ordinary user.
func (b *bench) admits(a attack) []concession {
	return slices.DeleteFunc(slices.Clone(a.Rootless), func(c concession) bool {
		return !slices.ContainsFunc(b.pool.Shortcomings(), func(s pool.Shortcoming) bool { return s.What == c.Without })
	})
}

// warmPairs has the containers of interactors built, which happens when they are needed first.
func warmPairs(ctx context.Context, p *pool.Pool) error {
	for range p.Slots() {
		box, _, err := p.LeasePair(ctx)
		if err != nil {
			return err
		}
		defer p.Release(box)
	}
	return nil
}

// newCanary puts secrets where a worker might have some: its environment, the host's temporary directory, a
// directory that everybody may read, an abstract socket.
func newCanary(t *testing.T) canary {
	t.Helper()
	c := canary{secret: "gavel-canary-" + rand.Text(), dir: "/var/tmp/gavel-canary"}
	c.dir += fmt.Sprintf("-%d", os.Getpid())
	c.file = filepath.Join(c.dir, "secret")
	c.temp = fmt.Sprintf("/tmp/gavel-canary-%d", os.Getpid())
	if err := os.Mkdir(c.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{c.file, c.temp} {
		if err := os.WriteFile(name, []byte(c.secret+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o666); err != nil { // whoever gets there can change it
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = errors.Join(os.RemoveAll(c.dir), os.Remove(c.temp)) })
	t.Setenv("GAVEL_CANARY", c.secret)
	c.abstract = fmt.Sprintf("gavel-canary-%d", os.Getpid())
	l, err := net.Listen("unix", "@"+c.abstract)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return c
}

// The text of the one answer of every problem of the suite.
const safe = "safe\n"

// honest is the submission that a hostile checker is given.
const honest = "#include <stdio.h>\nint main(void) { puts(\"safe\"); return 0; }\n"

// install writes the problem package of an attack and returns its submission.
func (b *bench) install(a attack) (api.Submission, error) {
	b.runs++
	name := fmt.Sprintf("attack%d", b.runs)
	dir := filepath.Join(b.problems, name)
	source, err := b.source(a, a.File, dir)
	if err != nil {
		return api.Submission{}, err
	}
	files := map[string]string{"problem.yaml": problemYAML(a), ".timelimit": "1\n"}
	for i := range max(a.Tests, 1) {
		files[fmt.Sprintf("data/secret/%d.in", i+1)] = fmt.Sprintf("%d\n", i+1)
		files[fmt.Sprintf("data/secret/%d.ans", i+1)] = safe
	}
	sub := api.Submission{
		Version: 1, ID: name, Attempt: 1, Problem: name, Language: a.Language, TimeLimitUsec: a.timeLimit().Microseconds(),
	}
	if a.submitted() || a.Role == "control" {
		sub.Files, err = b.submitted(a, source, dir)
	} else {
		sub.Language, sub.Files = "c", []api.SourceFile{{Name: "honest.c", Text: honest}}
	}
	if err == nil {
		err = b.addProgram(files, a, source, dir)
	}
	if err != nil {
		return sub, err
	}
	return sub, writeFiles(dir, files)
}

// referee is the honest interactor.
const referee = "interactive/referee.c"

// addProgram adds what belongs to the package: the program that attacks, or the interactor that is attacked.
func (b *bench) addProgram(files map[string]string, a attack, source, dir string) (err error) {
	name := filepath.Base(a.File)
	switch a.Role {
	case "grader":
		files["graders/"+name] = source
		files["data/testdata.yaml"] = "grading: custom\nrange: 0 25\n"
		files["data/secret/testdata.yaml"] = "grading: custom\nrange: 0 25\n"
		return nil
	case "static":
		files["static_validator/"+name] = source
		files["data/secret/test_group.yaml"] = "static_validation_score: pass-fail\n"
		return nil
	case "interactive":
		name = filepath.Base(referee)
		if source, err = b.source(a, referee, dir); err != nil {
			return err
		}
	case "checker", "interactor":
	default:
		return nil
	}
	files["output_validators/v/"+name] = source
	if filepath.Ext(name) == ".c" {
		files["output_validators/v/attack.h"], err = b.source(a, "attack.h", dir)
	}
	return err
}

// submitted are the files of a submission.
func (b *bench) submitted(a attack, source, dir string) ([]api.SourceFile, error) {
	name := filepath.Base(a.File)
	if a.Named != "" {
		name = a.Named
	}
	files := []api.SourceFile{{Name: name, Text: source}}
	with := a.With
	if a.Language == "c" || strings.HasPrefix(a.Language, "cpp") {
		with = append([]string{"attack.h"}, with...)
	}
	for _, extra := range with {
		text, err := b.source(a, extra, dir)
		if err != nil {
			return nil, err
		}
		files = append(files, api.SourceFile{Name: filepath.Base(extra), Text: text})
	}
	return files, nil
}

// source reads a file of the suite and tells it what no attacker should have to guess.
func (b *bench) source(a attack, name, problem string) (string, error) {
	text, err := os.ReadFile(filepath.Join(suite, name))
	if err != nil {
		return "", err
	}
	var holes strings.Builder
	for _, c := range b.admits(a) {
		for _, h := range c.Holes {
			holes.WriteString(h + "|")
		}
	}
	return strings.NewReplacer(
		"@ANSWER@", filepath.Join(problem, "data/secret/1.ans"),
		"@CANARY@", b.canary.file,
		"@TMP_CANARY@", b.canary.temp,
		"@ABSTRACT@", b.canary.abstract,
		"@STATE@", b.state,
		"@ADMITTED@", holes.String(),
		"@WORKER_PID@", fmt.Sprint(os.Getpid()),
	).Replace(string(text)), nil
}

func problemYAML(a attack) string {
	l := a.Limits.or()
	text := fmt.Sprintf("name: Attack\nlimits:\n  memory: %d\n  output: %d\n  compilation_time: %g\n  compilation_memory: %d\n"+
		"  validation_time: %g\n  validation_memory: 64\n  validation_output: 1\n",
		l.Memory, l.Output, l.CompilationTime*sandboxtest.Slowness(), l.CompilationMemory, sandboxtest.Slowness())
	switch a.Role {
	case "checker":
		text += "validation: custom\n"
	case "interactive", "interactor":
		text += "validation: custom interactive\n"
	case "grader":
		text += "type: scoring\n"
	}
	if a.Files != "" || a.Role == "static" {
		text += fmt.Sprintf("problem_format_version: 2025-09\nuuid: 5ca6ba5b-9d8d-4b64-8f2d-3b2b1f7a2c11\nallow_file_writing: %t\n",
			a.Files == "counted")
	}
	return text
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), fs.FileMode(0o644)); err != nil {
			return err
		}
	}
	return nil
}

// leaked tells whether the secret of the canaries is anywhere in a report.
func (b *bench) leaked(r api.Report) bool {
	text, err := json.Marshal(r)
	return err != nil || strings.Contains(string(text), b.canary.secret)
}

func (b *bench) newPool(mounts []pool.Mount) func(context.Context) (*pool.Pool, error) {
	return func(ctx context.Context) (*pool.Pool, error) {
		return pool.New(ctx, pool.Config{Slots: 2, Mounts: mounts})
	}
}
