package queue

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// A worker tells what it judges and how far that is, and nothing of what it is done with.
func TestInHand(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	halfway, goOn := make(chan struct{}), make(chan struct{})
	cfg := quick()
	cfg.Slots = 2
	w := start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if s.ID == "s1" {
			emit(api.Event{Stage: api.StageTest, Test: 3, Tests: 9})
			emit(api.Event{Stage: api.StageCompiling})
		}
		halfway <- struct{}{}
		<-goOn
		return queuetest.Accept(ctx, s, emit)
	})
	first, second := queuetest.Submission("s1"), queuetest.Submission("s2")
	first.Language, second.Attempt = "python3", 2
	submitWhenReady(t, conn, first)
	queuetest.Receive(t, halfway, "the first submission")
	queuetest.Submit(t, conn, second)
	queuetest.Receive(t, halfway, "the second submission")
	want := []message.InHand{
		{Submission: "s1", Attempt: 1, Try: 1, Lane: message.LanePractice, Problem: first.Problem, Language: "python3", Test: 3, Tests: 9},
		{Submission: "s2", Attempt: 2, Try: 1, Lane: message.LanePractice, Problem: second.Problem, Language: second.Language},
	}
	got := w.InHand()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(message.InHand{}, "Since")); diff != "" {
		t.Errorf("InHand() mismatch (-want +got):\n%s", diff)
	}
	if slices.ContainsFunc(got, func(h message.InHand) bool { return h.Since.IsZero() || time.Since(h.Since) > time.Minute }) {
		t.Errorf("InHand() has wrong times: %v", got)
	}
	answers, err := client.New(conn).Hands(queuetest.Context(t), 1)
	wantAnswers := []message.Hands{{Version: 1, Worker: cfg.Name, Pool: message.DefaultPool, InHand: got}}
	if diff := cmp.Diff(wantAnswers, answers, cmpopts.IgnoreFields(message.Hands{}, "At")); diff != "" || err != nil {
		t.Errorf("Hands() = %v, mismatch (-want +got):\n%s", err, diff)
	}
	close(goOn)
	queuetest.WaitVerdict(t, conn, "s1")
	queuetest.Eventually(t, "nothing is in hand", func() bool { return len(w.InHand()) == 0 })
	w.Stop(t)
	if answers, err := client.New(conn).Hands(queuetest.Context(t), 1); len(answers) > 0 || err != nil {
		t.Errorf("Hands() without a worker = %v, %v", answers, err)
	}
}

// Who listens is told of events and verdicts of all submissions, and of nothing that others put there.
func TestListen(t *testing.T) {
	server := queuetest.Server(t)
	conn := queuetest.Connect(t, server.URL())
	start(t, conn, quick(), queuetest.Accept)
	events, verdicts := make(chan api.Event, 100), make(chan api.Report, 100)
	stop, err := client.New(queuetest.Connect(t, server.URL())).Listen(client.Listener{
		Event: func(e api.Event) { events <- e }, Verdict: func(r api.Report) { verdicts <- r },
	})
	if err != nil {
		t.Fatalf("Listen() = %v", err)
	}
	for _, text := range []string{"", "nonsense", `{"submission_id":"other","attempt":1,"stage":"test"}`} {
		if err := conn.NATS().Publish(message.EventSubject("s1"), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	submitWhenReady(t, conn, queuetest.Submission("s1"), queuetest.Submission("s2"))
	got := map[string]verdict.Code{}
	for range 2 {
		r := queuetest.Receive(t, verdicts, "a verdict")
		got[r.Submission] = r.Verdict
	}
	if diff := cmp.Diff(map[string]verdict.Code{"s1": verdict.Accepted, "s2": verdict.Accepted}, got); diff != "" {
		t.Errorf("verdicts mismatch (-want +got):\n%s", diff)
	}
	if e := queuetest.Receive(t, events, "an event"); e.Submission != "s1" && e.Submission != "s2" {
		t.Errorf("the first event is of %q", e.Submission)
	}
	stop()
	queuetest.Submit(t, conn, queuetest.Submission("s3"))
	queuetest.WaitVerdict(t, conn, "s3")
	if len(verdicts) > 0 {
		t.Errorf("told after the end: %v", <-verdicts)
	}
}
