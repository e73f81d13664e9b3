package queue

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// Who sees a verdict finds the submission in the archive, as it was published.
func TestArchiveKeepsWhatHasAVerdict(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn)
	for _, language := range []string{"cpp17", ""} {
		payload := []byte(strings.Replace(apitest.With("language", language), `"id":"s1"`, fmt.Sprintf(`"note":"ours","id":"s%s"`, language), 1))
		queuetest.Publish(t, conn, payload)
		queuetest.WaitVerdict(t, conn, "s"+language)
		msg := queuetest.Archived(t, conn, "s"+language)
		if !bytes.Equal(msg.Data, payload) {
			t.Errorf("archive has %s, want %s", msg.Data, payload)
		}
		want := nats.Header{
			message.HeaderProblem: {"sum"}, message.HeaderPool: {message.DefaultPool}, message.HeaderLane: {message.LanePractice},
			message.HeaderAttempt: {"1"},
		}
		if language != "" {
			want.Set(message.HeaderLanguage, language)
		}
		maps.DeleteFunc(msg.Header, func(name string, _ []string) bool { return strings.HasPrefix(name, "Nats-") })
		if diff := cmp.Diff(want, msg.Header); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
	}
	queuetest.Publish(t, conn, []byte("{}"))
	queuetest.DeadLetter(t, conn, "")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamArchive, 2)
}

// A server that takes nothing into the archive costs no verdict.
func TestArchiveFailureCostsNoVerdict(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	reg := prometheus.NewRegistry()
	cfg := quick()
	cfg.Metrics = metrics.New(reg)
	r := start(t, conn, cfg, queuetest.Accept)
	queuetest.Eventually(t, "the worker is ready", takesWork(r))
	if err := conn.JetStream().DeleteStream(queuetest.Context(t), message.StreamArchive); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, queuetest.Submission("s1"))
	if got := queuetest.WaitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC", got)
	}
	queuetest.Emptied(t, conn)
	wantMetric(t, reg, metrics.NameArchiveFailures, 1)
	wantMetric(t, reg, metrics.NameFaults, 0)
}

// An older attempt that is delivered late does not take the place of the newest.
func TestArchiveKeepsTheNewestAttempt(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn)
	if _, err := conn.JetStream().Publish(queuetest.Context(t), message.EntrySubject(message.BucketAttempts, "s1"), []byte("2")); err != nil {
		t.Fatal(err)
	}
	newest, old := queuetest.Submission("s1"), queuetest.Submission("s1")
	newest.Attempt = 2
	queuetest.Submit(t, conn, newest, old)
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 2)
	if got := queuetest.Archived(t, conn, "s1").Header.Get(message.HeaderAttempt); got != "2" {
		t.Errorf("archive has attempt %s, want 2", got)
	}
}

// The last event always comes: where it cannot be stored, the submission is delivered until it can.
func TestLastEventComesLate(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if err := conn.JetStream().DeleteStream(ctx, message.StreamEvents); err != nil {
			t.Error(err)
		}
		return queuetest.Accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
	queuetest.Eventually(t, "the submission is delivered again", func() bool {
		consumer, err := conn.JetStream().Consumer(queuetest.Context(t), message.StreamSubmissions, message.LaneConsumer(message.DefaultPool, message.LanePractice))
		return err == nil && consumer.CachedInfo().NumRedelivered > 0
	})
	queuetest.WantCount(t, conn, message.StreamSubmissions, 1)
	submitWhenReady(t, conn) // makes the stream anew
	events := queuetest.Watch(t, conn, "s1")
	if last := events[len(events)-1]; last.Verdict != "AC" {
		t.Errorf("last event %+v", last)
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

func TestArchiveLists(t *testing.T) {
	const n = 600 // more than one look
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	for _, id := range ids(n) {
		a := attempt{
			who: api.Identity{ID: id, Attempt: 1}, submission: queuetest.Submission(id), payload: []byte(apitest.Good()),
			subject: message.SubmissionSubject(message.DefaultPool, message.LanePractice, id),
		}
		msg, err := a.archiveMessage()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.JetStream().PublishMsg(queuetest.Context(t), msg); err != nil {
			t.Fatal(err)
		}
	}
	i := 0
	for got, err := range client.New(conn).Archive(queuetest.Context(t)) {
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
	queuetest.WantConsumers(t, conn, message.StreamArchive, 0)
}
