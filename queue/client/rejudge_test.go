package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// byAttempt judges the first attempt wrong and later ones right.
func byAttempt(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
	report := queuetest.Accepted(s)
	if s.Attempt == 1 {
		report.Verdict = verdict.WrongAnswer
	}
	return report, nil
}

func TestRejudge(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), byAttempt)
	submitWhenReady(t, conn)
	payload := apitest.With("note", "a < b && c > d")
	queuetest.Publish(t, conn, []byte(payload))
	if got := queuetest.Current(t, conn, "s1"); got.Attempt != 1 || got.Verdict != verdict.WrongAnswer {
		t.Errorf("current verdict %s of attempt %d, want WA of 1", got.Verdict, got.Attempt)
	}
	platform := client.New(conn)
	for attempt := 2; attempt <= 3; attempt++ {
		receipt, err := platform.Rejudge(queuetest.Context(t), "s1", client.Target{})
		if want := (client.Receipt{Submission: "s1", Attempt: attempt}); err != nil || receipt != want {
			t.Fatalf("Rejudge = %+v, %v, want %+v", receipt, err, want)
		}
		if got := queuetest.Current(t, conn, "s1"); got.Attempt != attempt || got.Verdict != verdict.Accepted {
			t.Errorf("current verdict %s of attempt %d, want AC of %d", got.Verdict, got.Attempt, attempt)
		}
		msg := queuetest.Archived(t, conn, "s1")
		var was, is map[string]any
		queuetest.DecodeJSON(t, []byte(payload), &was)
		queuetest.DecodeJSON(t, msg.Data, &is)
		was["attempt"] = float64(attempt)
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("message of the new attempt (-want +got):\n%s", diff)
		}
		if lane := msg.Header.Get(message.HeaderLane); lane != message.LaneRejudge {
			t.Errorf("judged in lane %s", lane)
		}
	}
	if got := queuetest.WaitVerdict(t, conn, "s1"); got.Verdict != verdict.WrongAnswer {
		t.Errorf("verdict of attempt 1 has become %s", got.Verdict)
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 3)
	queuetest.WantCount(t, conn, message.BucketStream(message.BucketCancellations), 0) // each had its verdict
}

func TestRejudgeRefuses(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	platform := client.New(conn)
	if _, err := platform.Rejudge(queuetest.Context(t), "s1", client.Target{}); err == nil || !strings.Contains(err.Error(), "start a worker first") {
		t.Errorf("Rejudge without streams = %v", err)
	}
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
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
		if _, err := platform.Rejudge(queuetest.Context(t), test.id, test.to); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Rejudge = %v, want %q in it", test.name, err, test.want)
		}
	}
	if n, err := platform.Attempt(queuetest.Context(t), "s1"); n != 1 || err != nil {
		t.Errorf("Attempt = %d, %v: a refused call took a number", n, err)
	}
}

