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

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

func TestWorkerPublishesVerdict(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var log bytes.Buffer
	cfg := quick()
	cfg.Log = zerolog.New(&log)
	cfg.Metrics = metrics.New(prometheus.NewRegistry())
	r := start(t, conn, cfg, queuetest.Accept)
	queuetest.Eventually(t, "the worker is ready", takesWork(r))
	queuetest.Submit(t, conn, queuetest.Submission("s1"))

	got := queuetest.WaitVerdict(t, conn, "s1")
	want := queuetest.Accepted(queuetest.Submission("s1"))
	want.Version, want.Submission, want.Attempt, want.Problem, want.Worker = 1, "s1", 1, "sum", "tester"
	want.ContentSHA256 = queuetest.Submission("s1").ContentDigest()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(api.Phases{}, "QueueWaitUsec")); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
	if got.Phases.QueueWaitUsec <= 0 || got.Phases.QueueWaitUsec > queuetest.Patience.Microseconds() {
		t.Errorf("queue wait %d us", got.Phases.QueueWaitUsec)
	}
	queuetest.Emptied(t, conn)
	r.Stop(t)
	if !strings.Contains(r.Unready(), "stopping") {
		t.Errorf("after the end Unready() = %q", r.Unready())
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
	line := `{"level":"info","submission":"s1","verdict":"AC","cpu_ms":1,"wall_ms":2,"peak_kib":4,"attempt":1,"language":"cpp17","message":"submission judged"}`
	if got := strings.TrimSpace(log.String()); got != line {
		t.Errorf("log:\n%s\nwant:\n%s", got, line)
	}
}

func TestWorkerServesAllLanesOfItsPoolOnly(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Pool = "gpu"
	r := start(t, conn, cfg, queuetest.Accept)
	queuetest.Eventually(t, "the worker is ready", takesWork(r))
	user := client.New(conn)
	for i, lane := range []string{message.LaneContest, message.LanePractice, message.LaneRejudge} {
		if err := user.Submit(queuetest.Context(t), "gpu", lane, queuetest.Submission(fmt.Sprint("s", i)), client.StoreAnyway); err != nil {
			t.Fatal(err)
		}
		queuetest.WaitVerdict(t, conn, fmt.Sprint("s", i))
	}
	queuetest.Submit(t, conn, queuetest.Submission("other"))
	r.Stop(t)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 3)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 1)
}

func TestWorkerThatDiesIsReplaced(t *testing.T) {
	srv := queuetest.Server(t)
	first, second := queuetest.Connect(t, srv.URL()), queuetest.Connect(t, srv.URL())
	started, release := make(chan struct{}), make(chan struct{})
	r := start(t, first, quick(), func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		close(started)
		<-release
		return api.Report{}, errors.New("dead")
	})
	queuetest.Eventually(t, "the worker is ready", takesWork(r))
	queuetest.Submit(t, second, queuetest.Submission("s1"))
	queuetest.Receive(t, started, "the first worker to start judging")
	first.NATS().Close() // as the kernel does for a killed process

	m := metrics.New(prometheus.NewRegistry())
	cfg := quick()
	cfg.Name, cfg.Metrics = "second", m
	start(t, second, cfg, queuetest.Accept)
	if got := queuetest.WaitVerdict(t, second, "s1").Worker; got != "second" {
		t.Errorf("verdict of worker %q, want second", got)
	}
	queuetest.Emptied(t, second)
	close(release)
	queuetest.WantCount(t, second, message.StreamVerdicts, 1)
}

