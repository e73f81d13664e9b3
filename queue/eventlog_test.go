package queue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// A worker that was taken for dead comes back while, or after, another one has judged its submission.
func TestNothingComesBehindTheLastEvent(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	_, err := conn.JetStream().CreateStream(queuetest.Context(t), jetstream.StreamConfig{
		// The server forgets at once what it could know a second last event by.
		Name: message.StreamEvents, Subjects: []string{"judge.events.>"}, Duplicates: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(conn, quick(), queuetest.Accept)
	if err != nil {
		t.Fatal(err)
	}
	who := api.Identity{ID: "s1", Attempt: 1}
	late, quickOne := &eventSequence{out: w.out, who: who, synced: true}, &eventSequence{out: w.out, who: who}
	add := func(th *eventSequence, stage api.Stage) {
		t.Helper()
		if err := th.publish(queuetest.Context(t), api.Event{Stage: stage}); err != nil {
			t.Fatal(err)
		}
	}
	finish := func(th *eventSequence) {
		t.Helper()
		if err := th.finish(queuetest.Context(t), api.Event{Stage: api.StageDone, Verdict: "AC"}); err != nil {
			t.Fatal(err)
		}
	}
	add(late, api.StageReceived)
	add(quickOne, api.StageReceived)
	add(late, api.StageCompiling) // both may speak until there is a verdict
	finish(quickOne)
	retry.Sleep(queuetest.Context(t), time.Second)
	add(late, api.StageTest)
	finish(late)
	finish(&eventSequence{out: w.out, who: who})
	events := queuetest.Messages(t, conn, message.StreamEvents)
	for i, msg := range events {
		var e api.Event
		queuetest.DecodeJSON(t, msg.Data, &e)
		if e.Sequence != i+1 || (e.Stage == api.StageDone) != (i == 3) {
			t.Errorf("event %d: %+v", i+1, e)
		}
	}
	if len(events) != 4 {
		t.Errorf("%d events, want 4", len(events))
	}
}

// The events of a new attempt follow those of the last one, with numbers of their own.
func TestEventsOfTheNextAttempt(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	first := queuetest.Submission("s1")
	second := first
	second.Attempt = 2
	for _, s := range []api.Submission{first, second} {
		submitWhenReady(t, conn, s)
		queuetest.Emptied(t, conn)
	}
	ends := map[int]int{}
	numbers := map[int]int{}
	for _, msg := range queuetest.Messages(t, conn, message.StreamEvents) {
		var e api.Event
		queuetest.DecodeJSON(t, msg.Data, &e)
		if numbers[e.Attempt]++; e.Sequence != numbers[e.Attempt] {
			t.Errorf("event %+v is number %d of its attempt", e, numbers[e.Attempt])
		}
		if e.Stage == api.StageDone {
			ends[e.Attempt]++
		}
	}
	if ends[1] != 1 || ends[2] != 1 {
		t.Errorf("last events by attempt: %v", ends)
	}
}

func TestEventsAreThinned(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.EventGap = time.Hour
	start(t, conn, cfg, func(_ context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		for i := range 100_000 {
			emit(api.Event{Stage: api.StageTest, Test: i, Tests: 100_000})
		}
		emit(api.Event{Stage: api.StageDone, Verdict: "WA"}) // not the judge's to say
		return queuetest.Accepted(s), nil
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	events := queuetest.Watch(t, conn, "s1")
	if len(events) > 2 || events[len(events)-1].Verdict != "AC" {
		t.Errorf("events %+v, want at most one and the last", events)
	}
	queuetest.WantCount(t, conn, message.StreamEvents, uint64(len(events)))
}

// However much the judge has to say, and however often it starts again, no second has more than 10 events.
func TestAtMostTenEventsInASecond(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	tries := 0
	start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		tries++
		until := time.Now().Add(1200 * time.Millisecond)
		for i := 0; time.Now().Before(until) && retry.Sleep(ctx, time.Millisecond); i++ {
			emit(api.Event{Stage: api.StageTest, Test: i})
		}
		if tries == 1 {
			return api.Report{}, errors.New("fault")
		}
		return queuetest.Accepted(s), nil
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Watch(t, conn, "s1")
	all := queuetest.Messages(t, conn, message.StreamEvents)
	if len(all) < 8 {
		t.Errorf("%d events only", len(all))
	}
	for i, first := range all {
		n := 0
		for _, later := range all[i:] {
			if later.Time.Sub(first.Time) <= time.Second {
				n++
			}
		}
		if n > 10 {
			t.Errorf("%d events in the second that begins with event %d", n, i+1)
		}
	}
}

func TestEventNumbersGoOnAfterRedelivery(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	first := true
	start(t, conn, quick(), func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		queuetest.LastOf(t, conn, message.StreamEvents, message.EventSubject("s1"))
		if first {
			first = false
			return api.Report{}, errors.New("fault")
		}
		return queuetest.Accepted(s), nil
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	for i, e := range queuetest.Watch(t, conn, "s1") {
		if e.Sequence != i+1 {
			t.Errorf("event %d has number %d", i+1, e.Sequence)
		}
	}
}
