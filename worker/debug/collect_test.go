package debug

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// What is gone is named, and the rest is there: a verdict whose worker is in no registry, with no archive and no events.
func TestDebugNamesWhatIsGone(t *testing.T) {
	t.Parallel()
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	ctx := queuetest.Context(t)
	if err := storage.Ensure(ctx, conn, 1); err != nil {
		t.Fatal(err)
	}
	publish := func(subject, data string) {
		t.Helper()
		if _, err := conn.JetStream().Publish(ctx, subject, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	publish(message.VerdictSubject("s1", 1), `{"version":1,"submission_id":"s1","attempt":1,"problem":"sum","language":"c","verdict":"WA","worker":"gone"}`)
	entry := func(name, state string) {
		publish(message.EntrySubject(message.BucketWorkers, name), `{"version":1,"name":"`+name+`","host":"judge1","state":"`+state+`","interval_seconds":10}`)
	}
	entry("ended", "stopped")
	entry("old", "ready")
	publish(message.EntrySubject(message.BucketTries, "s1.1"), `{"faulted":2,"faults":[{"worker":"ended","reason":"no disk"},{"worker":"old","reason":"no disk"}]}`)

	d := &collector{queue: client.New(conn), id: "s1", progress: func(string, ...any) {}}
	known, err := d.collect(ctx)
	if err != nil || !known {
		t.Fatalf("collect() = %v, %v, want it known", known, err)
	}
	if r := d.verdict(); r == nil || r.Verdict != verdict.WrongAnswer || d.Attempts[0].Tries.Faulted != 2 || time.Since(d.Attempts[0].Stored) > time.Hour {
		t.Errorf("attempts %+v", d.Attempts)
	}
	want := []absence{
		{"the submission message and its files", client.ErrNotArchived.Error()},
		{"worker gone and its log", "the registry does not have it: it has said nothing for an hour"},
		{"the log of worker ended", "it is stopped: look into its log on host judge1"},
		{"the log of worker old", "the registry does not say where it is served: the worker is of an earlier version"},
	}
	if diff := cmp.Diff(want, d.Missing); diff != "" {
		t.Errorf("missing mismatch (-want +got):\n%s", diff)
	}
	files, err := d.files()
	if err != nil || !strings.Contains(string(files[0].Data), "worker gone and its log: the registry does not have it") {
		t.Errorf("page: %v\n%s", err, files[0].Data)
	}
}

// A server that no worker has used has no streams, and a user may have no right to read: neither is an unknown ID.
func TestDebugOfServerThatAnswersNothing(t *testing.T) {
	t.Parallel()
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	d := &collector{queue: client.New(conn), id: "s1", progress: func(string, ...any) {}}
	known, err := d.collect(queuetest.Context(t))
	if known || err != nil || len(d.Missing) == 0 {
		t.Fatalf("collect() = %v, %v, missing %v", known, err, d.Missing)
	}
	if err := d.unknown(queuetest.Context(t)); err == nil || !strings.Contains(err.Error(), "nothing of submission s1 could be read:\n") {
		t.Errorf("unknown() = %v", err)
	}
}

func TestVerdictIsExplained(t *testing.T) {
	t.Parallel()
	test := func(code verdict.Code, more api.TestReport) []api.TestReport {
		more.Name, more.Verdict = "secret/2", code
		return []api.TestReport{{Name: "secret/1", Verdict: verdict.Accepted, CPUUsec: 5e5}, more}
	}
	const first = "Test case secret/2, number 2 of 2, got it first."
	for want, r := range map[string]api.Report{
		first + " It took 2.000 s of CPU time and 2.500 s by the clock; the limit is 1.000 s of CPU time.": {
			Verdict: verdict.TimeLimitExceeded, TimeLimitUsec: 1e6, Tests: test(verdict.TimeLimitExceeded, api.TestReport{CPUUsec: 2e6, WallUsec: 25e5}),
		},
		first + " It used 3.0 MiB; the limit is 2.0 MiB.":                                {Verdict: verdict.MemoryLimitExceeded, MemoryLimit: 2 << 20, Tests: test(verdict.MemoryLimitExceeded, api.TestReport{PeakMemory: 3 << 20})},
		first + " The program was ended by SIGSEGV.":                                     {Verdict: verdict.RunTimeError, Tests: test(verdict.RunTimeError, api.TestReport{Signal: "SIGSEGV"})},
		first + " The program ended with exit code 3.":                                   {Verdict: verdict.RunTimeError, Tests: test(verdict.RunTimeError, api.TestReport{ExitCode: 3})},
		first + " It wrote 7 bytes.":                                                     {Verdict: verdict.OutputLimitExceeded, Tests: test(verdict.OutputLimitExceeded, api.TestReport{OutputBytes: 7})},
		first + " The checker says: no":                                                  {Verdict: verdict.WrongAnswer, Tests: test(verdict.WrongAnswer, api.TestReport{JudgeMessage: "no"})},
		"Every test case was accepted; the slowest is secret/1 with 0.500 s of 1.000 s.": {Verdict: verdict.Accepted, TimeLimitUsec: 1e6, Tests: test(verdict.Accepted, api.TestReport{})},
		"The submission was not compiled; the compiler says why.":                        {Verdict: verdict.CompileError},
		"Not the submission is at fault: class host. no disk":                            {Verdict: verdict.JudgeError, Error: &api.ErrorReport{Class: verdict.ClassHost, Message: "no disk"}},
		"It was canceled: wrong file":                                                    {Verdict: verdict.Canceled, CancelReason: "wrong file"},
		"It was canceled":                                                                {Verdict: verdict.Canceled},
	} {
		if got := whyVerdict(r); got != want {
			t.Errorf("whyVerdict(%s) = %q, want %q", r.Verdict, got, want)
		}
	}
}
