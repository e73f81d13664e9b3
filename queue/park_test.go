package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// patiently is a request that can wait for a slot.
func patiently(wait time.Duration, input string) api.RunRequest {
	r := runRequest(input)
	r.ID, r.WaitUsec = "", wait.Microseconds()
	return r
}

// askToWait sends a request, and returns where its answer comes.
func askToWait(t testing.TB, conn *client.Conn, r api.RunRequest, headers map[string]string) <-chan api.RunResult {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan api.RunResult, 1)
	inbox := conn.NATS().NewInbox()
	sub, err := conn.NATS().Subscribe(inbox, func(msg *nats.Msg) {
		var result api.RunResult
		if err := json.Unmarshal(msg.Data, &result); err != nil {
			t.Errorf("answer %q: %v", msg.Data, err)
		}
		answers <- result
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() }) // the connection may be closed by then
	msg := nats.NewMsg("judge.run.default")
	msg.Reply, msg.Data = inbox, data
	for name, value := range headers {
		msg.Header.Set(name, value)
	}
	if err := conn.NATS().PublishMsg(msg); err != nil {
		t.Fatal(err)
	}
	return answers
}

// occupied is a worker with its only slot taken until goOn has something for it.
func occupied(t *testing.T) (conn *client.Conn, s *served, begun chan string, goOn chan struct{}) {
	t.Helper()
	conn = queuetest.Connect(t, queuetest.Server(t).URL())
	begun, goOn = make(chan string, 1000), make(chan struct{})
	s = serveRuns(t, conn, quick(), func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
		begun <- r.Inputs[0].Text
		select {
		case <-goOn:
			return echo(ctx, r, path, most)
		case <-ctx.Done():
			return api.RunResult{}, context.Cause(ctx)
		}
	})
	askToWait(t, conn, patiently(time.Minute, "first"), nil)
	queuetest.Receive(t, begun, "the first request")
	return conn, s, begun, goOn
}

func waitingFor(t *testing.T, s *served, n int) {
	t.Helper()
	queuetest.Eventually(t, fmt.Sprint(n, " requests wait"), func() bool { return s.Worker.parked.len() == n })
}

// Requests wait in the order in which they came, and each gets the slot when the one before has ended.
func TestRunsWaitForASlot(t *testing.T) {
	conn, s, begun, goOn := occupied(t)
	var answers []<-chan api.RunResult
	for i := range 5 {
		answers = append(answers, askToWait(t, conn, patiently(time.Minute, fmt.Sprint(i)), nil))
		waitingFor(t, s, i+1)
	}
	for i := range 5 {
		goOn <- struct{}{}
		if got := queuetest.Receive(t, begun, "the next request"); got != fmt.Sprint(i) {
			t.Errorf("request %s runs, want %d", got, i)
		}
	}
	close(goOn)
	for i, answer := range answers {
		if got := queuetest.Receive(t, answer, "a result"); got.Status != api.RunOK || got.Runs[0].Stdout.Text != fmt.Sprint(i) {
			t.Errorf("request %d: %+v", i, got)
		}
	}
}

// What waits too long is told so, and so is what comes when too many wait.
func TestRunsWaitNoLonger(t *testing.T) {
	conn, s, _, _ := occupied(t)
	got := queuetest.Receive(t, askToWait(t, conn, patiently(50*time.Millisecond, "x"), nil), "the end of the wait")
	if got.Error == nil || got.Error.Class != api.RunBusy {
		t.Errorf("after its time: %+v", got)
	}
	for range parkedPerSlot {
		askToWait(t, conn, patiently(time.Minute, "x"), nil)
	}
	waitingFor(t, s, parkedPerSlot)
	got = queuetest.Receive(t, askToWait(t, conn, patiently(time.Minute, "x"), nil), "the one too many")
	if got.Error == nil || got.Error.Class != api.RunBusy {
		t.Errorf("one too many: %+v", got)
	}
	waitingFor(t, s, parkedPerSlot)
}

