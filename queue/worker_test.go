package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/metrics"
)

func TestWorkerPublishesVerdict(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	var log bytes.Buffer
	cfg := quick()
	cfg.Log = zerolog.New(&log)
	cfg.Metrics = metrics.New(prometheus.NewRegistry())
	r := start(t, conn, cfg, accept)
	eventually(t, "the worker is ready", r.Ready)
	submit(t, conn, submission("s1"))

	got := waitVerdict(t, conn, "s1")
	want := accepted(submission("s1"))
	want.Version, want.Submission, want.Attempt, want.Problem, want.Worker = 1, "s1", 1, "sum", "tester"
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(message.Phases{}, "QueueWaitUsec")); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
	if got.Phases.QueueWaitUsec <= 0 || got.Phases.QueueWaitUsec > patience.Microseconds() {
		t.Errorf("queue wait %d us", got.Phases.QueueWaitUsec)
	}
	emptied(t, conn)
	r.stop(t)
	if r.Ready() {
		t.Error("Ready() = true after the end")
	}
	wantCount(t, conn, message.StreamVerdicts, 1)
	wantCount(t, conn, message.StreamDead, 0)
	line := `{"level":"info","submission":"s1","verdict":"AC","cpu_ms":1,"wall_ms":2,"peak_kib":4,"attempt":1,"language":"cpp17","message":"submission judged"}`
	if got := strings.TrimSpace(log.String()); got != line {
		t.Errorf("log:\n%s\nwant:\n%s", got, line)
	}
}

func TestWorkerServesAllLanesOfItsPoolOnly(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.Pool = "gpu"
	r := start(t, conn, cfg, accept)
	eventually(t, "the worker is ready", r.Ready)
	user := client.New(conn)
	for i, lane := range []string{message.LaneContest, message.LanePractice, message.LaneRejudge} {
		if err := user.Submit(testContext(t), "gpu", lane, submission(fmt.Sprint("s", i)), client.StoreAnyway); err != nil {
			t.Fatal(err)
		}
		waitVerdict(t, conn, fmt.Sprint("s", i))
	}
	submit(t, conn, submission("other"))
	r.stop(t)
	wantCount(t, conn, message.StreamVerdicts, 3)
	wantCount(t, conn, message.StreamSubmissions, 1)
}

func TestWorkerThatDiesIsReplaced(t *testing.T) {
	srv := embeddedServer(t)
	first, second := connect(t, srv.URL()), connect(t, srv.URL())
	started, release := make(chan struct{}), make(chan struct{})
	r := start(t, first, quick(), func(context.Context, message.Submission, func(message.Event)) (message.Report, error) {
		close(started)
		<-release
		return message.Report{}, errors.New("dead")
	})
	eventually(t, "the worker is ready", r.Ready)
	submit(t, second, submission("s1"))
	receive(t, started, "the first worker to start judging")
	first.NATS().Close() // as the kernel does for a killed process

	m := metrics.New(prometheus.NewRegistry())
	cfg := quick()
	cfg.Name, cfg.Metrics = "second", m
	start(t, second, cfg, accept)
	if got := waitVerdict(t, second, "s1").Worker; got != "second" {
		t.Errorf("verdict of worker %q, want second", got)
	}
	emptied(t, second)
	close(release)
	wantCount(t, second, message.StreamVerdicts, 1)
}