func TestWorkersJudgeTheSameAttempt(t *testing.T) {
	srv := queuetest.Server(t)
	slow, fast := queuetest.Connect(t, srv.URL()), queuetest.Connect(t, srv.URL())
	started, release := make(chan struct{}, 1), make(chan struct{})
	cfg := quick()
	reg := prometheus.NewRegistry()
	cfg.Name, cfg.Metrics = "slow", metrics.New(reg)
	r := start(t, slow, cfg, func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		started <- struct{}{}
		<-release
		report := queuetest.Accepted(s)
		report.Verdict = verdict.WrongAnswer
		return report, nil
	})
	queuetest.Submit(t, fast, queuetest.Submission("s1"))
	queuetest.Receive(t, started, "the slow worker to start judging")
	// The same attempt once more, as a redelivery after a long pause of the worker brings it.
	submitAgain(t, fast, queuetest.Submission("s1"))
	start(t, fast, quick(), queuetest.Accept)
	if got := queuetest.WaitVerdict(t, fast, "s1").Verdict; got != verdict.Accepted {
		t.Fatalf("verdict %s, want AC", got)
	}
	close(release)
	r.Stop(t)
	queuetest.Emptied(t, fast)
	if got := queuetest.WaitVerdict(t, fast, "s1"); got.Verdict != verdict.Accepted || got.Worker != "tester" {
		t.Errorf("verdict %s of %s, want the first one", got.Verdict, got.Worker)
	}
	queuetest.WantCount(t, fast, message.StreamVerdicts, 1)
	wantMetric(t, reg, metrics.NameDuplicateVerdicts, 1)
}

// submitAgain publishes without the message ID by which the server would drop a second copy.
func submitAgain(t testing.TB, conn *client.Conn, s api.Submission) {
	t.Helper()
	msg, err := encode(message.SubmissionSubject(message.DefaultPool, message.LanePractice, ""), s)
	if err != nil {
		t.Fatal(err)
	}
	queuetest.Publish(t, conn, msg.Data)
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
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var judged atomic.Int32
	r := start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		judged.Add(1)
		return queuetest.Accept(ctx, s, emit)
	})
	queuetest.Eventually(t, "the worker is ready", takesWork(r))
	queuetest.Submit(t, conn, queuetest.Submission("s1"), queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
	submitAgain(t, conn, queuetest.Submission("s1"))
	queuetest.Submit(t, conn, queuetest.Submission("s2"))
	queuetest.WaitVerdict(t, conn, "s2")
	queuetest.Emptied(t, conn)
	if got := judged.Load(); got != 2 {
		t.Errorf("judged %d times, want 2: s1 and s2", got)
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, 2)
}

func TestWorkerRetriesFault(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var tries atomic.Int32
	cfg := quick()
	reg := prometheus.NewRegistry()
	cfg.Metrics = metrics.New(reg)
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		switch tries.Add(1) {
		case 1:
			return api.Report{}, errors.New("lease container: no space left on device")
		case 2:
			panic("contestant's secret")
		case 3:
			return api.Report{}, nil // no verdict
		default:
			return queuetest.Accept(ctx, s, emit)
		}
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	if got := queuetest.WaitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC", got)
	}
	queuetest.Emptied(t, conn)
	wantMetric(t, reg, metrics.NameFaults, 3)
	wantMetric(t, reg, metrics.NameRedeliveries, 3)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

// submitWhenReady waits for the streams.
func submitWhenReady(t testing.TB, conn *client.Conn, subs ...api.Submission) {
	t.Helper()
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, subs...)
}

// A submission that takes longer than the ack wait stays with its worker.
func TestHeartbeatKeepsLongSubmission(t *testing.T) {
	srv := queuetest.Server(t)
	conn := queuetest.Connect(t, srv.URL())
	cfg := quick()
	reg := prometheus.NewRegistry()
	cfg.Slots, cfg.AckWait, cfg.Metrics = 2, 300*time.Millisecond, metrics.New(reg)
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		retry.Sleep(ctx, 4*cfg.AckWait) // the program runs
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
	queuetest.Emptied(t, conn)
	wantMetric(t, reg, metrics.NameRedeliveries, 0)
	wantMetric(t, reg, metrics.NameDuplicateVerdicts, 0)
}

