package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// untilCanceled judges for ever, and tells when it starts and why it ended.
func untilCanceled(started chan<- string, ended chan<- error) Judge {
	return func(ctx context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		started <- s.ID
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return api.Report{}, fmt.Errorf("run program: %w", ctx.Err())
	}
}

func cancelAttempt(t testing.TB, conn *client.Conn, id, reason string) {
	t.Helper()
	if err := client.New(conn).Cancel(queuetest.Context(t), id, 1, reason); err != nil {
		t.Fatal(err)
	}
}

// wantCanceled makes sure that there is one verdict, CANCELED, and that the last event says so too.
func wantCanceled(t testing.TB, conn *client.Conn, id, reason string) {
	t.Helper()
	got := queuetest.WaitVerdict(t, conn, id)
	want := api.Report{
		Version: 1, Submission: id, Attempt: 1, Problem: "sum", Language: "cpp17", Worker: "tester",
		Verdict: verdict.Canceled, CancelReason: reason, Tests: []api.TestReport{}, Phases: got.Phases,
		ContentSHA256: queuetest.Submission(id).ContentDigest(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdict of %s (-want +got):\n%s", id, diff)
	}
	events := queuetest.Watch(t, conn, id)
	if last := events[len(events)-1]; last.Verdict != "CANCELED" {
		t.Errorf("last event %+v", last)
	}
}

func TestCancelRunning(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started, ended := make(chan string, 2), make(chan error, 2)
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, untilCanceled(started, ended))
	submitWhenReady(t, conn, queuetest.Submission("s1"), queuetest.Submission("s2"))
	queuetest.Receive(t, started, "the first submission to start")
	queuetest.Receive(t, started, "the second submission to start")
	cancelAttempt(t, conn, "s1", "wrong file")
	if err := queuetest.Receive(t, ended, "the end of the work"); !errors.Is(err, ErrCanceled) {
		t.Errorf("work ended because of %v, want ErrCanceled", err)
	}
	wantCanceled(t, conn, "s1", "wrong file")
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1) // the other one runs on
	cancelAttempt(t, conn, "s2", "")
	wantCanceled(t, conn, "s2", "")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

// What was canceled before it was delivered is never judged to the end, however short that takes.
func TestCancelQueued(t *testing.T) {
	const n = 100
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids(n) {
		queuetest.Submit(t, conn, queuetest.Submission(id))
		cancelAttempt(t, conn, id, "contest is over")
	}
	start(t, conn, quick(), queuetest.Accept)
	for _, id := range ids(n) {
		wantCanceled(t, conn, id, "contest is over")
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, n)
}

// What waits in the queue is canceled without being delivered, whoever would get it, and can be judged again.
func TestCancelWaiting(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started, ended := make(chan string, 3), make(chan error, 3)
	r := start(t, conn, quick(), untilCanceled(started, ended))
	submitWhenReady(t, conn, queuetest.Submission("busy"))
	queuetest.Receive(t, started, "the submission that keeps the slot busy")
	queuetest.Submit(t, conn, queuetest.Submission("s1"), queuetest.Submission("kept"))
	if err := client.New(conn).Submit(queuetest.Context(t), "nobody", message.LaneContest, queuetest.Submission("s2"), client.StoreAnyway); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"missing", "s1", "s2"} {
		cancelAttempt(t, conn, id, "wrong file")
	}
	for _, id := range []string{"s1", "s2"} {
		wantCanceled(t, conn, id, "wrong file")
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, 2)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 4)
	if r.Busy() != 1 {
		t.Errorf("%d slots busy, want the one with the first submission", r.Busy())
	}
	cancelAttempt(t, conn, "busy", "")
	if got := queuetest.Receive(t, started, "the next to be judged"); got != "kept" {
		t.Errorf("%s is judged, want the one that was not canceled", got)
	}
	if _, err := client.New(conn).Rejudge(queuetest.Context(t), "s1", client.Target{}); err != nil {
		t.Errorf("judge again what was canceled in the queue: %v", err)
	}
}

