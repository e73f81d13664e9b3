package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
)

// TestRootless judges as a user without any privilege, with and without sub-ids. What needs no root is tested by
// the same words as for root.
func TestRootless(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	for _, test := range []struct {
		name              string
		subIDs, delegated bool
		needs             []sandboxtest.Need
	}{
		{"nothing", false, false, nil},
		{"sub-ids", true, false, []sandboxtest.Need{sandboxtest.Program("newuidmap")}},
		{"delegated group", false, true, []sandboxtest.Need{sandboxtest.Delegable}},
		{"both", true, true, []sandboxtest.Need{sandboxtest.Delegable, sandboxtest.Program("newuidmap")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sandboxtest.Optional(t, append(test.needs, sandboxtest.Program("unshare"), sandboxtest.Program("setpriv"))...)
			user := sandboxtest.NewOrdinary(t, test.subIDs)
			user.Delegated = test.delegated
			g := ordinaryGavel{t: t, user: user, binary: user.Binary(t)}
			g.prepare()
			approximate, memory, groups := `"approximate":true,`, `"killed_by":"memory"`, `warn +control group +none: `
			if test.delegated {
				approximate, memory, groups = "", `"killed_by":""`, `ok +control groups +version 2`
			}
			g.wants("exec", 0, `"outcome":"exited","exit_code":3,.*"oom_kills":0,`+approximate+`"stdout":"out\\n"`,
				"exec", "--format", "json", "--", "sh", "-c", "echo out; exit 3")
			g.wants("memory", 0, memory+`.*"oom_kills":[1-9]`,
				"exec", "--format", "json", "--memory", "32MiB", "--", "sh", "-c", "a=x; while :; do a=$a$a; done")
			g.wants("judge", 0, `"problem":"sum",.*"verdict":"AC",.*"expected":\["AC"\],"ok":true}$`, "judge", "--format", "json", "--problem", "sum", "sum/submissions/accepted/sum.c")
			limit := time.Second
			if sandboxtest.Slowness() > 1 {
				limit = 1400 * time.Millisecond // room to fill the memory; a program that must be over it takes 1.5 s anywhere
			}
			g.wants("verify", 0, `^ok `, "verify", "--time-limit", limit.String(), "sum")
			g.wants("doctor", 0, groups, "doctor")
			if has := strings.Contains(g.run(0, "doctor"), "programs run under your own id"); has == test.subIDs {
				t.Errorf("doctor complains of missing sub-ids: %v, want %v", has, !test.subIDs)
			}
			g.serves(!test.subIDs || !test.delegated)
		})
	}
}

// ordinaryGavel is gavel in the hands of an ordinary user.
type ordinaryGavel struct {
	t      *testing.T
	user   *sandboxtest.Ordinary
	binary string
}

// prepare gives the user the sum package, without the submissions in languages that take preparation.
func (g ordinaryGavel) prepare() {
	g.t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		g.t.Fatal(err)
	}
	table, err := os.ReadFile("testdata/languages.yaml")
	if err != nil {
		g.t.Fatal(err)
	}
	sum := filepath.Join(g.user.Home, "sum")
	err = errors.Join(os.CopyFS(sum, os.DirFS(filepath.Join(root, "testcases", "sum"))),
		os.WriteFile(filepath.Join(g.user.Home, "languages.yaml"), table, 0o644))
	if err != nil {
		g.t.Fatal(err)
	}
	submissions, err := filepath.Glob(sum + "/submissions/*/*")
	if err != nil {
		g.t.Fatal(err)
	}
	for _, s := range submissions {
		// Python takes long on a slow machine.
		if ext := filepath.Ext(s); ext != ".c" && (ext != ".py" || sandboxtest.Slowness() > 1) {
			if err := os.Remove(s); err != nil {
				g.t.Fatal(err)
			}
		}
	}
}

// run runs gavel and returns what it printed on both streams.
func (g ordinaryGavel) run(code int, args ...string) string {
	g.t.Helper()
	out, err := g.user.Command(g.t, g.env(), append([]string{g.binary}, args...)...).CombinedOutput()
	exit := 0
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		exit = ended.ExitCode()
	} else if err != nil {
		g.t.Fatal(err)
	}
	if exit != code {
		g.t.Errorf("gavel %v exited with %d, want %d:\n%s", args, exit, code, out)
	}
	return string(out)
}

func (g ordinaryGavel) env() []string {
	return []string{"GAVEL_LANGUAGES=" + g.user.Home + "/languages.yaml", "GAVEL_NATS_LISTEN=127.0.0.1:0", "GAVEL_HTTP=127.0.0.1:0"}
}

func (g ordinaryGavel) wants(name string, code int, pattern string, args ...string) {
	g.t.Helper()
	if out := g.run(code, args...); !regexp.MustCompile("(?m)" + pattern).MatchString(out) {
		g.t.Errorf("%s printed\n%s\nwant a match of %q", name, out, pattern)
	}
}

// serves runs a worker and submits to it. A worker that does without something says so.
func (g ordinaryGavel) serves(lacking bool) {
	g.t.Helper()
	worker := g.user.Command(g.t, g.env(), g.binary, "serve", "--problems", g.user.Home)
	log, err := os.Create(filepath.Join(g.t.TempDir(), "log"))
	if err != nil {
		g.t.Fatal(err)
	}
	defer log.Close()
	worker.Stderr = log
	if err := worker.Start(); err != nil {
		g.t.Fatal(err)
	}
	defer func() {
		_ = worker.Process.Signal(os.Interrupt) // it may have ended by itself
		err := worker.Wait()
		said, _ := os.ReadFile(log.Name()) // shown as far as there is any
		if err != nil || strings.Contains(string(said), "judging without root") != lacking {
			g.t.Errorf("worker: %v, want it to end well and to say what it does without (%v):\n%s", err, lacking, said)
		}
	}()
	dir := filepath.Join(g.user.Home, "state", "gavel")
	if err := until("worker", func() bool { _, ok := state.FindEndpoint(dir); return ok }); err != nil {
		g.t.Error(err)
		return
	}
	g.wants("submit", 0, `AC`, "submit", "--problem", "sum", "--wait", "sum/submissions/accepted/sum.c")
}
