package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

func TestWaitBeforeAndAfter(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	got := make(chan api.Report, 1)
	ctx := queuetest.Context(t)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	waiting.Go(func() {
		report, err := client.New(conn).Wait(ctx, "s1", 1)
		if err != nil {
			t.Error(err)
		}
		got <- report
	})
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	before := queuetest.Receive(t, got, "the verdict")
	after := queuetest.WaitVerdict(t, conn, "s1")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("verdict waited for and read later differ:\n%s", diff)
	}
}

func TestWaitEnds(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	gone := errors.New("gone home")
	ctx, cancel := context.WithTimeoutCause(queuetest.Context(t), 20*time.Millisecond, gone)
	defer cancel()
	if _, err := client.New(conn).Wait(ctx, "s1", 1); !errors.Is(err, gone) {
		t.Errorf("Wait = %v, want the cause", err)
	}
	if _, err := client.New(conn).Wait(ctx, "s1.*", 1); err == nil || !strings.Contains(err.Error(), "s1.*") {
		t.Errorf("Wait of a wildcard = %v", err)
	}
}

func TestWatchReplays(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.EventGap = time.Nanosecond
	sent := make(chan struct{})
	start(t, conn, cfg, func(_ context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		<-sent // the first event is out
		return queuetest.Accepted(s), nil
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	event := func(sequence int, stage api.Stage) api.Event {
		return api.Event{Version: 1, Submission: "s1", Attempt: 1, Sequence: sequence, Stage: stage}
	}
	var first api.Event
	queuetest.DecodeJSON(t, queuetest.LastOf(t, conn, message.StreamEvents, message.EventSubject("s1")), &first)
	close(sent)
	done := event(2, api.StageDone)
	done.Test, done.Tests, done.Verdict = 1, 1, "AC"
	want := []api.Event{event(1, api.StageReceived), done}
	for _, when := range []string{"live", "replayed"} {
		if diff := cmp.Diff(want, queuetest.Watch(t, conn, "s1")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	queuetest.WantConsumers(t, conn, message.StreamEvents, 0)
}

// A watcher whose connection is cut again and again, and whose consumer is removed meanwhile, sees every event once.
func TestWatchSurvives(t *testing.T) {
	const n = 40
	srv := queuetest.Server(t)
	conn := queuetest.Connect(t, srv.URL())
	submitWhenReady(t, conn)
	network := queuetest.NewRelay(t, strings.TrimPrefix(srv.URL(), "nats://"))
	watcher := client.New(queuetest.Connect(t, network.URL()))
	send := func(i int) {
		e := api.Event{Version: 1, Submission: "s1", Attempt: 1, Sequence: i, Stage: api.StageTest}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.JetStream().Publish(queuetest.Context(t), message.EventSubject("s1"), data); err != nil {
			t.Fatal(err)
		}
	}
	send(1)
	i := 0
	for e, err := range watcher.Watch(queuetest.Context(t), "s1", 1) {
		if i++; err != nil || e.Sequence != i {
			t.Fatalf("event %d: %+v, %v", i, e, err)
		}
		if i == n {
			break
		}
		switch i % 4 {
		case 1:
			network.Cut(false)
		case 2:
			s, err := conn.JetStream().Stream(queuetest.Context(t), message.StreamEvents)
			if err != nil {
				t.Fatal(err)
			}
			for name := range s.ConsumerNames(queuetest.Context(t)).Name() {
				if err := s.DeleteConsumer(queuetest.Context(t), name); err != nil {
					t.Fatal(err)
				}
			}
		}
		send(i + 1)
	}
}