// Of several workers one looks into the queue.
func TestCancelWaitingIsForOne(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started, ended := make(chan string, 2), make(chan error, 2)
	cfg := quick()
	cfg.Peers = peersOf(conn, cfg.Name, other("cpp17")) // "other" comes before "tester"
	start(t, conn, cfg, untilCanceled(started, ended))
	submitWhenReady(t, conn, queuetest.Submission("busy"))
	queuetest.Receive(t, started, "the submission that keeps the slot busy")
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	cancelAttempt(t, conn, "s1", "")
	time.Sleep(3 * cancelQueuedDelay)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 0)
	cancelAttempt(t, conn, "busy", "")
	wantCanceled(t, conn, "s1", "")
}

func TestCancelBeforeSubmit(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	cancelAttempt(t, conn, "s1", "never mind")
	cancelAttempt(t, conn, "s1", "really")
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	wantCanceled(t, conn, "s1", "really")
	queuetest.Emptied(t, conn)
}

func TestCancelWhileResting(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.RetryDelay, cfg.MaxRetryDelay = 300*time.Millisecond, 300*time.Millisecond
	faulted := make(chan struct{}, cfg.withDefaults().MaxDeliver)
	start(t, conn, cfg, func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		faulted <- struct{}{}
		return api.Report{}, errors.New("lease container: no space left on device")
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.Receive(t, faulted, "the fault")
	cancelAttempt(t, conn, "s1", "enough")
	wantCanceled(t, conn, "s1", "enough")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

func TestCancelWhatIsJudged(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
	err := client.New(conn).Cancel(queuetest.Context(t), "s1", 1, "")
	var judged *client.JudgedError
	if !errors.As(err, &judged) || judged.Report.Verdict != verdict.Accepted {
		t.Errorf("Cancel = %v, want a JudgedError with AC", err)
	}
	queuetest.WantCount(t, conn, message.BucketStream(message.BucketCancellations), 0)
}

func TestCancelRefuses(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	for _, test := range []struct {
		name, id string
		attempt  int
		reason   string
		want     string
	}{
		{"wildcard", "*", 1, "", `id "*"`},
		{"attempt", "s1", -1, "", "attempt: got -1"},
		{"no current attempt", "s1", client.Current, "", "start a worker first"},
		{"long reason", "s1", 1, strings.Repeat("ü", 501), "501 characters"},
		{"bytes", "s1", 1, "\xff", "UTF-8"},
		{"no bucket", "s1", 1, strings.Repeat("ü", 500), "start a worker first"},
	} {
		if err := client.New(conn).Cancel(queuetest.Context(t), test.id, test.attempt, test.reason); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Cancel = %v, want %q in it", test.name, err, test.want)
		}
	}
}

// An entry that somebody made by hand cancels too, and one that is removed does not.
func TestCancelByHand(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	bucket, err := conn.JetStream().KeyValue(queuetest.Context(t), message.BucketCancellations)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.PutString(queuetest.Context(t), "s1.1", "stop it"); err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.PutString(queuetest.Context(t), "s2.1", "stop it"); err != nil {
		t.Fatal(err)
	}
	if err := bucket.Delete(queuetest.Context(t), "s2.1"); err != nil {
		t.Fatal(err)
	}
	start(t, conn, quick(), queuetest.Accept)
	queuetest.Submit(t, conn, queuetest.Submission("s1"), queuetest.Submission("s2"))
	wantCanceled(t, conn, "s1", "")
	if got := queuetest.WaitVerdict(t, conn, "s2").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC: the cancellation was taken back", got)
	}
}

