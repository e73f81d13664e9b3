package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
)

// family is a program that ignores signals, forks children that do so too, and sleeps. Each process carries the
// submission's name in its arguments.
const family = `
import os, signal, sys, time
for s in range(1, 32):
    if s not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(s, signal.SIG_IGN)
if len(sys.argv) == 1:
    os.execv(sys.executable, [sys.executable, __file__, "NAME"])
for _ in range(3):
    os.fork()
while True:
    time.sleep(60)
`

// A running submission's processes are gone within 100 ms of the cancellation's publication. A machine that has other
// things to do may take longer, but not each time.
func TestCancelKillsProcesses(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	const tries = 15
	platform := client.New(serveEcho(t))
	var took []time.Duration
	for i := range tries {
		took = append(took, cancelFamily(t, platform, fmt.Sprintf("cancel-me-%d-%d", os.Getpid(), i)))
	}
	slices.Sort(took)
	t.Logf("from the publication to the end of the last process: median %v, least %v, most %v", took[tries/2], took[0], took[tries-1])
	if quartile := took[tries/4]; quartile > 100*time.Millisecond {
		t.Errorf("a quarter of %d tries takes up to %v, want at most 100ms", tries, quartile)
	}
}

// cancelFamily tells how long it takes from the cancellation to the end of the last process.
func cancelFamily(t *testing.T, platform *client.Client, id string) time.Duration {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), scriptPatience)
	defer stop()
	s := api.Submission{
		Version: 1, ID: id, Attempt: 1, Problem: "echo", Language: "python3",
		Files: []api.SourceFile{{Name: "a.py", Text: strings.ReplaceAll(family, "NAME", id)}},
	}
	if err := platform.Submit(ctx, message.DefaultPool, message.LaneContest, s); err != nil {
		t.Fatal(err)
	}
	if err := until("8 processes of "+id, func() bool { return processesOf(t, id) == 8 }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := platform.Cancel(ctx, id, 1, "measured"); err != nil {
		t.Fatal(err)
	}
	for processesOf(t, id) > 0 {
		if ctx.Err() != nil {
			t.Fatal("the processes do not end")
		}
	}
	took := time.Since(began)
	report, err := platform.Wait(ctx, id, 1)
	if err != nil || report.Verdict != verdict.Canceled || report.CancelReason != "measured" {
		t.Errorf("verdict %s (%s), %v, want CANCELED", report.Verdict, report.CancelReason, err)
	}
	return took
}

// processesOf counts the processes that have an argument.
func processesOf(t *testing.T, argument string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		line, err := os.ReadFile(file) // one that has just ended has none
		if err == nil && slices.Contains(strings.Split(string(bytes.TrimRight(line, "\x00")), "\x00"), argument) {
			n++
		}
	}
	return n
}

// serveEcho runs gavel serve with its own server and the problem "echo" until the test ends.
func serveEcho(t *testing.T) *client.Conn {
	t.Helper()
	top := t.TempDir()
	writeFiles(t, filepath.Join(top, "problems", "echo"), map[string]string{
		"problem.yaml": "name: Echo\n", ".timelimit": "20\n", "data/secret/1.in": "hello\n", "data/secret/1.ans": "hello\n",
	})
	dir := filepath.Join(top, "state")
	cmd := exec.Command("gavel", "serve", "--state-dir", dir, "--problems", filepath.Join(top, "problems"),
		"--languages", "testdata/languages.yaml", "--nats-listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "warn")
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Error("worker:", err)
		}
	})
	var at state.Endpoint
	if err := until("a worker that takes submissions", func() (ok bool) {
		at, ok = state.FindEndpoint(dir)
		return ok
	}); err != nil {
		t.Fatal(err)
	}
	conn, err := client.Connect(t.Context(), client.Config{URL: at.NATS, NKeyFile: at.NKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}
