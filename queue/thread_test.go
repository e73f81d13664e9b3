package queue

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

// A worker that was taken for dead comes back while, or after, another one has judged its submission.
func TestNothingComesBehindTheLastEvent(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	_, err := conn.JetStream().CreateStream(testContext(t), jetstream.StreamConfig{
		// The server forgets at once what it could know a second last event by.
		Name: message.StreamEvents, Subjects: []string{"judge.events.>"}, Duplicates: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(conn, quick(), accept)
	if err != nil {
		t.Fatal(err)
	}
	who := message.Identity{ID: "s1", Attempt: 1}
	late, quickOne := &thread{w: w, who: who, certain: true}, &thread{w: w, who: who}
	add := func(th *thread, stage message.Stage) {
		t.Helper()
		if err := th.add(testContext(t), message.Event{Stage: stage}); err != nil {
			t.Fatal(err)
		}
	}
	finish := func(th *thread) {
		t.Helper()
		if err := th.finish(testContext(t), message.Event{Stage: message.StageDone, Verdict: "AC"}); err != nil {
			t.Fatal(err)
		}
	}
	add(late, message.StageReceived)
	add(quickOne, message.StageReceived)
	add(late, message.StageCompiling) // both may speak until there is a verdict
	finish(quickOne)
	pause(testContext(t), time.Second)
	add(late, message.StageTest)
	finish(late)
	finish(&thread{w: w, who: who})
	events := messages(t, conn, message.StreamEvents)
	for i, msg := range events {
		var e message.Event
		decodeJSON(t, msg.Data, &e)
		if e.Sequence != i+1 || (e.Stage == message.StageDone) != (i == 3) {
			t.Errorf("event %d: %+v", i+1, e)
		}
	}
	if len(events) != 4 {
		t.Errorf("%d events, want 4", len(events))
	}
}

// The events of a new attempt follow those of the last one, with numbers of their own.
func TestEventsOfTheNextAttempt(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), accept)
	first := submission("s1")
	second := first
	second.Attempt = 2
	for _, s := range []message.Submission{first, second} {
		submitWhenReady(t, conn, s)
		emptied(t, conn)
	}
	ends := map[int]int{}
	numbers := map[int]int{}
	for _, msg := range messages(t, conn, message.StreamEvents) {
		var e message.Event
		decodeJSON(t, msg.Data, &e)
		if numbers[e.Attempt]++; e.Sequence != numbers[e.Attempt] {
			t.Errorf("event %+v is number %d of its attempt", e, numbers[e.Attempt])
		}
		if e.Stage == message.StageDone {
			ends[e.Attempt]++
		}
	}
	if ends[1] != 1 || ends[2] != 1 {
		t.Errorf("last events by attempt: %v", ends)
	}
}