func TestWorkersJudgeTheSameAttempt(t *testing.T) {
	srv := embeddedServer(t)
	slow, fast := connect(t, srv.URL()), connect(t, srv.URL())
	started, release := make(chan struct{}, 1), make(chan struct{})
	cfg := quick()
	reg := prometheus.NewRegistry()
	cfg.Name, cfg.Metrics = "slow", metrics.New(reg)
	r := start(t, slow, cfg, func(_ context.Context, s message.Submission, _ func(message.Event)) (message.Report, error) {
		started <- struct{}{}
		<-release
		report := accepted(s)
		report.Verdict = verdict.WrongAnswer
		return report, nil
	})
	submit(t, fast, submission("s1"))
	receive(t, started, "the slow worker to start judging")
	// The same attempt once more, as a redelivery after a long pause of the worker brings it.
	submitAgain(t, fast, submission("s1"))
	start(t, fast, quick(), accept)
	if got := waitVerdict(t, fast, "s1").Verdict; got != verdict.Accepted {
		t.Fatalf("verdict %s, want AC", got)
	}
	close(release)
	r.stop(t)
	emptied(t, fast)
	if got := waitVerdict(t, fast, "s1"); got.Verdict != verdict.Accepted || got.Worker != "tester" {
		t.Errorf("verdict %s of %s, want the first one", got.Verdict, got.Worker)
	}
	wantCount(t, fast, message.StreamVerdicts, 1)
	wantMetric(t, reg, metrics.NameDuplicateVerdicts, 1)
}

// submitAgain publishes without the message ID by which the server would drop a second copy.
func submitAgain(t testing.TB, conn *client.Conn, s message.Submission) {
	t.Helper()
	msg, err := encode(message.SubmissionSubject(message.DefaultPool, message.LanePractice, ""), s)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, conn, msg.Data)
}

func wantMetric(t testing.TB, reg *prometheus.Registry, name string, want float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		if got := f.Metric[0].GetCounter().GetValue(); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
		return
	}
	t.Errorf("metric %s is not there", name)
}

func TestWorkerJudgesAnAttemptOnce(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	var judged atomic.Int32
	r := start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		judged.Add(1)
		return accept(ctx, s, emit)
	})
	eventually(t, "the worker is ready", r.Ready)
	submit(t, conn, submission("s1"), submission("s1"))
	waitVerdict(t, conn, "s1")
	submitAgain(t, conn, submission("s1"))
	submit(t, conn, submission("s2"))
	waitVerdict(t, conn, "s2")
	emptied(t, conn)
	if got := judged.Load(); got != 2 {
		t.Errorf("judged %d times, want 2: s1 and s2", got)
	}
	wantCount(t, conn, message.StreamVerdicts, 2)
}

func TestWorkerRetriesFault(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	var tries atomic.Int32
	cfg := quick()
	reg := prometheus.NewRegistry()
	cfg.Metrics = metrics.New(reg)
	start(t, conn, cfg, func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		switch tries.Add(1) {
		case 1:
			return message.Report{}, errors.New("lease container: no space left on device")
		case 2:
			panic("contestant's secret")
		case 3:
			return message.Report{}, nil // no verdict
		default:
			return accept(ctx, s, emit)
		}
	})
	submitWhenReady(t, conn, submission("s1"))
	if got := waitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC", got)
	}
	emptied(t, conn)
	wantMetric(t, reg, metrics.NameFaults, 3)
	wantMetric(t, reg, metrics.NameRedeliveries, 3)
	wantCount(t, conn, message.StreamDead, 0)
}

// submitWhenReady waits for the streams.
func submitWhenReady(t testing.TB, conn *client.Conn, subs ...message.Submission) {
	t.Helper()
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	submit(t, conn, subs...)
}

// A submission that takes longer than the ack wait stays with its worker.
func TestHeartbeatKeepsLongSubmission(t *testing.T) {
	srv := embeddedServer(t)
	conn := connect(t, srv.URL())
	cfg := quick()
	reg := prometheus.NewRegistry()
	cfg.Slots, cfg.AckWait, cfg.Metrics = 2, 300*time.Millisecond, metrics.New(reg)
	start(t, conn, cfg, func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		pause(ctx, 4*cfg.AckWait) // the program runs
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, submission("s1"))
	waitVerdict(t, conn, "s1")
	emptied(t, conn)
	wantMetric(t, reg, metrics.NameRedeliveries, 0)
	wantMetric(t, reg, metrics.NameDuplicateVerdicts, 0)
}

