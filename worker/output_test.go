package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gaveloj/gavel/judge/api"
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

// A progress line never takes more than one row: it could not be erased.
func TestProgressFitsTerminal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns int
		text    string
		want    string
	}{
		{"fits", 11, "0123456789", "0123456789"},
		{"too long", 10, "0123456789", "01234567…"},
		{"wide characters", 10, "问题问题问题", "问题问题…"},
		{"combining characters", 6, "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301e\u0301…"},
		{"joined emoji", 4, "👩\u200d💻👩\u200d💻", "👩\u200d💻…"},
		{"line breaks and escape sequences", 40, "a\nb\x1b[2Jc", "a\ufffdb\ufffd[2Jc"},
		{"nearly no room", 1, "0123456789", ""},
		{"unknown width", 0, strings.Repeat("x", 200), strings.Repeat("x", 78) + "…"},
	} {
		var stderr bytes.Buffer
		out := &output{stdout: io.Discard, stderr: &stderr, progress: true, columns: func() int { return tt.columns }}
		out.progressf("%s", tt.text)
		if stderr.String() != tt.want {
			t.Errorf("%s: progress is %q, want %q", tt.name, stderr.String(), tt.want)
		}
	}
}

// Columns line up where characters are two columns wide, or where colours are between them.
func TestTableOfWideText(t *testing.T) {
	var stdout bytes.Buffer
	out := &output{stdout: &stdout, stderr: io.Discard, colour: true}
	out.table([][]string{{"José", "1"}, {"题", "2"}, {out.paint(red, "WA"), "3"}})
	if want := "José  1\n题    2\n\x1b[31mWA\x1b[0m    3\n"; stdout.String() != want {
		t.Errorf("stdout = %q, want %q", stdout.String(), want)
	}
}

// The first error of standard output is kept, and wins over a verdict that is not as it must be.
func TestOutputError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	out := &output{stdout: full, stderr: io.Discard}
	out.linef("a result")
	if err := out.object("another"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("object() = %v after an error, want ENOSPC", err)
	}
	for _, err := range []error{nil, errNotOK, errors.Join(errNotOK, out.failed()), errors.New("host")} {
		got := withOutputError(err, out)
		if exitCode(got) != exitHost || !errors.Is(got, syscall.ENOSPC) {
			t.Errorf("with output error, %v becomes %v, exit code %d", err, got, exitCode(got))
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"slots", "state_dir", "nats.url", "nats.user"}
	for name, want := range map[string]string{
		"slts": "did you mean slots?", "nats.ulr": "did you mean nats.url?", "statedir": "did you mean state_dir?",
		"weather": "known are slots, state_dir, nats.url, nats.user",
	} {
		if got := suggest(name, known); got != want {
			t.Errorf("suggest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestOutputInPipe(t *testing.T) {
	var stdout, stderr bytes.Buffer
	out := &output{stdout: &stdout, stderr: &stderr}
	out.progressf("never seen")
	out.table([][]string{{"a", "bb"}, {"ccc", "é"}, {"d", ""}})
	out.notef("%s", out.paint(red, "plain"))
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
		{fmt.Errorf("verify: %w", &api.Rejection{Err: errors.New("broken package")}), exitUsage},
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
	progress := languageCount{ready: []string{"c"}, toCome: []string{"java", "go"}, failed: []string{"r"}}
	m, err := startHealthServer("127.0.0.1:0", prometheus.NewRegistry(), h.unready, func() string { return progress.progress() })
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
	check("/readyz", http.StatusOK, "ok\nlanguages: 1 of 4 ready, to come: java go\n")
	progress = languageCount{ready: []string{"c", "java", "go"}, failed: []string{"r"}}
	check("/readyz", http.StatusOK, "ok\n")
	h.set("stopping")
	check("/readyz", http.StatusServiceUnavailable, "stopping\n")
	check("/metrics", http.StatusOK, "")
	if err := m.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := startHealthServer("256.0.0.1:0", prometheus.NewRegistry(), h.unready, progress.progress); err == nil {
		t.Error("listens on an address that does not exist")
	}
}

func TestScoreText(t *testing.T) {
	most, all := 100.0, []api.GroupReport{{Name: "sample"}, {Name: "secret", MaxScore: new(float64)}}
	for _, tt := range []struct {
		got, want string
	}{
		{scoreText(33.33333333, &most), "33.333/100"},
		{scoreText(1e6, nil), "1000000"},
		{scoreText(-0.5, api.Report{Groups: all}.MaxScore()), "-0.5/0"},
		{scoreText(1, api.Report{Groups: append(all, api.GroupReport{})}.MaxScore()), "1"},
	} {
		if tt.got != tt.want {
			t.Errorf("score is %q, want %q", tt.got, tt.want)
		}
	}
}
