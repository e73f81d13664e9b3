package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/messagetest"
	"github.com/gaveloj/gavel/message/verdict"
)

// byAttempt judges the first attempt wrong and later ones right.
func byAttempt(_ context.Context, s message.Submission, _ func(message.Event)) (message.Report, error) {
	report := accepted(s)
	if s.Attempt == 1 {
		report.Verdict = verdict.WrongAnswer
	}
	return report, nil
}

func current(t testing.TB, conn *client.Conn, id string) message.Report {
	t.Helper()
	report, err := client.New(conn).Wait(testContext(t), id, client.Current)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestRejudge(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), byAttempt)
	submitWhenReady(t, conn)
	payload := messagetest.With("note", "a < b && c > d")
	publish(t, conn, []byte(payload))
	if got := current(t, conn, "s1"); got.Attempt != 1 || got.Verdict != verdict.WrongAnswer {
		t.Errorf("current verdict %s of attempt %d, want WA of 1", got.Verdict, got.Attempt)
	}
	platform := client.New(conn)
	for attempt := 2; attempt <= 3; attempt++ {
		receipt, err := platform.Rejudge(testContext(t), "s1", client.Target{})
		if want := (client.Receipt{Submission: "s1", Attempt: attempt}); err != nil || receipt != want {
			t.Fatalf("Rejudge = %+v, %v, want %+v", receipt, err, want)
		}
		if got := current(t, conn, "s1"); got.Attempt != attempt || got.Verdict != verdict.Accepted {
			t.Errorf("current verdict %s of attempt %d, want AC of %d", got.Verdict, got.Attempt, attempt)
		}
		msg := archived(t, conn, "s1")
		var was, is map[string]any
		decodeJSON(t, []byte(payload), &was)
		decodeJSON(t, msg.Data, &is)
		was["attempt"] = float64(attempt)
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("message of the new attempt (-want +got):\n%s", diff)
		}
		if lane := msg.Header.Get(message.HeaderLane); lane != message.LaneRejudge {
			t.Errorf("judged in lane %s", lane)
		}
	}
	if got := waitVerdict(t, conn, "s1"); got.Verdict != verdict.WrongAnswer {
		t.Errorf("verdict of attempt 1 has become %s", got.Verdict)
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, 3)
	wantCount(t, conn, message.BucketStream(message.BucketCancellations), 0) // each had its verdict
}

func TestRejudgeRefuses(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	platform := client.New(conn)
	if _, err := platform.Rejudge(testContext(t), "s1", client.Target{}); err == nil || !strings.Contains(err.Error(), "start a worker first") {
		t.Errorf("Rejudge without streams = %v", err)
	}
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn, submission("s1"))
	waitVerdict(t, conn, "s1")
	for _, test := range []struct {
		name, id string
		to       client.Target
		want     string
	}{
		{"unknown", "s2", client.Target{}, "not in the archive"},
		{"wildcard", "*", client.Target{}, `id "*"`},
		{"lane", "s1", client.Target{Lane: "fast"}, `lane "fast"`},
		{"pool", "s1", client.Target{Pool: "a.b"}, `pool "a.b"`},
	} {
		if _, err := platform.Rejudge(testContext(t), test.id, test.to); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Rejudge = %v, want %q in it", test.name, err, test.want)
		}
	}
	if n, err := platform.Attempt(testContext(t), "s1"); n != 1 || err != nil {
		t.Errorf("Attempt = %d, %v: a refused call took a number", n, err)
	}
}

// Several rejudges of one submission at once make an attempt each, and in the end the last one counts.
func TestRejudgeConcurrently(t *testing.T) {
	const n = 8
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.Slots = 3
	start(t, conn, cfg, byAttempt)
	submitWhenReady(t, conn, submission("s1"))
	current(t, conn, "s1")
	platform := client.New(conn)
	var calls sync.WaitGroup
	var mu sync.Mutex
	attempts := map[int]bool{}
	for range n {
		calls.Go(func() {
			receipt, err := platform.Rejudge(testContext(t), "s1", client.Target{})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if attempts[receipt.Attempt] {
				t.Errorf("attempt %d twice", receipt.Attempt)
			}
			attempts[receipt.Attempt] = true
		})
	}
	calls.Wait()
	if got := current(t, conn, "s1"); got.Attempt != n+1 || got.Verdict != verdict.Accepted {
		t.Errorf("current verdict %s of attempt %d, want AC of %d", got.Verdict, got.Attempt, n+1)
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, n+1)
}

