package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// store publishes a submission whoever is there to judge it.
func storeAnyway(t testing.TB, conn *client.Conn, pool, lane string, s api.Submission) {
	t.Helper()
	if err := client.New(conn).Submit(queuetest.Context(t), pool, lane, s, client.StoreAnyway); err != nil {
		t.Fatal(err)
	}
}

// lookout is an UnservedMonitor with what it reports.
type lookout struct {
	*UnservedMonitor
	peers *Peers
	log   bytes.Buffer
	reg   *prometheus.Registry
}

func newLookout(t testing.TB, conn *client.Conn, name string) *lookout {
	t.Helper()
	l := &lookout{peers: NewPeers(conn, message.DefaultPool, name), reg: prometheus.NewRegistry()}
	l.UnservedMonitor = NewUnservedMonitor(conn, l.peers, UnservedConfig{Log: zerolog.New(&l.log), Metrics: metrics.New(l.reg)})
	return l
}

// look does one round with fresh knowledge.
func (l *lookout) look(t testing.TB) {
	t.Helper()
	refresh(t, l.peers)
	if err := l.round(queuetest.Context(t)); err != nil {
		t.Fatal(err)
	}
}

func (l *lookout) wantMetric(t testing.TB, n int) {
	t.Helper()
	text := fmt.Sprintf("# HELP %s Submissions in pools and lanes that no live worker serves; one worker of all tells.\n"+
		"# TYPE %[1]s gauge\n%[1]s %d\n", metrics.NameStranded, n)
	if err := testutil.GatherAndCompare(l.reg, strings.NewReader(text), metrics.NameStranded); err != nil {
		t.Error(err)
	}
}

func events(t testing.TB, conn *client.Conn) []api.Event {
	t.Helper()
	var all []api.Event
	s := schematest.Schema(t, "event.json")
	for _, msg := range queuetest.Messages(t, conn, message.StreamEvents) {
		if err := schematest.Validate(s, msg.Data); err != nil {
			t.Errorf("%s: %v", msg.Subject, err)
		}
		var e api.Event
		if err := json.Unmarshal(msg.Data, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestStrandedSubmissionsAreTold(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("b-me")})
	l := newLookout(t, conn, "b-me")
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, queuetest.Submission("served"))
	storeAnyway(t, conn, "gpu", message.LaneContest, queuetest.Submission("nobody"))
	storeAnyway(t, conn, "gpu", message.LaneContest, queuetest.Submission("arena.nobody"))
	storeAnyway(t, conn, message.DefaultPool, message.LanePractice, queuetest.Submission("nolane"))
	if _, err := conn.JetStream().Publish(queuetest.Context(t), "judge.submissions.gpu.contest", []byte("what is this")); err != nil {
		t.Fatal(err)
	}
	for range 3 { // what was told is not told again
		l.look(t)
	}
	waiting := func(id, reason string) api.Event {
		return api.Event{Version: 1, Submission: id, Attempt: 1, Stage: api.StageWaiting, Reason: reason}
	}
	want := []api.Event{
		waiting("nolane", `no worker of pool "default" serves lane "practice"`),
		waiting("nobody", `no live worker serves pool "gpu"`),
		waiting("arena.nobody", `no live worker serves pool "gpu"`),
	}
	if diff := cmp.Diff(want, events(t, conn)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	l.wantMetric(t, 4)
	if n := strings.Count(l.log.String(), "submissions that nobody takes"); n != 3 {
		t.Errorf("log warns %d times, want once for each of 3 subjects:\n%s", n, l.log.String())
	}

	// Another worker knows from the stream what was told.
	newLookout(t, conn, "b-me").look(t)
	if n := len(events(t, conn)); n != 3 {
		t.Errorf("%d events after another look, want 3", n)
	}

	// A new attempt waits anew; then somebody comes.
	again := queuetest.Submission("nobody")
	again.Attempt = 2
	storeAnyway(t, conn, "gpu", message.LaneRejudge, again)
	l.look(t)
	if all := events(t, conn); len(all) != 4 || all[3].Attempt != 2 {
		t.Errorf("events after a new attempt: %+v", all)
	}
	gpu := readyWorker("gpu")
	gpu.Pool = "gpu"
	register(t, conn, RegistryConfig{Info: gpu})
	l.look(t)
	l.wantMetric(t, 1)

	// Of several workers, the first one does it.
	register(t, conn, RegistryConfig{Info: readyWorker("a-first")})
	l.look(t)
	l.wantMetric(t, 0)
}

// A round reads a bounded number of submissions, and the next one goes on behind them.
func TestStrandedRoundsAreBounded(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("me")})
	l := newLookout(t, conn, "me")
	const all = unservedMessages + 50
	for _, id := range ids(all) {
		storeAnyway(t, conn, "gpu", message.LaneContest, queuetest.Submission(id))
	}
	for _, want := range []uint64{unservedMessages, all, all} {
		l.look(t)
		queuetest.WantCount(t, conn, message.StreamEvents, want)
	}
	l.wantMetric(t, all)
}