// A cancellation that races with the end of judging leaves one verdict and one last event, which agree.
func TestCancelRacesWithCompletion(t *testing.T) {
	const n = 300
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Slots = 4
	submitWhenReady(t, conn)
	const probes = 20
	began := time.Now()
	for i := range probes {
		cancelAttempt(t, conn, fmt.Sprint("nobody", i), "")
	}
	latency := time.Since(began) / probes
	started := make(chan string, n)
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		started <- s.ID
		if !retry.Sleep(ctx, rand.N(6*latency)) { // ends about when the cancellation comes
			return api.Report{}, ctx.Err()
		}
		return queuetest.Accept(ctx, s, emit)
	})
	for _, id := range ids(n) {
		queuetest.Submit(t, conn, queuetest.Submission(id))
	}
	platform := client.New(conn)
	var canceling sync.WaitGroup
	for range n {
		id := queuetest.Receive(t, started, "a submission to start")
		canceling.Go(func() {
			err := platform.Cancel(queuetest.Context(t), id, 1, "race")
			if judged := (*client.JudgedError)(nil); err != nil && !errors.As(err, &judged) {
				t.Error(err)
			}
		})
	}
	canceling.Wait()
	queuetest.Emptied(t, conn)
	counts := map[verdict.Code]int{}
	for _, id := range ids(n) {
		got := queuetest.WaitVerdict(t, conn, id).Verdict
		counts[got]++
		done := 0
		for _, e := range queuetest.Watch(t, conn, id) {
			if e.Stage == api.StageDone {
				done++
			}
			if e.Stage == api.StageDone && e.Verdict != string(got) {
				t.Errorf("%s: verdict %s, last event %s", id, got, e.Verdict)
			}
		}
		if done != 1 {
			t.Errorf("%s: %d last events", id, done)
		}
	}
	t.Logf("a cancellation takes %v; verdicts %v", latency, counts)
	if counts[verdict.Accepted]+counts[verdict.Canceled] != n || len(counts) != 2 {
		t.Errorf("verdicts %v, want AC and CANCELED, and nothing else", counts)
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, n)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

// Two workers have the same attempt in hand: both let go, and there is one verdict.
func TestCancelInTwoHands(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started, ended := make(chan string, 2), make(chan error, 2)
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, untilCanceled(started, ended))
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	submitAgain(t, conn, queuetest.Submission("s1"))
	queuetest.Receive(t, started, "the first copy")
	queuetest.Receive(t, started, "the second copy")
	cancelAttempt(t, conn, "s1", "twice")
	queuetest.Receive(t, ended, "the end of one")
	queuetest.Receive(t, ended, "the end of the other")
	wantCanceled(t, conn, "s1", "twice")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
}

// A bucket that is made anew under the worker cancels as the old one did.
func TestCancelThroughNewBucket(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	started, ended := make(chan string, 1), make(chan error, 1)
	start(t, conn, quick(), untilCanceled(started, ended))
	submitWhenReady(t, conn, queuetest.Submission("s0"))
	cancelAttempt(t, conn, queuetest.Receive(t, started, "the submission"), "")
	queuetest.Receive(t, ended, "its end")
	if err := conn.JetStream().DeleteKeyValue(queuetest.Context(t), message.BucketCancellations); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, queuetest.Submission("s1")) // without a bucket, submissions are judged
	queuetest.Receive(t, started, "the next submission")
	submitWhenReady(t, conn)
	cancelAttempt(t, conn, "s1", "anew")
	queuetest.Receive(t, ended, "its end")
	wantCanceled(t, conn, "s1", "anew")
}

// A worker that was cut off when the cancellation came hears of it when it is back.
func TestCancelWhileCutOff(t *testing.T) {
	srv := queuetest.Server(t)
	network := queuetest.NewRelay(t, strings.TrimPrefix(srv.URL(), "nats://"))
	conn, platform := queuetest.Connect(t, network.URL()), queuetest.Connect(t, srv.URL())
	started, ended := make(chan string, 10), make(chan error, 10)
	cfg := quick()
	cfg.AckWait = 10 * time.Second // no redelivery: the reconnection alone brings it
	start(t, conn, cfg, untilCanceled(started, ended))
	submitWhenReady(t, platform, queuetest.Submission("s1"))
	queuetest.Receive(t, started, "the submission")
	network.Cut(true)
	queuetest.Eventually(t, "the worker is cut off", func() bool { return !conn.Connected() })
	cancelAttempt(t, platform, "s1", "meanwhile")
	network.Cut(false)
	if err := queuetest.Receive(t, ended, "the end of the work"); !errors.Is(err, ErrCanceled) {
		t.Errorf("work ended because of %v", err)
	}
	wantCanceled(t, platform, "s1", "meanwhile")
}

// Nothing is kept of what is not in hand.
func TestCancelsKeepNothing(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	r := start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s0"))
	for _, id := range ids(50)[1:] {
		cancelAttempt(t, conn, id, "")
	}
	queuetest.WaitVerdict(t, conn, "s0")
	queuetest.Emptied(t, conn)
	r.Stop(t)
	if n := len(r.cancellations.running); n != 0 {
		t.Errorf("%d submissions in hand after the end", n)
	}
}