// Submissions come first, however many requests wait.
func TestSubmissionsGoBeforeRunsThatWait(t *testing.T) {
	conn, s, begun, goOn := occupied(t)
	for range 5 {
		askToWait(t, conn, patiently(time.Minute, "x"), nil)
	}
	waitingFor(t, s, 5)
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	queuetest.Submit(t, conn, queuetest.Submission("s2"))
	queuetest.Eventually(t, "the worker is told of the submissions", func() bool {
		return len(s.Worker.source.lanes.Order(false)) > 0
	})
	goOn <- struct{}{}
	queuetest.Receive(t, begun, "the next request")
	if n := len(queuetest.Messages(t, conn, message.StreamVerdicts)); n != 2 {
		t.Errorf("%d of 2 submissions were judged before a request that waited", n)
	}
	close(goOn)
}

// When a worker stops or pauses, who waits is told at once, so as to ask another one.
func TestRunsThatWaitAreSentAway(t *testing.T) {
	conn, s, begun, goOn := occupied(t)
	answer := askToWait(t, conn, patiently(time.Minute, "x"), nil)
	waitingFor(t, s, 1)
	s.Worker.cfg.Gate.Close("test", "too little disk")
	if got := queuetest.Receive(t, answer, "an answer of a paused worker"); got.Error == nil || got.Error.Class != api.RunUnavailable {
		t.Errorf("paused: %+v", got)
	}
	s.Worker.cfg.Gate.Open("test")
	queuetest.Eventually(t, "the worker takes work", takesWork(s))
	answer = askToWait(t, conn, patiently(time.Minute, "x"), nil)
	waitingFor(t, s, 1)
	s.Drain()
	if got := queuetest.Receive(t, answer, "an answer of a stopping worker"); got.Error == nil || got.Error.Class != api.RunUnavailable {
		t.Errorf("stopping: %+v", got)
	}
	close(goOn)
	if len(begun) > 0 {
		t.Errorf("%s ran", <-begun)
	}
}

// A request whose caller has gone is not run. One whose caller says nothing of itself is.
func TestRunsOfCallersThatAreGone(t *testing.T) {
	conn, s, begun, goOn := occupied(t)
	inbox := conn.NATS().NewInbox()
	msg := nats.NewMsg("judge.run.default")
	data, err := json.Marshal(patiently(time.Minute, "gone"))
	if err != nil {
		t.Fatal(err)
	}
	msg.Reply, msg.Data = inbox+".1", data
	msg.Header.Set(message.RunCallerHeader, inbox+".caller")
	msg.Header.Set(message.RunTokenHeader, "t1")
	sub, err := conn.NATS().Subscribe(inbox+".*", func(m *nats.Msg) { _ = m.Respond(nil) })
	if err == nil {
		err = conn.NATS().PublishMsg(msg)
	}
	if err != nil {
		t.Fatal(err)
	}
	askToWait(t, conn, patiently(time.Minute, "elsewhere"), map[string]string{message.RunCallerHeader: "other.caller"})
	askToWait(t, conn, patiently(time.Minute, "stays"), nil)
	waitingFor(t, s, 3)
	retry.Sleep(t.Context(), 2*callerCheck) // it is asked, and answers
	waitingFor(t, s, 3)
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	waitingFor(t, s, 2)
	close(goOn)
	var ran []string
	for range 2 {
		ran = append(ran, queuetest.Receive(t, begun, "a request"))
	}
	if diff := cmp.Diff([]string{"elsewhere", "stays"}, ran); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
}

// Many requests keep the slots busy, and each has one result.
func TestRunQueue(t *testing.T) {
	srv := queuetest.Server(t)
	const workers, requests, each = 2, 200, 20 * time.Millisecond
	var services []*served
	var busy atomic.Int64 // nanoseconds of all runs together, which a busy host makes longer
	for i := range workers {
		cfg := quick()
		cfg.Name, cfg.Slots, cfg.IdlePoll = fmt.Sprint("w", i), 2, time.Second
		services = append(services, serveRuns(t, queuetest.Connect(t, srv.URL()), cfg, func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
			began := time.Now()
			defer func() { busy.Add(int64(time.Since(began))) }()
			retry.Sleep(ctx, each)
			return echo(ctx, r, path, most)
		}))
	}
	conn := queuetest.Connect(t, srv.URL())
	q := newRunQueue(t, conn)
	began := time.Now()
	runAll(t, q, requests, 32)
	slots := time.Since(began) * workers * 2
	use := float64(busy.Load()) / float64(slots)
	t.Logf("%.2f of the slots' time used", use)
	if use < 0.6 { // 0.95 on an idle host
		t.Errorf("%.2f of the slots' time used", use)
	}
	for _, s := range services {
		waitingFor(t, s, 0)
	}
}