// The events of the judging come behind the one that told of waiting.
func TestStrandedSubmissionIsJudgedLater(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("me")})
	l := newLookout(t, conn, "me")
	storeAnyway(t, conn, "gpu", message.LaneContest, queuetest.Submission("s1"))
	l.look(t)
	cfg := quick()
	cfg.Pool = "gpu"
	start(t, conn, cfg, queuetest.Accept)
	queuetest.WaitVerdict(t, conn, "s1")
	queuetest.Emptied(t, conn)
	for i, e := range events(t, conn) {
		if e.Sequence != i || (i == 0) != (e.Stage == api.StageWaiting) {
			t.Errorf("event %d is %+v", i, e)
		}
	}
}

func TestSubmitTellsThatNobodyJudges(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	platform := client.New(conn)
	try := func(pool, lane, language string, options ...client.SubmitOption) error {
		s := queuetest.Submission("s-" + pool + lane + strings.ReplaceAll(language, "+", ""))
		s.Language = language
		return platform.Submit(queuetest.Context(t), pool, lane, s, options...)
	}
	if err := try("default", "contest", "cpp17"); !errors.Is(err, client.ErrNoWorker) {
		t.Errorf("without a registry: %v, want ErrNoWorker", err)
	}
	w := register(t, conn, RegistryConfig{Info: readyWorker("one")})
	for _, test := range []struct {
		pool, lane, language string
		want                 string // "" for taken
	}{
		{"default", "contest", "cpp17", ""},
		{"default", "rejudge", "c++17", ""},
		{"default", "contest", "", ""},
		{"gpu", "contest", "cpp17", `no live worker serves pool "gpu"; pools with live workers are: default`},
		{"default", "practice", "cpp17", `serves lane "practice"; served are: contest, rejudge`},
		{"default", "contest", "cobol", `offers language "cobol"; offered are: cpp17, python3`},
	} {
		err := try(test.pool, test.lane, test.language)
		if (err == nil) != (test.want == "") || err != nil && (!errors.Is(err, client.ErrNoWorker) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("Submit(%s, %s, %s) = %v, want %q", test.pool, test.lane, test.language, err, test.want)
		}
	}
	if err := try("gpu", "contest", "cpp17", client.StoreAnyway); err != nil {
		t.Errorf("stored anyway: %v", err)
	}
	w.Close()
	if err := try("default", "contest", "python3"); err != nil {
		t.Errorf("while the worker may be restarting: %v", err)
	}
}

// What no worker will ever take does not stay in the stream unseen: it becomes a dead letter, and a judge error where it is
// known whose it is.
func TestSubjectsThatNobodyTakes(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	l := newLookout(t, conn, "w1")
	register(t, conn, RegistryConfig{Info: readyWorker("w1")})
	for subject, id := range map[string]string{
		"judge.submissions.default":                    "nolane",
		"judge.submissions.default.urgent":             "newlane",
		"judge.submissions.default.contest.arena.more": "arena.toolong",
	} {
		if _, err := conn.JetStream().Publish(queuetest.Context(t), subject, payloadOf(t, queuetest.Submission(id))); err != nil {
			t.Fatal(err)
		}
	}
	l.look(t)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 0)
	queuetest.WantCount(t, conn, message.StreamDead, 3)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	l.wantMetric(t, 0)
	if letter := queuetest.DeadLetter(t, conn, "newlane"); !strings.Contains(letter.Reason, `lane "urgent": want contest, practice or rejudge`) {
		t.Errorf("dead letter says %q", letter.Reason)
	}
	if got := queuetest.WaitVerdict(t, conn, "newlane").Verdict; got != verdict.JudgeError {
		t.Errorf("verdict %s, want JE", got)
	}
}

// While every worker of a pool is paused, what waits for them is counted, and told why.
func TestPausedWorkers(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	l := newLookout(t, conn, "w1")
	info := readyWorker("w1")
	info.State, info.Reason = message.WorkerPaused, "disk: 1 GiB free"
	register(t, conn, RegistryConfig{Info: info})
	lane := info.Lanes[0].Name
	storeAnyway(t, conn, message.DefaultPool, lane, queuetest.Submission("s1"))
	l.look(t)
	l.wantMetric(t, 1)
	const reason = "worker w1 is paused: disk: 1 GiB free"
	all := events(t, conn)
	if len(all) != 1 || all[0].Stage != api.StageWaiting || all[0].Reason != reason {
		t.Errorf("events %+v, want one of stage waiting with the reason", all)
	}
	if got := client.New(conn).Paused(queuetest.Context(t), client.Requirement{Pool: message.DefaultPool, Lane: lane}); got != reason {
		t.Errorf("Paused() = %q, want %q", got, reason)
	}
	register(t, conn, RegistryConfig{Info: readyWorker("w2")})
	l.look(t)
	l.wantMetric(t, 0)
}

// So it is where the server keeps the worker from deleting what others rely on.
func TestSubjectsThatNobodyTakesAtServerWithAccounts(t *testing.T) {
	a := startAccounts(t)
	conn := a.connect(t, "worker")
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	l := newLookout(t, conn, "w1")
	register(t, conn, RegistryConfig{Info: readyWorker("w1")})
	if _, err := conn.JetStream().Publish(queuetest.Context(t), "judge.submissions.default", payloadOf(t, queuetest.Submission("nolane"))); err != nil {
		t.Fatal(err)
	}
	l.look(t)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 0)
	queuetest.WantCount(t, conn, message.StreamDead, 1)
}
