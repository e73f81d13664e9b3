package queue

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// ofNamespace is what a platform needs for the submissions of its namespace: to submit, watch, wait, cancel and rejudge.
func ofNamespace(name string) *server.Permissions {
	return &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"judge.submissions.*.*." + name,
			"$KV.judge-cancellations." + name + ".*.*",
			"$KV.judge-attempts." + name + ".*",
			"$JS.API.DIRECT.GET.VERDICTS.judge.verdicts." + name + ".*.*",
			"$JS.API.DIRECT.GET.ARCHIVE.judge.archive." + name + ".*",
			"$JS.API.DIRECT.GET.KV_judge-attempts.$KV.judge-attempts." + name + ".*",
			"$JS.API.CONSUMER.CREATE.EVENTS.*.judge.events." + name + ".*",
			"$JS.API.CONSUMER.MSG.NEXT.EVENTS.*",
			"$JS.API.CONSUMER.DELETE.EVENTS.*",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{
			"_INBOX.>", "judge.verdicts." + name + ".*.*", "judge.events." + name + ".*", "$KV.judge-attempts." + name + ".*",
		}},
	}
}

// The client works with permissions that name what it does, and not beyond them.
func TestClientIsBoundedByPermissions(t *testing.T) {
	url := queuetest.RunServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 1 << 40, Users: []*server.User{
		{Username: "worker", Password: "w"}, {Username: "arena", Password: "a", Permissions: ofNamespace("arena")},
	}})
	dial := func(user, password string) *client.Conn {
		conn, err := client.Connect(queuetest.Context(t), client.Config{URL: url, User: user, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		return conn
	}
	worker, arena := dial("worker", "w"), dial("arena", "a")
	started, ended := make(chan string, 10), make(chan error, 10)
	start(t, worker, quick(), untilCanceled(started, ended))
	submitWhenReady(t, worker, queuetest.Submission("other.s1"))
	queuetest.Receive(t, started, "the submission of somebody else")
	platform := client.New(arena)

	queuetest.Submit(t, arena, queuetest.Submission("arena.s1"))
	cancelAttempt(t, worker, "other.s1", "make room")
	queuetest.Receive(t, started, "the submission")
	cancelAttempt(t, arena, "arena.s1", "mine")
	if got := queuetest.Current(t, arena, "arena.s1"); got.Verdict != verdict.Canceled {
		t.Errorf("verdict %s, want CANCELED", got.Verdict)
	}
	events := queuetest.Watch(t, arena, "arena.s1")
	if last := events[len(events)-1]; last.Stage != api.StageDone {
		t.Errorf("last event %+v", last)
	}
	if _, err := platform.Rejudge(queuetest.Context(t), "arena.s1", client.Target{}); err != nil {
		t.Error(err)
	}
	queuetest.Receive(t, started, "the new attempt")
	if err := platform.Cancel(queuetest.Context(t), "arena.s1", client.Current, ""); err != nil {
		t.Error(err)
	}
	if got := queuetest.Current(t, arena, "arena.s1"); got.Attempt != 2 {
		t.Errorf("verdict of attempt %d, want 2", got.Attempt)
	}

	queuetest.Submit(t, worker, queuetest.Submission("other.s2"))
	queuetest.Receive(t, started, "another submission of somebody else")
	for what, do := range map[string]func(ctx context.Context) error{
		"submit": func(ctx context.Context) error {
			return platform.Submit(ctx, message.DefaultPool, message.LanePractice, queuetest.Submission("other.s3"))
		},
		"verdict": func(ctx context.Context) error { _, err := platform.Verdict(ctx, "other.s1", 1); return err },
		"wait":    func(ctx context.Context) error { _, err := platform.Wait(ctx, "other.s1", client.Current); return err },
		"cancel":  func(ctx context.Context) error { return platform.Cancel(ctx, "other.s2", 1, "") },
		"rejudge": func(ctx context.Context) error {
			_, err := platform.Rejudge(ctx, "other.s1", client.Target{})
			return err
		},
		"watch": func(ctx context.Context) error {
			for e, err := range platform.Watch(ctx, "other.s1", 1) {
				if err != nil {
					return err
				}
				t.Errorf("saw %+v", e)
			}
			return nil
		},
	} {
		ctx, stop := context.WithTimeout(queuetest.Context(t), 200*time.Millisecond)
		if err := do(ctx); err == nil {
			t.Errorf("%s of somebody else's submission = nil error", what)
		}
		stop()
	}
	queuetest.WantCount(t, worker, message.BucketStream(message.BucketCancellations), 3) // none of those came through
	cancelAttempt(t, worker, "other.s2", "")
	queuetest.Emptied(t, worker)
	queuetest.WantCount(t, worker, message.StreamVerdicts, 4)
}