func newRunQueue(t *testing.T, conn *client.Conn) *client.RunQueue {
	t.Helper()
	q, err := client.New(conn).NewRunQueue(message.DefaultPool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

// runAll sends requests, as many at a time, and checks every result.
func runAll(t *testing.T, q *client.RunQueue, requests, atATime int) {
	t.Helper()
	next := make(chan string)
	var all sync.WaitGroup
	for range atATime {
		all.Go(func() {
			for text := range next {
				got, err := q.Run(queuetest.Context(t), patiently(0, text), -1, nil)
				if err != nil || len(got.Runs) != 1 || got.Runs[0].Stdout.Text != text {
					t.Errorf("request %s: %+v, %v", text, got, err)
				}
			}
		})
	}
	for i := range requests {
		next <- fmt.Sprint(i)
	}
	close(next)
	all.Wait()
}

// What a worker had in hand when it died is run by another. A fault is tried again, a refusal is not.
func TestRunQueueOutlivesAWorker(t *testing.T) {
	srv := queuetest.Server(t)
	begun := make(chan string, 100)
	doomed := queuetest.Connect(t, srv.URL())
	cfg := quick()
	cfg.Name, cfg.Slots = "doomed", 2
	serveRuns(t, doomed, cfg, blocking(begun, nil))
	q := newRunQueue(t, queuetest.Connect(t, srv.URL()))
	var all sync.WaitGroup
	all.Go(func() { runAll(t, q, 8, 8) })
	queuetest.Receive(t, begun, "a request")
	queuetest.Receive(t, begun, "another request")
	retry.Sleep(t.Context(), 4*time.Second) // so that the doomed one is asked what it has once
	doomed.Close()
	cfg.Name = "other"
	var mu sync.Mutex
	tries := map[string]int{}
	serveRuns(t, queuetest.Connect(t, srv.URL()), cfg, func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
		mu.Lock()
		tries[r.Inputs[0].Text]++
		n := tries[r.Inputs[0].Text]
		mu.Unlock()
		if n == 1 && r.Inputs[0].Text == "3" {
			return api.RunResult{}, errors.New("made for this test")
		}
		return echo(ctx, r, path, most)
	})
	all.Wait()
	want := map[string]int{"0": 1, "1": 1, "2": 1, "3": 2, "4": 1, "5": 1, "6": 1, "7": 1}
	if diff := cmp.Diff(want, tries); diff != "" {
		t.Errorf("tries at the other worker (-want +got):\n%s", diff)
	}
}

// A wait that has an end ends, with workers that are busy and without any.
func TestRunQueueWaitsNoLonger(t *testing.T) {
	conn, _, _, _ := occupied(t)
	q := newRunQueue(t, conn)
	for _, wait := range []time.Duration{0, 300 * time.Millisecond} {
		if _, err := q.Run(queuetest.Context(t), runRequest("x"), wait, nil); !errors.Is(err, client.ErrBusy) {
			t.Errorf("wait %v: %v, want ErrBusy", wait, err)
		}
	}
	if _, err := q.Run(queuetest.Context(t), runRequest(), -1, nil); !errors.Is(err, api.ErrRejected) {
		t.Errorf("no inputs: %v", err)
	}
	lonely := queuetest.Connect(t, queuetest.Server(t).URL())
	told := 0
	_, err := newRunQueue(t, lonely).Run(queuetest.Context(t), runRequest("x"), 200*time.Millisecond, func() { told++ })
	if !errors.Is(err, nats.ErrNoResponders) || told == 0 {
		t.Errorf("no worker: %v, told %d times", err, told)
	}
}