func TestWorkerGivesUpAfterLastDelivery(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var tries atomic.Int32
	cfg := quick()
	cfg.MaxDeliver = 3
	start(t, conn, cfg, func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		tries.Add(1)
		return api.Report{}, errors.New("lease container: no space left on device")
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	got := queuetest.WaitVerdict(t, conn, "s1")
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassHost ||
		!strings.Contains(got.Error.Message, "no space left on device") {
		t.Errorf("verdict %s, error %+v", got.Verdict, got.Error)
	}
	queuetest.Emptied(t, conn)
	if got := tries.Load(); got != 3 {
		t.Errorf("judged %d times, want 3", got)
	}
	letter := queuetest.DeadLetter(t, conn, "s1")
	if letter.Deliveries != 3 || letter.Class != verdict.ClassHost || letter.Attempt != 1 {
		t.Errorf("dead letter %+v", letter)
	}
	var s api.Submission
	queuetest.DecodeJSON(t, letter.Payload, &s)
	if diff := cmp.Diff(queuetest.Submission("s1"), s); diff != "" {
		t.Errorf("payload of dead letter (-want +got):\n%s", diff)
	}
}

func TestSubmissionThatKillsWorkersEnds(t *testing.T) {
	srv := queuetest.Server(t)
	conn := queuetest.Connect(t, srv.URL())
	submitWhenReady(t, conn, queuetest.Submission("poison"))
	cfg := quick()
	cfg.MaxDeliver = 2
	cfg.AckWait = 200 * time.Millisecond
	for range 2 {
		victim := queuetest.Connect(t, srv.URL())
		start(t, victim, cfg, func(ctx context.Context, _ api.Submission, _ func(api.Event)) (api.Report, error) {
			victim.NATS().Close()
			<-ctx.Done()
			return api.Report{}, ctx.Err()
		})
		queuetest.Eventually(t, "the worker dies", victim.NATS().IsClosed)
	}
	start(t, conn, cfg, func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		t.Error("judged once more")
		return api.Report{}, errors.New("once more")
	})
	got := queuetest.WaitVerdict(t, conn, "poison")
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassHost {
		t.Errorf("verdict %s, error %+v", got.Verdict, got.Error)
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamDead, 1)
}

func TestWorkerRejects(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		class := verdict.ClassProblem
		if s.Language == "cobol" {
			class = verdict.ClassLanguage
		}
		err := fmt.Errorf("%s %s is not here", s.Problem, s.Language)
		return api.Report{}, fmt.Errorf("prepare: %w", &api.Rejection{Class: class, Err: err})
	})
	cobol := queuetest.Submission("s2")
	cobol.Language = "cobol"
	submitWhenReady(t, conn, queuetest.Submission("s1"), cobol)
	for id, class := range map[string]verdict.Class{"s1": verdict.ClassProblem, "s2": verdict.ClassLanguage} {
		got := queuetest.WaitVerdict(t, conn, id)
		if got.Verdict != verdict.JudgeError || got.Error == nil || got.Error.Class != class || got.Tests == nil {
			t.Errorf("%s: got %s, %+v, want JE of class %s", id, got.Verdict, got.Error, class)
		}
		if got := queuetest.DeadLetter(t, conn, id); got.Class != class || got.Deliveries != 1 {
			t.Errorf("%s: dead letter %+v", id, got)
		}
	}
	queuetest.Emptied(t, conn)
}

// What a contestant chooses makes a compile error, by the worker's own rules and by the judge's, and no dead letter.
func TestWorkerRefusesFiles(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		return api.Report{}, fmt.Errorf("judge: %w", &api.Rejection{
			Class: verdict.ClassLanguage, Err: errors.New("no language is known by these names"), Submitted: true,
		})
	})
	submitWhenReady(t, conn, queuetest.Submission("judge"))
	for id, change := range map[string]func(*api.Submission){
		"name": func(s *api.Submission) { s.Files[0].Name = "-o" }, "twice": func(s *api.Submission) { s.Files = append(s.Files, s.Files[0]) },
		"clash": func(s *api.Submission) { s.Files = append(s.Files, api.SourceFile{Name: s.Files[0].Name + "/x"}) },
		"deep":  func(s *api.Submission) { s.Files[0].Name = strings.Repeat("d/", 600) + "f" },
		"many": func(s *api.Submission) {
			for i := range api.MaxFiles {
				s.Files = append(s.Files, api.SourceFile{Name: fmt.Sprint(i)})
			}
		},
		"none": func(s *api.Submission) { s.Files = nil }, "entry": func(s *api.Submission) { s.EntryPoint = "../x" },
	} {
		s := queuetest.Submission(id)
		change(&s)
		queuetest.Publish(t, conn, payloadOf(t, s))
	}
	for id, says := range map[string]string{
		"judge": "no language", "name": "like an option", "twice": "also the name", "clash": "lies in", "deep": "bytes", "many": "more than 100 files",
		"none": "at least one file", "entry": "entry_point",
	} {
		got := queuetest.WaitVerdict(t, conn, id)
		if got.Verdict != verdict.CompileError || got.Error != nil || !strings.Contains(got.Compile.Log, says) || got.Problem == "" {
			t.Errorf("%s: got %s of problem %q, %+v, log %q; want CE with %q", id, got.Verdict, got.Problem, got.Error, got.Compile.Log, says)
		}
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

func TestWorkerKeepsSlotsBusy(t *testing.T) {
	const n, slots = 200, 2
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var running, most atomic.Int32
	reg := prometheus.NewRegistry()
	cfg := quick()
	cfg.Slots, cfg.Metrics = slots, metrics.New(reg)
	// Every submission waits until another one is in hand too: a slot that stood idle while work waits
	// would stop the whole.
	pair := make(chan struct{})
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		select {
		case pair <- struct{}{}:
		case <-pair:
		case <-time.After(queuetest.Patience):
			return api.Report{}, errors.New("alone")
		}
		return queuetest.Accept(ctx, s, emit)
	})
	var all []api.Submission
	for _, id := range ids(n) {
		all = append(all, queuetest.Submission(id))
	}
	submitWhenReady(t, conn, all...)
	for _, s := range all {
		if got := queuetest.WaitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Fatalf("%s: verdict %s", s.ID, got)
		}
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, n)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
	wantMetric(t, reg, metrics.NameFaults, 0)
	if got := most.Load(); got != slots {
		t.Errorf("%d submissions at once, want %d", got, slots)
	}
}