// Several rejudges of one submission at once make an attempt each, and in the end the last one counts.
func TestRejudgeConcurrently(t *testing.T) {
	const n = 8
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Slots = 3
	start(t, conn, cfg, byAttempt)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Current(t, conn, "s1")
	platform := client.New(conn)
	var calls sync.WaitGroup
	var mu sync.Mutex
	attempts := map[int]bool{}
	for range n {
		calls.Go(func() {
			receipt, err := platform.Rejudge(queuetest.Context(t), "s1", client.Target{})
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
	if got := queuetest.Current(t, conn, "s1"); got.Attempt != n+1 || got.Verdict != verdict.Accepted {
		t.Errorf("current verdict %s of attempt %d, want AC of %d", got.Verdict, got.Attempt, n+1)
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, n+1)
}

// A rejudge while the attempt runs ends it; who waits for the submission gets the new verdict, and who watches it
// never sees the end of the old attempt.
func TestRejudgeSupersedes(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var tries atomic.Int32
	running := make(chan struct{})
	start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if s.Attempt == 2 {
			close(running)
			<-ctx.Done()
			return api.Report{}, ctx.Err()
		}
		tries.Add(1)
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Current(t, conn, "s1")
	platform := client.New(conn)
	if _, err := platform.Rejudge(queuetest.Context(t), "s1", client.Target{}); err != nil {
		t.Fatal(err)
	}
	queuetest.Receive(t, running, "attempt 2 to run")
	var following sync.WaitGroup
	following.Go(func() {
		if got, err := platform.Wait(queuetest.Context(t), "s1", client.Current); err != nil || got.Attempt != 3 {
			t.Errorf("Wait = attempt %d, %v, want 3", got.Attempt, err)
		}
	})
	seen := make(chan api.Event, 1)
	following.Go(func() {
		for e, err := range platform.Watch(queuetest.Context(t), "s1", client.Current) {
			if err != nil {
				t.Error(err)
				return
			}
			if e.Stage == api.StageDone {
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
	queuetest.Receive(t, seen, "the first event")
	if _, err := platform.Rejudge(queuetest.Context(t), "s1", client.Target{}); err != nil {
		t.Fatal(err)
	}
	following.Wait()
	got, err := platform.Wait(queuetest.Context(t), "s1", 2)
	if err != nil || got.Verdict != verdict.Canceled || got.CancelReason != "superseded by attempt 3" {
		t.Errorf("attempt 2: verdict %s, %q, %v", got.Verdict, got.CancelReason, err)
	}
	for e, err := range platform.Watch(queuetest.Context(t), "s1", 2) {
		if err != nil || e.Attempt != 2 {
			t.Fatalf("event %+v, %v", e, err)
		}
		if e.Stage == api.StageDone {
			break
		}
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 3)
}

// Whoever waits for the current attempt while one rejudge follows the other never gets an older one.
func TestCurrentIsNeverOld(t *testing.T) {
	const n = 30
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Current(t, conn, "s1")
	platform := client.New(conn)
	for i := range n {
		receipt, err := platform.Rejudge(queuetest.Context(t), "s1", client.Target{})
		if err != nil {
			t.Fatal(err)
		}
		if got := queuetest.Current(t, conn, "s1"); got.Attempt != receipt.Attempt {
			t.Fatalf("round %d: verdict of attempt %d, want %d", i, got.Attempt, receipt.Attempt)
		}
	}
}

func TestSubmitOfLaterAttemptIsCurrent(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), byAttempt)
	s := queuetest.Submission("arena.s1")
	submitWhenReady(t, conn, s)
	queuetest.Current(t, conn, "arena.s1")
	s.Attempt = 7
	queuetest.Submit(t, conn, s)
	if got := queuetest.Current(t, conn, "arena.s1"); got.Attempt != 7 {
		t.Errorf("current attempt %d, want 7", got.Attempt)
	}
	s.Attempt = 5
	queuetest.Submit(t, conn, s)
	queuetest.Emptied(t, conn)
	if got := queuetest.Current(t, conn, "arena.s1"); got.Attempt != 7 {
		t.Errorf("current attempt %d, want 7 still", got.Attempt)
	}
}

func TestReplayDeadLetters(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var mended atomic.Bool
	start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if !mended.Load() {
			return api.Report{}, &api.Rejection{Class: verdict.ClassProblem, Err: errors.New("no such problem")}
		}
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"), queuetest.Submission("s2"))
	queuetest.Publish(t, conn, []byte(apitest.Without("files")[:20]))
	queuetest.Emptied(t, conn)
	mended.Store(true)
	platform := client.New(conn)
	replayAll := func() (receipts []client.Receipt, refused []error) {
		for letter, err := range platform.DeadLetters(queuetest.Context(t), "") {
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := platform.Replay(queuetest.Context(t), letter, client.Target{})
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
	if len(refused) != 1 || !errors.Is(refused[0], api.ErrRejected) || !strings.Contains(refused[0].Error(), "not JSON") {
		t.Errorf("refused: %v, want the one that is not JSON", refused)
	}
	for _, id := range []string{"s1", "s2"} {
		if got := queuetest.Current(t, conn, id); got.Attempt != 2 || got.Verdict != verdict.Accepted {
			t.Errorf("%s: verdict %s of attempt %d", id, got.Verdict, got.Attempt)
		}
	}
	if lane := queuetest.Archived(t, conn, "s1").Header.Get(message.HeaderLane); lane != message.LanePractice {
		t.Errorf("replayed to lane %s, want that of the original", lane)
	}
	receipts, refused = replayAll()
	if len(receipts) > 0 || len(refused) != 3 || !errors.Is(refused[0], client.ErrSuperseded) {
		t.Errorf("replayed once more: %v, %v", receipts, refused)
	}
	queuetest.WantConsumers(t, conn, message.StreamDead, 0)
}

// A letter whose attempt has no verdict, because the worker died between the two, is published as it was.
func TestReplayWithoutVerdict(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn)
	payload := apitest.With("note", "ours")
	letter := message.DeadLetter{
		Version: 1, Submission: "s1", Attempt: 1, Class: verdict.ClassHost, Reason: "lost",
		Subject: message.SubmissionSubject(message.DefaultPool, message.LaneContest, "s1"), Payload: []byte(payload),
	}
	receipt, err := client.New(conn).Replay(queuetest.Context(t), letter, client.Target{})
	if err != nil || receipt.Attempt != 1 {
		t.Errorf("Replay = %+v, %v", receipt, err)
	}
	queuetest.WaitVerdict(t, conn, "s1")
	if got := queuetest.Archived(t, conn, "s1"); string(got.Data) != payload {
		t.Errorf("published %s, want %s", got.Data, payload)
	}
	letter.Truncated = true
	if _, err := client.New(conn).Replay(queuetest.Context(t), letter, client.Target{}); !errors.Is(err, api.ErrRejected) {
		t.Errorf("Replay of a cut letter = %v", err)
	}
}

// A verdict that is not of the attempt on whose subject it lies is never taken for its verdict.
func TestWaitRefusesForeignVerdict(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	if _, err := conn.JetStream().Publish(queuetest.Context(t), message.VerdictSubject("s1", 1), []byte(`{"submission_id":"s2","attempt":1,"verdict":"AC"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.New(conn).Wait(queuetest.Context(t), "s1", 1); err == nil || !strings.Contains(err.Error(), "judge.verdicts.s1.1 is not the verdict") {
		t.Errorf("Wait = %v, want a refusal", err)
	}
}
