package checker

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// decide decides by the Kattis protocol, without any file.
func decide(t *testing.T, facts sandbox.Result, limits sandbox.Limits) Result {
	t.Helper()
	r := reply{facts: facts, in: Invocation{Limits: limits}}
	got, err := r.result()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDecide(t *testing.T) {
	limits := sandbox.Limits{CPU: time.Second, Wall: 3 * time.Second, Memory: 64 * sandbox.MiB, Output: 8 * sandbox.MiB}
	exit := func(code int) sandbox.Result { return sandbox.Result{Outcome: sandbox.OutcomeExited, ExitCode: code} }
	killed := func(by sandbox.KillCause) sandbox.Result {
		return sandbox.Result{Outcome: sandbox.OutcomeSignaled, Signal: unix.SIGKILL, KilledBy: by}
	}
	with := func(r sandbox.Result, change func(*sandbox.Result)) sandbox.Result {
		change(&r)
		return r
	}
	tests := map[string]struct {
		facts sandbox.Result
		want  Decision
		says  string
	}{
		"42":                                {exit(42), Accepted, ""},
		"43":                                {exit(43), Wrong, ""},
		"0":                                 {exit(0), Error, "ended with exit code 0; it must be 42 (accepted) or 43 (wrong answer)"},
		"1":                                 {exit(1), Error, "ended with exit code 1;"},
		"44":                                {exit(44), Error, "ended with exit code 44;"},
		"signal":                            {sandbox.Result{Outcome: sandbox.OutcomeSignaled, Signal: unix.SIGSEGV}, Error, "ended by signal SIGSEGV"},
		"cpu":                               {killed(sandbox.KillCPU), Error, "output validator went over its time limit of 1s CPU time"},
		"wall":                              {killed(sandbox.KillWall), Error, "output validator went over its time limit of 3s wall time"},
		"output":                            {killed(sandbox.KillOutput), Error, "output validator went over its output limit of 8388608 bytes"},
		"memory":                            {with(killed(sandbox.KillNone), func(r *sandbox.Result) { r.OOMKills = 1 }), Error, "output validator went over its memory limit of 67108864 bytes"},
		"42 late":                           {with(exit(42), func(r *sandbox.Result) { r.CPU = time.Second + 1 }), Error, "output validator went over its time limit of 1s CPU time"},
		"42 on time":                        {with(exit(42), func(r *sandbox.Result) { r.CPU = time.Second }), Accepted, ""},
		"42, but a child ran out of memory": {with(exit(42), func(r *sandbox.Result) { r.OOMKills = 1 }), Error, "memory limit"},
		"stderr":                            {with(exit(1), func(r *sandbox.Result) { r.Stderr = []byte("no such file\xff") }), Error, "the end of its standard error: no such file\uFFFD"},
		"42 and stderr":                     {with(exit(42), func(r *sandbox.Result) { r.Stderr = []byte("debug") }), Accepted, ""},
		"no outcome":                        {sandbox.Result{}, Error, "unknown way"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := decide(t, tt.facts, limits)
			if got.Decision != tt.want || !strings.Contains(got.JudgeMessage, tt.says) || (tt.says == "") != (got.JudgeMessage == "") {
				t.Errorf("decide = %v %q, want %v %q", got.Decision, got.JudgeMessage, tt.want, tt.says)
			}
		})
	}
}

func TestStderrIsTheTail(t *testing.T) {
	r := decide(t, sandbox.Result{Outcome: sandbox.OutcomeExited, Stderr: []byte(strings.Repeat("x", 1<<20) + "last words")}, sandbox.Limits{})
	if len(r.JudgeMessage) > maxTail+300 || !strings.HasSuffix(r.JudgeMessage, "last words") {
		t.Errorf("message of %d bytes ends in %q", len(r.JudgeMessage), r.JudgeMessage[len(r.JudgeMessage)-20:])
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		text  string
		limit int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "abc"},
		{"a\xffb", 10, "a\uFFFDb"},
		{"\xff\xff", 4, "\uFFFD"},
		{"a\x00b", 100, "(each U+0000 is shown as \uFFFD)\na\uFFFDb"},
		{"ää", 3, "ä"},
		{"", 0, ""},
	} {
		got := clip([]byte(tt.text), tt.limit)
		if got != tt.want || !utf8.ValidString(got) {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.want)
		}
	}
}