func TestWorkerGivesUpAfterLastDelivery(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	var tries atomic.Int32
	cfg := quick()
	cfg.MaxDeliver = 3
	start(t, conn, cfg, func(context.Context, message.Submission, func(message.Event)) (message.Report, error) {
		tries.Add(1)
		return message.Report{}, errors.New("lease container: no space left on device")
	})
	submitWhenReady(t, conn, submission("s1"))
	got := waitVerdict(t, conn, "s1")
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassHost ||
		!strings.Contains(got.Error.Message, "no space left on device") {
		t.Errorf("verdict %s, error %+v", got.Verdict, got.Error)
	}
	emptied(t, conn)
	if got := tries.Load(); got != 3 {
		t.Errorf("judged %d times, want 3", got)
	}
	letter := deadLetter(t, conn, "s1")
	if letter.Deliveries != 3 || letter.Class != verdict.ClassHost || letter.Attempt != 1 {
		t.Errorf("dead letter %+v", letter)
	}
	var s message.Submission
	decodeJSON(t, letter.Payload, &s)
	if diff := cmp.Diff(submission("s1"), s); diff != "" {
		t.Errorf("payload of dead letter (-want +got):\n%s", diff)
	}
}

func TestSubmissionThatKillsWorkersEnds(t *testing.T) {
	srv := embeddedServer(t)
	conn := connect(t, srv.URL())
	submitWhenReady(t, conn, submission("poison"))
	cfg := quick()
	cfg.MaxDeliver = 2
	cfg.AckWait = 200 * time.Millisecond
	for range 2 {
		victim := connect(t, srv.URL())
		start(t, victim, cfg, func(ctx context.Context, _ message.Submission, _ func(message.Event)) (message.Report, error) {
			victim.NATS().Close()
			<-ctx.Done()
			return message.Report{}, ctx.Err()
		})
		eventually(t, "the worker dies", victim.NATS().IsClosed)
	}
	start(t, conn, cfg, func(context.Context, message.Submission, func(message.Event)) (message.Report, error) {
		t.Error("judged once more")
		return message.Report{}, errors.New("once more")
	})
	got := waitVerdict(t, conn, "poison")
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassHost {
		t.Errorf("verdict %s, error %+v", got.Verdict, got.Error)
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamDead, 1)
}

func TestWorkerRejects(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), func(_ context.Context, s message.Submission, _ func(message.Event)) (message.Report, error) {
		class := verdict.ClassProblem
		if s.Language == "cobol" {
			class = verdict.ClassLanguage
		}
		err := fmt.Errorf("%s %s is not here", s.Problem, s.Language)
		return message.Report{}, fmt.Errorf("prepare: %w", &message.Rejection{Class: class, Err: err})
	})
	cobol := submission("s2")
	cobol.Language = "cobol"
	submitWhenReady(t, conn, submission("s1"), cobol)
	for id, class := range map[string]verdict.Class{"s1": verdict.ClassProblem, "s2": verdict.ClassLanguage} {
		got := waitVerdict(t, conn, id)
		if got.Verdict != verdict.JudgeError || got.Error == nil || got.Error.Class != class || got.Tests == nil {
			t.Errorf("%s: got %s, %+v, want JE of class %s", id, got.Verdict, got.Error, class)
		}
		if got := deadLetter(t, conn, id); got.Class != class || got.Deliveries != 1 {
			t.Errorf("%s: dead letter %+v", id, got)
		}
	}
	emptied(t, conn)
}

func TestWorkerKeepsSlotsBusy(t *testing.T) {
	const n, slots = 200, 2
	conn := connect(t, embeddedServer(t).URL())
	var running, most atomic.Int32
	reg := prometheus.NewRegistry()
	cfg := quick()
	cfg.Slots, cfg.Metrics = slots, metrics.New(reg)
	// Every submission waits until another one is in hand too: a slot that stood idle while work waits
	// would stop the whole.
	pair := make(chan struct{})
	start(t, conn, cfg, func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		select {
		case pair <- struct{}{}:
		case <-pair:
		case <-time.After(patience):
			return message.Report{}, errors.New("alone")
		}
		return accept(ctx, s, emit)
	})
	var all []message.Submission
	for _, id := range ids(n) {
		all = append(all, submission(id))
	}
	submitWhenReady(t, conn, all...)
	for _, s := range all {
		if got := waitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Fatalf("%s: verdict %s", s.ID, got)
		}
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, n)
	wantCount(t, conn, message.StreamDead, 0)
	wantMetric(t, reg, metrics.NameFaults, 0)
	if got := most.Load(); got != slots {
		t.Errorf("%d submissions at once, want %d", got, slots)
	}
}

