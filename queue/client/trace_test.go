package client_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

func TestTraceOfSubmission(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), byAttempt)
	submitWhenReady(t, conn)
	platform, ctx := client.New(conn), queuetest.Context(t)
	before := time.Now().Add(-time.Minute)
	queuetest.Submit(t, conn, queuetest.Submission("arena.s1"))
	queuetest.Current(t, conn, "arena.s1")
	if _, err := platform.Rejudge(ctx, "arena.s1", client.Target{}); err != nil {
		t.Fatal(err)
	}
	queuetest.Current(t, conn, "arena.s1")

	for attempt, want := range map[int]verdict.Code{1: verdict.WrongAnswer, 2: verdict.Accepted} {
		got, err := platform.StoredVerdict(ctx, "arena.s1", attempt)
		if err != nil || got.Report.Verdict != want || got.Report.Attempt != attempt || got.Stored.Before(before) {
			t.Errorf("StoredVerdict(%d) = %+v, %v, want %s", attempt, got, err, want)
		}
	}
	if _, err := platform.StoredVerdict(ctx, "arena.s1", 3); !errors.Is(err, client.ErrNoVerdict) {
		t.Errorf("StoredVerdict of no attempt = %v, want %v", err, client.ErrNoVerdict)
	}

	var attempts []int
	queuetest.Eventually(t, "the events of both attempts", func() bool {
		events, newestOnly, err := platform.Events(ctx, "arena.s1")
		if err != nil || newestOnly {
			t.Fatalf("Events() = %v, %v", newestOnly, err)
		}
		attempts = attempts[:0]
		done := 0
		for _, e := range events {
			if e.Submission != "arena.s1" || e.Stored.Before(before) {
				t.Fatalf("Events() has %+v", e)
			}
			if e.Stage == "done" {
				attempts, done = append(attempts, e.Attempt), done+1
			}
		}
		return done == 2
	})
	if diff := cmp.Diff([]int{1, 2}, attempts); diff != "" {
		t.Errorf("attempts that are done mismatch (-want +got):\n%s", diff)
	}
	if events, _, err := platform.Events(ctx, "nosuch"); err != nil || len(events) > 0 {
		t.Errorf("Events(nosuch) = %v, %v, want none", events, err)
	}

	archived, payload, err := platform.ArchivedMessage(ctx, "arena.s1")
	if err != nil || archived.Attempt != 2 || string(payload) != string(queuetest.Archived(t, conn, "arena.s1").Data) {
		t.Errorf("ArchivedMessage() = %+v, %s, %v", archived, payload, err)
	}
	for id, want := range map[string][]string{"s1": {"arena.s1"}, "other.s1": {"arena.s1"}, "arena.s1": nil, "nosuch": nil} {
		got, err := platform.SameNames(ctx, id)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("SameNames(%s): %v, mismatch (-want +got):\n%s", id, err, diff)
		}
	}
}

func TestTraceOfTriesAndCancellation(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), byAttempt)
	submitWhenReady(t, conn)
	platform, ctx := client.New(conn), queuetest.Context(t)
	if _, found, err := platform.Tries(ctx, "s1", 1); found || err != nil {
		t.Errorf("Tries() = %v, %v before there are any", found, err)
	}
	if _, found, err := platform.Cancellation(ctx, "s1", 1); found || err != nil {
		t.Errorf("Cancellation() = %v, %v before there is one", found, err)
	}
	bucket, err := conn.JetStream().KeyValue(ctx, message.BucketTries)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Put(ctx, "s1.1", []byte(`{"passed":1,"faulted":1,"faults":[{"worker":"w1","reason":"no disk","time":"2026-01-02T03:04:05Z"}],"begun":2}`)); err != nil {
		t.Fatal(err)
	}
	tries, found, err := platform.Tries(ctx, "s1", 1)
	want := message.Tries{Passed: 1, Faulted: 1, Begun: 2, Faults: []message.Fault{{Worker: "w1", Reason: "no disk", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}}
	if diff := cmp.Diff(want, tries); diff != "" || !found || err != nil {
		t.Errorf("Tries() = %v, %v, mismatch (-want +got):\n%s", found, err, diff)
	}
	if err := bucket.Delete(ctx, "s1.1"); err != nil {
		t.Fatal(err)
	}
	if _, found, err := platform.Tries(ctx, "s1", 1); found || err != nil {
		t.Errorf("Tries() = %v, %v of a deleted entry", found, err)
	}
	if err := platform.Cancel(ctx, "s1", 1, "wrong file"); err != nil {
		t.Fatal(err)
	}
	cancellation, found, err := platform.Cancellation(ctx, "s1", 1)
	if err != nil || !found || cancellation.Reason != "wrong file" || cancellation.Submission != "s1" {
		t.Errorf("Cancellation() = %+v, %v, %v", cancellation, found, err)
	}
}
