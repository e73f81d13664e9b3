package queue

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// What a queue holds is found with its place, also while a worker has the first of it.
func TestQueueIsSeen(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	judging, goOn := make(chan struct{}), make(chan struct{})
	cfg := quick()
	cfg.Slots = 1
	start(t, conn, cfg, func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		judging <- struct{}{}
		<-goOn
		return queuetest.Accepted(s), nil
	})
	t.Cleanup(func() { close(goOn) })
	register(t, conn, RegistryConfig{Info: readyWorker("one")})
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, queuetest.Submission("first"))
	queuetest.Receive(t, judging, "the first submission")
	for _, id := range []string{"arena.second", "third"} {
		storeAnyway(t, conn, message.DefaultPool, message.LaneContest, queuetest.Submission(id))
	}
	storeAnyway(t, conn, "gpu", message.LaneRejudge, queuetest.Submission("fourth"))
	c := client.New(conn)

	for id, want := range map[string]client.QueuedSubmission{
		"first":        {Pool: "default", Lane: "contest", Subject: "judge.submissions.default.contest", Sequence: 1},
		"arena.second": {Pool: "default", Lane: "contest", Subject: "judge.submissions.default.contest.arena", Sequence: 2, Position: 1},
		"third":        {Pool: "default", Lane: "contest", Subject: "judge.submissions.default.contest", Sequence: 3, Position: 2},
		"fourth":       {Pool: "gpu", Lane: "rejudge", Subject: "judge.submissions.gpu.rejudge", Sequence: 4, Position: 1},
	} {
		got, err := c.FindQueued(queuetest.Context(t), id, client.Current, nil)
		want.Identity = api.Identity{ID: id, Attempt: 1}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(client.QueuedSubmission{}, "Published")); diff != "" || err != nil {
			t.Errorf("FindQueued(%s): %v, mismatch (-want +got):\n%s", id, err, diff)
		}
	}
	if _, err := c.FindQueued(queuetest.Context(t), "third", 2, nil); !errors.Is(err, client.ErrNotQueued) {
		t.Errorf("FindQueued of another attempt = %v, want ErrNotQueued", err)
	}

	lanes, err := c.Lanes(queuetest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Pool, Lane, Reason string
		Waiting, InHand    uint64
		Old                bool
	}
	var got []row
	for _, l := range lanes {
		got = append(got, row{l.Pool, l.Lane, l.Reason, l.Waiting, l.InHand, l.Oldest > 0})
	}
	want := []row{
		{"default", "contest", "", 2, 1, true},
		{"default", "rejudge", "", 0, 0, false},
		{"gpu", "rejudge", `no live worker serves pool "gpu"`, 1, 0, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Lanes() mismatch (-want +got):\n%s", diff)
	}
}

// What is dropped is gone from the queue, and kept with the reason; what was canceled before has its verdict and is just gone.
func TestDrop(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("one")})
	for _, id := range []string{"one", "two", "judged", "three"} {
		storeAnyway(t, conn, "gpu", message.LaneContest, queuetest.Submission(id))
	}
	judged := queuetest.Accepted(queuetest.Submission("judged"))
	judged.Version, judged.Submission, judged.Attempt = api.Version, "judged", 1
	msg, err := encode(message.VerdictSubject("judged", 1), judged)
	if err == nil {
		_, err = conn.JetStream().PublishMsg(queuetest.Context(t), msg)
	}
	if err == nil {
		_, err = conn.JetStream().Publish(queuetest.Context(t), "judge.submissions.gpu.contest", []byte("what is this"))
	}
	if err != nil {
		t.Fatal(err)
	}
	const subject = "judge.submissions.gpu.contest"
	drop := func(sequence uint64, want int) {
		t.Helper()
		if n, err := Drop(queuetest.Context(t), conn, subject, sequence, "nobody wants it"); n != want || err != nil {
			t.Errorf("Drop(%d) = %d, %v, want %d", sequence, n, err, want)
		}
	}
	drop(2, 1)
	drop(2, 0) // it has gone
	queuetest.WantCount(t, conn, message.StreamSubmissions, 4)
	drop(0, 4)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 0)

	var reasons []string
	for letter, err := range client.New(conn).DeadLetters(queuetest.Context(t), "") {
		if err != nil {
			t.Fatal(err)
		}
		reasons = append(reasons, letter.Submission+": "+letter.Reason)
	}
	want := []string{
		"two: nobody wants it", "one: nobody wants it", "three: nobody wants it",
		": message is not JSON: at byte 1: invalid character 'w' looking for beginning of value",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	report := queuetest.WaitVerdict(t, conn, "one")
	if report.Verdict != verdict.JudgeError || report.Error == nil || report.Error.Message != "nobody wants it" {
		t.Errorf("verdict of what was dropped: %+v", report)
	}
	if got := queuetest.WaitVerdict(t, conn, "judged").Verdict; got != verdict.Accepted {
		t.Errorf("verdict of what was judged before: %s", got)
	}
}
