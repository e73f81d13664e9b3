package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

func TestDrainLetsWorkFinish(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	started, release := make(chan struct{}), make(chan struct{})
	r := start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		close(started)
		<-release
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, submission("s1"), submission("s2"))
	receive(t, started, "the first submission")
	r.drain()
	eventually(t, "the worker is not ready", func() bool { return !r.Ready() })
	close(release)
	r.stop(t)
	wantCount(t, conn, message.StreamVerdicts, 1)
	wantCount(t, conn, message.StreamSubmissions, 1)
}

func TestDrainHandsBackAfterGrace(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	started := make(chan struct{})
	var cause error
	cfg := quick()
	cfg.Grace = 50 * time.Millisecond
	cfg.AckWait = time.Hour // only a nak brings it back in time
	r := start(t, conn, cfg, func(ctx context.Context, _ message.Submission, _ func(message.Event)) (message.Report, error) {
		close(started)
		<-ctx.Done()
		cause = context.Cause(ctx)
		return message.Report{}, fmt.Errorf("run program: %w", ctx.Err())
	})
	submitWhenReady(t, conn, submission("s1"))
	receive(t, started, "the submission")
	r.stop(t)
	if !errors.Is(cause, ErrDraining) {
		t.Errorf("cause %v, want ErrDraining", cause)
	}
	wantCount(t, conn, message.StreamVerdicts, 0)
	start(t, conn, cfg, accept)
	if got := waitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC", got)
	}
}

func TestFinishedReportSurvivesEndOfWork(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	started := make(chan struct{})
	r := start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		close(started)
		<-ctx.Done()
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, submission("s1"))
	receive(t, started, "the submission")
	r.kill()
	r.stop(t)
	wantCount(t, conn, message.StreamVerdicts, 1)
	wantCount(t, conn, message.StreamSubmissions, 0)
}

// A submission that comes while the worker stops goes back at once.
func TestDrainHandsBackWhatComesLate(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.AckWait = time.Hour                       // only a nak brings it back in time
	stopping, err := NewWorker(conn, cfg, accept) // its name is "tester"
	if err != nil {
		t.Fatal(err)
	}
	if err := stopping.source.openPatiently(testContext(t)); err != nil {
		t.Fatal(err)
	}
	submit(t, conn, submission("s1"))
	cfg.Name = "other"
	start(t, connect(t, conn.URL()), cfg, accept)
	waitVerdict(t, conn, "s1") // now the other one is idle
	drained, drain := context.WithCancel(testContext(t))
	drain()
	for i := range 5 {
		id := fmt.Sprint("late", i)
		submit(t, conn, submission(id))
		stopping.takeOne(drained, testContext(t), true) // it may be first or second
		if got := waitVerdict(t, conn, id).Worker; got != cfg.Name {
			t.Errorf("judged by %q", got)
		}
	}
}
