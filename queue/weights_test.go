package queue

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

func TestWeightsAreChecked(t *testing.T) {
	for want, weights := range map[string]map[string]int{
		"lane \"exam\"":      {"exam": 1},
		"got -1":             {message.LaneContest: -1},
		"got 1001":           {message.LaneContest: 1001},
		"would take nothing": {message.LaneContest: 0},
	} {
		_, err := NewWorker(nil, Config{Weights: weights}, queuetest.Accept)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewWorker with %v = %v, want %q", weights, err, want)
		}
	}
}

// One slot with all lanes full: contests go first, and the others are not starved.
func TestWorkerServesLanesByWeight(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	const each = 30
	for _, lane := range message.Lanes() {
		for i := range each {
			if err := client.New(conn).Submit(queuetest.Context(t), message.DefaultPool, lane, queuetest.Submission(fmt.Sprint(lane, i)), client.StoreAnyway); err != nil {
				t.Fatal(err)
			}
		}
	}
	var mu sync.Mutex
	var order []string
	start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		mu.Lock()
		order = append(order, strings.TrimRight(s.ID, "0123456789"))
		mu.Unlock()
		retry.Sleep(ctx, 3*time.Millisecond) // the program runs
		return queuetest.Accept(ctx, s, emit)
	})
	queuetest.Emptied(t, conn)
	counts := map[string]int{}
	for _, lane := range order[:each] {
		counts[lane]++
	}
	if counts[message.LaneContest] < each/2 || counts[message.LanePractice] == 0 {
		t.Errorf("the first %d were %v, want most of them contest, and some practice", each, counts)
	}
	if len(order) != 3*each {
		t.Errorf("%d judged, want %d", len(order), 3*each)
	}
}

// A worker that leaves a lane out leaves its submissions to others.
func TestWorkerLeavesLanesOut(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Weights = map[string]int{message.LaneContest: 1}
	start(t, conn, cfg, queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("practice"))
	if err := client.New(conn).Submit(queuetest.Context(t), message.DefaultPool, message.LaneContest, queuetest.Submission("contest"), client.StoreAnyway); err != nil {
		t.Fatal(err)
	}
	queuetest.WaitVerdict(t, conn, "contest")
	queuetest.Eventually(t, "the one in the other lane is left", func() bool { return queuetest.Count(t, conn, message.StreamSubmissions) == 1 })
	cfg.Weights = map[string]int{message.LanePractice: 1}
	start(t, queuetest.Connect(t, conn.URL()), cfg, queuetest.Accept)
	queuetest.WaitVerdict(t, conn, "practice")
}

// A worker that replaces one of an earlier version takes over what waits, from a stream that knows no doorbell.
func TestWorkerTakesOverFromAnEarlierVersion(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	js, ctx := conn.JetStream(), queuetest.Context(t)
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: message.StreamSubmissions, Subjects: []string{"judge.submissions.>"}, Retention: jetstream.WorkQueuePolicy,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateConsumer(ctx, message.StreamSubmissions, jetstream.ConsumerConfig{
		Durable: "pool-default", FilterSubject: "judge.submissions.default.>", AckPolicy: jetstream.AckExplicitPolicy,
	}); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, queuetest.Submission("old"))
	rings := make(chan string, 10)
	sub, err := conn.NATS().Subscribe("judge.doorbell.>", func(msg *nats.Msg) { rings <- fmt.Sprintf("%s %q", msg.Subject, msg.Data) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
	start(t, conn, quick(), queuetest.Accept)
	queuetest.WaitVerdict(t, conn, "old")
	queuetest.Submit(t, conn, queuetest.Submission("new"))
	queuetest.WaitVerdict(t, conn, "new")
	if got := queuetest.Receive(t, rings, "a ring"); got != `judge.doorbell.default.practice ""` {
		t.Errorf("ring %s, want one without content", got)
	}
}

// A closed gate keeps submissions in the queue, and requests out, until it opens.
func TestGateKeepsWorkOut(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Gate = &Gate{}
	r := start(t, conn, cfg, queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("before"))
	queuetest.WaitVerdict(t, conn, "before")
	cfg.Gate.Close("disk", "disk is full")
	cfg.Gate.Close("memory", "memory is short")
	if got := cfg.Gate.Reason(); got != "disk is full; memory is short" || r.Unready() == "" {
		t.Errorf("Reason() = %q, Unready() = %q", got, r.Unready())
	}
	if _, ok := r.Borrow(); ok {
		t.Error("Borrow succeeded through a closed gate")
	}
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	cfg.Gate.Open("disk")
	if _, ok := r.Borrow(); ok {
		t.Error("Borrow succeeded through a gate that is still closed for one reason")
	}
	cfg.Gate.Open("memory")
	queuetest.WaitVerdict(t, conn, "s1")
}

// Requests and submissions share the slots.
func TestBorrowedSlotsAreNotUsedForSubmissions(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	r := start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("before"))
	queuetest.WaitVerdict(t, conn, "before")
	var giveBack func()
	queuetest.Eventually(t, "the slot is free", func() (ok bool) { giveBack, ok = r.Borrow(); return ok })
	if _, ok := r.Borrow(); ok {
		t.Fatal("the only slot was lent twice")
	}
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	retry.Sleep(queuetest.Context(t), 50*time.Millisecond) // long enough for a worker that does not care
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	giveBack()
	queuetest.WaitVerdict(t, conn, "s1")
}

// A worker goes on with the weights that it has when it is given such by which it would take nothing.
func TestSetWeightsRefuses(t *testing.T) {
	w, err := NewWorker(nil, Config{Weights: map[string]int{message.LaneContest: 2}, Grace: time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []map[string]int{nil, {message.LaneContest: 0}, {"exam": 1}, {message.LaneContest: -1}} {
		if w.SetWeights(bad) == nil {
			t.Errorf("SetWeights takes %v", bad)
		}
	}
	if diff := cmp.Diff([]message.Lane{{Name: message.LaneContest, Weight: 2}}, w.Lanes()); diff != "" {
		t.Errorf("Lanes() mismatch (-want +got):\n%s", diff)
	}
	if err := w.SetWeights(map[string]int{message.LaneRejudge: 1}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]message.Lane{{Name: message.LaneRejudge, Weight: 1}}, w.Lanes()); diff != "" {
		t.Errorf("Lanes() mismatch (-want +got):\n%s", diff)
	}
	if w.SetGrace(time.Minute); w.Grace() != time.Minute {
		t.Errorf("Grace() = %v, want 1m", w.Grace())
	}
}