// A rejudge while the attempt runs ends it; who waits for the submission gets the new verdict, and who watches it
// never sees the end of the old attempt.
func TestRejudgeSupersedes(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	var tries atomic.Int32
	running := make(chan struct{})
	start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		if s.Attempt == 2 {
			close(running)
			<-ctx.Done()
			return message.Report{}, ctx.Err()
		}
		tries.Add(1)
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, submission("s1"))
	current(t, conn, "s1")
	platform := client.New(conn)
	if _, err := platform.Rejudge(testContext(t), "s1", client.Target{}); err != nil {
		t.Fatal(err)
	}
	receive(t, running, "attempt 2 to run")
	var following sync.WaitGroup
	following.Go(func() {
		if got, err := platform.Wait(testContext(t), "s1", client.Current); err != nil || got.Attempt != 3 {
			t.Errorf("Wait = attempt %d, %v, want 3", got.Attempt, err)
		}
	})
	seen := make(chan message.Event, 1)
	following.Go(func() {
		for e, err := range platform.Watch(testContext(t), "s1", client.Current) {
			if err != nil {
				t.Error(err)
				return
			}
			if e.Stage == message.StageDone {
				if e.Attempt != 3 {
					t.Errorf("the last event of attempt %d is shown", e.Attempt)
				}
				return
			}
			select {
			case seen <- e:
			default:
			}
		}
	})
	receive(t, seen, "the first event")
	if _, err := platform.Rejudge(testContext(t), "s1", client.Target{}); err != nil {
		t.Fatal(err)
	}
	following.Wait()
	got, err := platform.Wait(testContext(t), "s1", 2)
	if err != nil || got.Verdict != verdict.Canceled || got.CancelReason != "superseded by attempt 3" {
		t.Errorf("attempt 2: verdict %s, %q, %v", got.Verdict, got.CancelReason, err)
	}
	for e, err := range platform.Watch(testContext(t), "s1", 2) {
		if err != nil || e.Attempt != 2 {
			t.Fatalf("event %+v, %v", e, err)
		}
		if e.Stage == message.StageDone {
			break
		}
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, 3)
}

// Whoever waits for the current attempt while one rejudge follows the other never gets an older one.
func TestCurrentIsNeverOld(t *testing.T) {
	const n = 30
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, accept)
	submitWhenReady(t, conn, submission("s1"))
	current(t, conn, "s1")
	platform := client.New(conn)
	for i := range n {
		receipt, err := platform.Rejudge(testContext(t), "s1", client.Target{})
		if err != nil {
			t.Fatal(err)
		}
		if got := current(t, conn, "s1"); got.Attempt != receipt.Attempt {
			t.Fatalf("round %d: verdict of attempt %d, want %d", i, got.Attempt, receipt.Attempt)
		}
	}
}

// wantConsumers makes sure of what is left on the server.
func wantConsumers(t testing.TB, conn *client.Conn, stream string, n int) {
	t.Helper()
	s, err := conn.JetStream().Stream(testContext(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CachedInfo().State.Consumers; got != n {
		t.Errorf("stream %s has %d consumers, want %d", stream, got, n)
	}
}

func TestArchiveLists(t *testing.T) {
	const n = 600 // more than one look
	conn := connect(t, embeddedServer(t).URL())
	submitWhenReady(t, conn)
	for _, id := range ids(n) {
		delivered := &nats.Msg{Subject: message.SubmissionSubject(message.DefaultPool, message.LanePractice, id), Data: []byte(messagetest.Good())}
		msg, err := (&delivery{who: message.Identity{ID: id, Attempt: 1}, msg: delivered}).archiveMessage(submission(id))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.JetStream().PublishMsg(testContext(t), msg); err != nil {
			t.Fatal(err)
		}
	}
	i := 0
	for got, err := range client.New(conn).Archive(testContext(t)) {
		want := client.Archived{
			Submission: fmt.Sprint("s", i), Attempt: 1, Problem: "sum", Language: "cpp17", Pool: message.DefaultPool, Lane: message.LanePractice,
		}
		if err != nil || got != want {
			t.Fatalf("entry %d: %+v, %v, want %+v", i, got, err, want)
		}
		i++
	}
	if i != n {
		t.Errorf("%d entries, want %d", i, n)
	}
	wantConsumers(t, conn, message.StreamArchive, 0)
}

func TestSubmitOfLaterAttemptIsCurrent(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), byAttempt)
	s := submission("arena.s1")
	submitWhenReady(t, conn, s)
	current(t, conn, "arena.s1")
	s.Attempt = 7
	submit(t, conn, s)
	if got := current(t, conn, "arena.s1"); got.Attempt != 7 {
		t.Errorf("current attempt %d, want 7", got.Attempt)
	}
	s.Attempt = 5
	submit(t, conn, s)
	emptied(t, conn)
	if got := current(t, conn, "arena.s1"); got.Attempt != 7 {
		t.Errorf("current attempt %d, want 7 still", got.Attempt)
	}
}

