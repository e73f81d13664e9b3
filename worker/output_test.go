package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/sandbox"
)

func TestOutputOnTerminal(t *testing.T) {
	var stdout, stderr bytes.Buffer
	out := &output{stdout: &stdout, stderr: &stderr, colour: true, progress: true}
	out.progressf("1 of %d", 2)
	out.linef("%s done", out.mark(true))
	out.done()
	if want := "\x1b[32mok  \x1b[0m done\n"; stdout.String() != want {
		t.Errorf("stdout = %q, want %q", stdout.String(), want)
	}
	if want := "1 of 2\r\x1b[K"; stderr.String() != want {
		t.Errorf("stderr = %q, want %q: a progress line is wiped once", stderr.String(), want)
	}
}

func TestOutputInPipe(t *testing.T) {
	var stdout, stderr bytes.Buffer
	out := &output{stdout: &stdout, stderr: &stderr}
	out.progressf("never seen")
	out.table([][]string{{"a", "bb"}, {"ccc", "é"}, {"d", ""}})
	out.remarkf("%s", out.paint(red, "plain"))
	if want := "a    bb\nccc  é\nd\n"; stdout.String() != want {
		t.Errorf("stdout = %q, want %q", stdout.String(), want)
	}
	if want := "plain\n"; stderr.String() != want {
		t.Errorf("stderr = %q, want %q", stderr.String(), want)
	}
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errNotOK, exitNotOK},
		{errors.Join(errNotOK, errors.New("and more")), exitNotOK},
		{usageError{errors.New("wrong flag")}, exitUsage},
		{fmt.Errorf("verify: %w", &message.Rejection{Err: errors.New("broken package")}), exitUsage},
		{context.Canceled, exitInterrupted},
		{errors.New("disk full"), exitHost},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestExecReport(t *testing.T) {
	code := 3
	for name, c := range map[string]struct {
		result sandbox.Result
		want   execReport
	}{
		"exited": {
			sandbox.Result{Outcome: sandbox.OutcomeExited, ExitCode: 3, CPU: time.Millisecond, Wall: time.Second, PeakMemory: 5, Stdout: []byte("é")},
			execReport{Outcome: "exited", ExitCode: &code, CPUUsec: 1000, WallUsec: 1_000_000, PeakMemory: 5, Stdout: "é"},
		},
		"signaled": {
			sandbox.Result{Outcome: sandbox.OutcomeSignaled, Signal: syscall.SIGKILL, KilledBy: sandbox.KillWall, OOMKills: 1, Stderr: []byte{0xff}},
			execReport{Outcome: "signaled", Signal: "SIGKILL", KilledBy: "wall", OOMKills: 1, Stderr: "/w==", StderrEncoding: "base64"},
		},
	} {
		if diff := cmp.Diff(c.want, newExecReport(c.result)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMonitor(t *testing.T) {
	var h health
	m, err := startMonitor("127.0.0.1:0", prometheus.NewRegistry(), h.unready)
	if err != nil {
		t.Fatal(err)
	}
	check := func(path string, want int, wantBody string) {
		t.Helper()
		status, body, err := fetch(m.url() + path)
		if err != nil || status != want || body != wantBody {
			t.Errorf("GET %s = %d, %q, %v, want %d, %q", path, status, body, err, want, wantBody)
		}
	}
	check("/healthz", http.StatusOK, "ok\n")
	check("/readyz", http.StatusServiceUnavailable, "starting\n")
	h.set("")
	check("/readyz", http.StatusOK, "ok\n")
	h.set("stopping")
	check("/readyz", http.StatusServiceUnavailable, "stopping\n")
	check("/metrics", http.StatusOK, "")
	if err := m.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := startMonitor("256.0.0.1:0", prometheus.NewRegistry(), h.unready); err == nil {
		t.Error("listens on an address that does not exist")
	}
}

func TestScoreText(t *testing.T) {
	most, all := 100.0, []message.GroupReport{{Name: "sample"}, {Name: "secret", MaxScore: new(float64)}}
	for _, tt := range []struct {
		got, want string
	}{
		{scoreText(33.33333333, &most), "33.333/100"},
		{scoreText(1e6, nil), "1000000"},
		{scoreText(-0.5, mostOf(all)), "-0.5/0"},
		{scoreText(1, mostOf(append(all, message.GroupReport{}))), "1"},
	} {
		if tt.got != tt.want {
			t.Errorf("score is %q, want %q", tt.got, tt.want)
		}
	}
}