func TestWorkerTakesBigSource(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	big := submission("big")
	big.Files = []message.SourceFile{{Name: "a.cpp", Content: bytes.Repeat([]byte("x"), 10<<20)}}
	var got atomic.Int64
	cfg := quick()
	cfg.AckWait = 10 * time.Second // the race detector makes large messages slow
	start(t, conn, cfg, func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		got.Store(int64(len(s.Files[0].Bytes())))
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, big)
	waitVerdict(t, conn, "big")
	if got.Load() != 10<<20 {
		t.Errorf("judged %d bytes, want %d", got.Load(), 10<<20)
	}
}

func TestVerdictTooLarge(t *testing.T) {
	conn := connect(t, runServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 1 << 40}))
	start(t, conn, quick(), func(_ context.Context, s message.Submission, _ func(message.Event)) (message.Report, error) {
		report := accepted(s)
		report.Compile.Log = strings.Repeat("x", 1<<20)
		return report, nil
	})
	submitWhenReady(t, conn, submission("s1"))
	got := waitVerdict(t, conn, "s1")
	if got.Verdict != verdict.JudgeError || !strings.Contains(got.Error.Message, "max_payload") {
		t.Errorf("verdict %s, error %+v", got.Verdict, got.Error)
	}
	emptied(t, conn)
}

func TestServerRestartInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	srv := embeddedIn(t, dir, "127.0.0.1:0")
	address := strings.TrimPrefix(srv.URL(), "nats://")
	conn := connect(t, srv.URL())
	cfg := quick()
	cfg.Slots = 2
	cfg.AckWait = 2 * time.Second
	var once sync.Once
	started, release := make(chan struct{}), make(chan struct{})
	r := start(t, conn, cfg, func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		once.Do(func() { close(started) })
		<-release
		return accept(ctx, s, emit)
	})
	var all []message.Submission
	for _, id := range ids(10) {
		all = append(all, submission(id))
	}
	submitWhenReady(t, conn, all...)
	receive(t, started, "the first submission")
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the worker is not ready", func() bool { return !r.Ready() })
	close(release) // the verdicts are finished while there is no server
	embeddedIn(t, dir, address)
	for _, s := range all {
		if got := waitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Errorf("%s: verdict %s", s.ID, got)
		}
	}
	emptied(t, conn)
	if !r.Ready() {
		t.Error("Ready() = false after the restart")
	}
	wantCount(t, conn, message.StreamVerdicts, 10)
}

func TestWorkerSurvivesLossOfConsumer(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	r := start(t, conn, quick(), accept)
	submitWhenReady(t, conn, submission("s1"))
	waitVerdict(t, conn, "s1")
	if err := conn.JetStream().DeleteConsumer(testContext(t), message.StreamSubmissions, laneConsumer(message.DefaultPool, message.LanePractice)); err != nil {
		t.Fatal(err)
	}
	submit(t, conn, submission("s2"))
	waitVerdict(t, conn, "s2")
	r.stop(t)
}

func TestMetricsKnowEveryVerdict(t *testing.T) {
	var codes []string
	for _, c := range verdict.Codes() {
		codes = append(codes, string(c))
	}
	if diff := cmp.Diff(codes, metrics.Verdicts()); diff != "" {
		t.Errorf("metrics.Verdicts (-verdict.Codes +got):\n%s", diff)
	}
	m := metrics.New(prometheus.NewRegistry())
	for _, class := range []verdict.Class{verdict.ClassHost, verdict.ClassProblem, verdict.ClassLanguage, verdict.ClassChecker} {
		m.JudgeError(string(class))
		if !slices.Contains(metrics.ErrorClasses(), string(class)) {
			t.Errorf("metrics.ErrorClasses lacks %s", class)
		}
	}
}
