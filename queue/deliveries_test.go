package queue

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// peersOf is a view in which these workers are known.
func peersOf(conn *client.Conn, own string, workers ...client.Worker) *Peers {
	p := NewPeers(conn, message.DefaultPool, own)
	p.set(workers, time.Now().Add(time.Hour)) // it stays knowledge for the whole test
	return p
}

// other is a worker that takes submissions.
func other(languages ...string) client.Worker {
	w := client.Worker{WorkerInfo: message.WorkerInfo{
		Name: "other", Pool: message.DefaultPool, State: message.WorkerReady, Interval: 3600,
	}}
	for _, l := range languages {
		w.Languages = append(w.Languages, message.LanguageInfo{ID: l})
	}
	return w
}

// More drains than tries: each hands the submission back, and none of them counts.
func TestDrainsAreNoTries(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.MaxDeliver, cfg.Grace = 2, time.Nanosecond
	for range 5 {
		started := make(chan struct{}, 1)
		r := start(t, conn, cfg, func(ctx context.Context, _ api.Submission, _ func(api.Event)) (api.Report, error) {
			started <- struct{}{}
			<-ctx.Done()
			return api.Report{}, ctx.Err()
		})
		submitWhenReady(t, conn, queuetest.Submission("s1")) // stored once
		queuetest.Receive(t, started, "the submission")
		r.Stop(t)
	}
	start(t, conn, cfg, queuetest.Accept)
	if got := queuetest.WaitVerdict(t, conn, "s1"); got.Verdict != verdict.Accepted {
		t.Errorf("verdict %s: %+v", got.Verdict, got.Error)
	}
}

// What went wrong on the way is told in the end, by whom.
func TestJudgeErrorTellsTheTries(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.MaxDeliver = 3
	var n atomic.Int32
	start(t, conn, cfg, func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		return api.Report{}, errors.New([]string{"no disk", "no memory", "no container"}[min(n.Add(1), 3)-1])
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	got := queuetest.WaitVerdict(t, conn, "s1")
	for _, want := range []string{"gave up after 3 tries: no container", "worker tester: no memory", "worker tester: no disk"} {
		if got.Error == nil || !strings.Contains(got.Error.Message, want) {
			t.Errorf("error %+v, want %q in it", got.Error, want)
		}
	}
	if got.Error.Class != verdict.ClassHost {
		t.Errorf("class %s, want host", got.Error.Class)
	}
}

// After a fault another worker gets the submission, although the first one is idle.
func TestAnotherWorkerTriesAfterAFault(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Peers = peersOf(conn, cfg.Name, other("cpp17"))
	var tries atomic.Int32
	failed := make(chan struct{})
	start(t, conn, cfg, func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		if tries.Add(1) == 1 {
			close(failed)
		}
		return api.Report{}, errors.New("no container")
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Receive(t, failed, "the fault")
	healthy := quick()
	healthy.Name = "other"
	start(t, queuetest.Connect(t, conn.URL()), healthy, queuetest.Accept)
	if got := queuetest.WaitVerdict(t, conn, "s1"); got.Verdict != verdict.Accepted || got.Worker != "other" {
		t.Errorf("verdict %s by %s, want AC by other", got.Verdict, got.Worker)
	}
}

// A worker that others are said to be there for, and never come, judges in the end itself.
func TestFaultIsTriedHereWhenNobodyElseComes(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Peers = peersOf(conn, cfg.Name, other("cpp17"))
	var tries atomic.Int32
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if tries.Add(1) == 1 {
			return api.Report{}, errors.New("no container")
		}
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	if got := queuetest.WaitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s", got)
	}
}

// lacks refuses every language.
func lacks(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
	return api.Report{}, &api.Rejection{
		Class: verdict.ClassLanguage, Err: errors.New("language is not available on this worker"), Lacking: s.Language,
	}
}

// A submission in a language that this worker lacks goes to one that has it; where nobody has it, it is told at once.
func TestLanguagesAreRouted(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Peers = peersOf(conn, cfg.Name, other("cpp17"))
	start(t, conn, cfg, lacks)
	able := quick()
	able.Name = "other"
	start(t, queuetest.Connect(t, conn.URL()), able, queuetest.Accept)
	for _, id := range ids(10) {
		submitWhenReady(t, conn, queuetest.Submission(id))
		if got := queuetest.WaitVerdict(t, conn, id); got.Verdict != verdict.Accepted || got.Worker != "other" {
			t.Errorf("%s: verdict %s by %s, want AC by other", id, got.Verdict, got.Worker)
		}
	}
}

func TestLanguageOfNobodyIsRefused(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Peers = NewPeers(conn, message.DefaultPool, cfg.Name) // reads a registry without anybody
	start(t, conn, cfg, lacks)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	got := queuetest.WaitVerdict(t, conn, "s1")
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassLanguage {
		t.Errorf("verdict %s, error %+v, want JE of class language", got.Verdict, got.Error)
	}
}

// A language whose toolchain is being replaced is worth another try; one that stays broken is told in the end.
func TestBrokenLanguageIsTriedAgain(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var tries atomic.Int32
	start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if s.ID == "mended" && tries.Add(1) == 3 {
			return queuetest.Accept(ctx, s, emit)
		}
		return api.Report{}, &api.Rejection{Class: verdict.ClassLanguage, Err: errors.New("cannot execute 'as'"), Lacking: s.Language, Broken: true}
	})
	submitWhenReady(t, conn, queuetest.Submission("mended"), queuetest.Submission("broken"))
	if got := queuetest.WaitVerdict(t, conn, "mended"); got.Verdict != verdict.Accepted {
		t.Errorf("verdict %s: %+v", got.Verdict, got.Error)
	}
	got := queuetest.WaitVerdict(t, conn, "broken")
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassLanguage || !strings.Contains(got.Error.Message, "after 5 tries: cannot execute") {
		t.Errorf("verdict %s, error %+v, want JE of class language", got.Verdict, got.Error)
	}
	queuetest.WantCount(t, conn, message.StreamDead, 1)
}

// A failed self-test takes the worker out of service, and a later one that succeeds brings it back; a fault alone does
// not.
func TestSelfTestDecidesOverService(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.MaxDeliver, cfg.Gate = 100, &Gate{}
	var broken atomic.Bool
	broken.Store(true)
	cfg.SelfTest = func(context.Context) error {
		if broken.Load() {
			return errors.New("no control group")
		}
		return nil
	}
	r := start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if broken.Load() {
			return api.Report{}, errors.New("no container")
		}
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Eventually(t, "the gate is closed", func() bool { return cfg.Gate.Reason() == "self-test failed: no control group" && r.Unready() != "" })
	broken.Store(false)
	if got := queuetest.WaitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s", got)
	}
	queuetest.Eventually(t, "the gate is open", takesWork(r))
}

// A worker whose self-test never succeeds stops all the same.
func TestWorkerStopsDuringASelfTest(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	testing := make(chan struct{}, 100)
	cfg.SelfTest = func(ctx context.Context) error {
		testing <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	r := start(t, conn, cfg, func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		return api.Report{}, errors.New("no container")
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Receive(t, testing, "the self-test")
	r.Stop(t)
}
