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

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/metrics"
)

// store publishes a submission whoever is there to judge it.
func storeAnyway(t testing.TB, conn *client.Conn, pool, lane string, s message.Submission) {
	t.Helper()
	if err := client.New(conn).Submit(testContext(t), pool, lane, s, client.StoreAnyway); err != nil {
		t.Fatal(err)
	}
}

// lookout is a Stranded with what it tells.
type lookout struct {
	*Stranded
	peers *Peers
	log   bytes.Buffer
	reg   *prometheus.Registry
}

func newLookout(t testing.TB, conn *client.Conn, name string) *lookout {
	t.Helper()
	l := &lookout{peers: NewPeers(conn, message.DefaultPool, name), reg: prometheus.NewRegistry()}
	l.Stranded = NewStranded(conn, l.peers, StrandedConfig{Log: zerolog.New(&l.log), Metrics: metrics.New(l.reg)})
	return l
}

// look does one round with fresh knowledge.
func (l *lookout) look(t testing.TB) {
	t.Helper()
	refresh(t, l.peers)
	if err := l.round(testContext(t)); err != nil {
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

func events(t testing.TB, conn *client.Conn) []message.Event {
	t.Helper()
	var all []message.Event
	s := schema(t, "event.json")
	for _, msg := range messages(t, conn, message.StreamEvents) {
		if err := validate(t, s, msg.Data); err != nil {
			t.Errorf("%s: %v", msg.Subject, err)
		}
		var e message.Event
		if err := json.Unmarshal(msg.Data, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestStrandedSubmissionsAreTold(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("b-me")})
	l := newLookout(t, conn, "b-me")
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, submission("served"))
	storeAnyway(t, conn, "gpu", message.LaneContest, submission("nobody"))
	storeAnyway(t, conn, "gpu", message.LaneContest, submission("arena.nobody"))
	storeAnyway(t, conn, message.DefaultPool, message.LanePractice, submission("nolane"))
	if _, err := conn.JetStream().Publish(testContext(t), "judge.submissions.gpu.contest", []byte("what is this")); err != nil {
		t.Fatal(err)
	}
	for range 3 { // what was told is not told again
		l.look(t)
	}
	waiting := func(id, reason string) message.Event {
		return message.Event{Version: 1, Submission: id, Attempt: 1, Stage: message.StageWaiting, Reason: reason}
	}
	want := []message.Event{
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
	again := submission("nobody")
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
	conn := connect(t, embeddedServer(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("me")})
	l := newLookout(t, conn, "me")
	const all = strandedMessages + 50
	for _, id := range ids(all) {
		storeAnyway(t, conn, "gpu", message.LaneContest, submission(id))
	}
	for _, want := range []uint64{strandedMessages, all, all} {
		l.look(t)
		wantCount(t, conn, message.StreamEvents, want)
	}
	l.wantMetric(t, all)
}

// The events of the judging come behind the one that told of waiting.
func TestStrandedSubmissionIsJudgedLater(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	register(t, conn, RegistryConfig{Info: readyWorker("me")})
	l := newLookout(t, conn, "me")
	storeAnyway(t, conn, "gpu", message.LaneContest, submission("s1"))
	l.look(t)
	cfg := quick()
	cfg.Pool = "gpu"
	start(t, conn, cfg, accept)
	waitVerdict(t, conn, "s1")
	emptied(t, conn)
	for i, e := range events(t, conn) {
		if e.Sequence != i || (i == 0) != (e.Stage == message.StageWaiting) {
			t.Errorf("event %d is %+v", i, e)
		}
	}
}

func TestSubmitTellsThatNobodyJudges(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	platform := client.New(conn)
	try := func(pool, lane, language string, options ...client.SubmitOption) error {
		s := submission("s-" + pool + lane + strings.ReplaceAll(language, "+", ""))
		s.Language = language
		return platform.Submit(testContext(t), pool, lane, s, options...)
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