func TestWorkerTakesBigSource(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	big := queuetest.Submission("big")
	big.Files = []api.SourceFile{{Name: "a.cpp", Content: bytes.Repeat([]byte("x"), 10<<20)}}
	var got atomic.Int64
	cfg := quick()
	cfg.AckWait = 10 * time.Second // the race detector makes large messages slow
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		got.Store(int64(len(s.Files[0].Bytes())))
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, big)
	queuetest.WaitVerdict(t, conn, "big")
	if got.Load() != 10<<20 {
		t.Errorf("judged %d bytes, want %d", got.Load(), 10<<20)
	}
}

// What cannot be left out of a verdict is told.
func TestVerdictTooLarge(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 1 << 40}))
	start(t, conn, quick(), func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		report := queuetest.Accepted(s)
		report.LanguageVersion = strings.Repeat("x", 1<<20)
		return report, nil
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	got := queuetest.WaitVerdict(t, conn, "s1")
	if got.Verdict != verdict.JudgeError || !strings.Contains(got.Error.Message, "max_payload") {
		t.Errorf("verdict %s, error %+v", got.Verdict, got.Error)
	}
	queuetest.Emptied(t, conn)
}

func TestServerRestartInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	address := queuetest.FreeAddress(t)
	srv := queuetest.ServerIn(t, dir, address)
	conn := queuetest.Connect(t, srv.URL())
	cfg := quick()
	cfg.Slots = 2
	cfg.AckWait = 2 * time.Second
	var once sync.Once
	started, release := make(chan struct{}), make(chan struct{})
	r := start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		once.Do(func() { close(started) })
		<-release
		return queuetest.Accept(ctx, s, emit)
	})
	var all []api.Submission
	for _, id := range ids(10) {
		all = append(all, queuetest.Submission(id))
	}
	submitWhenReady(t, conn, all...)
	queuetest.Receive(t, started, "the first submission")
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	queuetest.Eventually(t, "the worker is not ready", func() bool { return r.Unready() == "no connection to NATS" })
	close(release) // the verdicts are finished while there is no server
	queuetest.ServerIn(t, dir, address)
	for _, s := range all {
		if got := queuetest.WaitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Errorf("%s: verdict %s", s.ID, got)
		}
	}
	queuetest.Emptied(t, conn)
	if r.Unready() != "" {
		t.Error("Ready() = false after the restart")
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, 10)
}

func TestWorkerSurvivesLossOfConsumer(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	r := start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
	if err := conn.JetStream().DeleteConsumer(queuetest.Context(t), message.StreamSubmissions, message.LaneConsumer(message.DefaultPool, message.LanePractice)); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, queuetest.Submission("s2"))
	queuetest.WaitVerdict(t, conn, "s2")
	r.Stop(t)
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
