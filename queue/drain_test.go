package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

func TestDrainLetsWorkFinish(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started, release := make(chan struct{}), make(chan struct{})
	r := start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		close(started)
		<-release
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"), queuetest.Submission("s2"))
	queuetest.Receive(t, started, "the first submission")
	r.Drain()
	queuetest.Eventually(t, "the worker is not ready", func() bool { return r.Unready() != "" })
	close(release)
	r.Stop(t)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 1)
}

func TestDrainHandsBackAfterGrace(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started := make(chan struct{})
	var cause error
	cfg := quick()
	cfg.Grace = 50 * time.Millisecond
	cfg.AckWait = time.Hour // only a nak brings it back in time
	r := start(t, conn, cfg, func(ctx context.Context, _ api.Submission, _ func(api.Event)) (api.Report, error) {
		close(started)
		<-ctx.Done()
		cause = context.Cause(ctx)
		return api.Report{}, fmt.Errorf("run program: %w", ctx.Err())
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Receive(t, started, "the submission")
	r.Stop(t)
	if !errors.Is(cause, ErrDraining) {
		t.Errorf("cause %v, want ErrDraining", cause)
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, 0)
	start(t, conn, cfg, queuetest.Accept)
	if got := queuetest.WaitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC", got)
	}
}

func TestFinishedReportSurvivesEndOfWork(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started := make(chan struct{})
	r := start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		close(started)
		<-ctx.Done()
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Receive(t, started, "the submission")
	r.Kill()
	r.Stop(t)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 0)
}

// A submission that comes while the worker stops goes back at once.
func TestDrainHandsBackWhatComesLate(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.AckWait = time.Hour                                 // only a nak brings it back in time
	stopping, err := NewWorker(conn, cfg, queuetest.Accept) // its name is "tester"
	if err != nil {
		t.Fatal(err)
	}
	if err := stopping.source.openWithRetry(queuetest.Context(t)); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	cfg.Name = "other"
	start(t, queuetest.Connect(t, conn.URL()), cfg, queuetest.Accept)
	queuetest.WaitVerdict(t, conn, "s1") // now the other one is idle
	drained, drain := context.WithCancel(queuetest.Context(t))
	drain()
	for i := range 5 {
		id := fmt.Sprint("late", i)
		queuetest.Submit(t, conn, queuetest.Submission(id))
		stopping.takeOne(drained, queuetest.Context(t), true) // it may be first or second
		if got := queuetest.WaitVerdict(t, conn, id).Worker; got != cfg.Name {
			t.Errorf("judged by %q", got)
		}
	}
}