func TestReplayDeadLetters(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	var mended atomic.Bool
	start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		if !mended.Load() {
			return message.Report{}, &message.Rejection{Class: verdict.ClassProblem, Err: errors.New("no such problem")}
		}
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, submission("s1"), submission("s2"))
	publish(t, conn, []byte(messagetest.Without("files")[:20]))
	emptied(t, conn)
	mended.Store(true)
	platform := client.New(conn)
	replayAll := func() (receipts []client.Receipt, refused []error) {
		for letter, err := range platform.DeadLetters(testContext(t), "") {
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := platform.Replay(testContext(t), letter, client.Target{})
			if err != nil {
				refused = append(refused, err)
			} else {
				receipts = append(receipts, receipt)
			}
		}
		return receipts, refused
	}
	receipts, refused := replayAll()
	if diff := cmp.Diff([]client.Receipt{{Submission: "s1", Attempt: 2}, {Submission: "s2", Attempt: 2}}, receipts); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	if len(refused) != 1 || !errors.Is(refused[0], message.ErrRejected) || !strings.Contains(refused[0].Error(), "not JSON") {
		t.Errorf("refused: %v, want the one that is not JSON", refused)
	}
	for _, id := range []string{"s1", "s2"} {
		if got := current(t, conn, id); got.Attempt != 2 || got.Verdict != verdict.Accepted {
			t.Errorf("%s: verdict %s of attempt %d", id, got.Verdict, got.Attempt)
		}
	}
	if lane := archived(t, conn, "s1").Header.Get(message.HeaderLane); lane != message.LanePractice {
		t.Errorf("replayed to lane %s, want that of the original", lane)
	}
	receipts, refused = replayAll()
	if len(receipts) > 0 || len(refused) != 3 || !errors.Is(refused[0], client.ErrSuperseded) {
		t.Errorf("replayed once more: %v, %v", receipts, refused)
	}
	wantConsumers(t, conn, message.StreamDead, 0)
}

// A letter whose attempt has no verdict, because the worker died between the two, is published as it was.
func TestReplayWithoutVerdict(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn)
	payload := messagetest.With("note", "ours")
	letter := message.DeadLetter{
		Version: 1, Submission: "s1", Attempt: 1, Class: verdict.ClassHost, Reason: "lost",
		Subject: message.SubmissionSubject(message.DefaultPool, message.LaneContest, "s1"), Payload: []byte(payload),
	}
	receipt, err := client.New(conn).Replay(testContext(t), letter, client.Target{})
	if err != nil || receipt.Attempt != 1 {
		t.Errorf("Replay = %+v, %v", receipt, err)
	}
	waitVerdict(t, conn, "s1")
	if got := archived(t, conn, "s1"); string(got.Data) != payload {
		t.Errorf("published %s, want %s", got.Data, payload)
	}
	letter.Truncated = true
	if _, err := client.New(conn).Replay(testContext(t), letter, client.Target{}); !errors.Is(err, message.ErrRejected) {
		t.Errorf("Replay of a cut letter = %v", err)
	}
}

// A verdict that is not of the attempt on whose subject it lies is never taken for its verdict.
func TestWaitRefusesForeignVerdict(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	submitWhenReady(t, conn)
	if _, err := conn.JetStream().Publish(testContext(t), message.VerdictSubject("s1", 1), []byte(`{"submission_id":"s2","attempt":1,"verdict":"AC"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.New(conn).Wait(testContext(t), "s1", 1); err == nil || !strings.Contains(err.Error(), "judge.verdicts.s1.1 is not the verdict") {
		t.Errorf("Wait = %v, want a refusal", err)
	}
}
