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
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/messagetest"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/metrics"
)

func archived(t testing.TB, conn *client.Conn, id string) *jetstream.RawStreamMsg {
	t.Helper()
	s, err := conn.JetStream().Stream(testContext(t), message.StreamArchive)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(testContext(t), message.ArchiveSubject(id))
	if err != nil {
		t.Fatalf("archive of %s: %v", id, err)
	}
	return msg
}

// Who sees a verdict finds the submission in the archive, as it was published.
func TestArchiveKeepsWhatHasAVerdict(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn)
	for _, language := range []string{"cpp17", ""} {
		payload := []byte(strings.Replace(messagetest.With("language", language), `"id":"s1"`, fmt.Sprintf(`"note":"ours","id":"s%s"`, language), 1))
		publish(t, conn, payload)
		waitVerdict(t, conn, "s"+language)
		msg := archived(t, conn, "s"+language)
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
	publish(t, conn, []byte("{}"))
	deadLetter(t, conn, "")
	emptied(t, conn)
	wantCount(t, conn, message.StreamArchive, 2)
}

// A server that takes nothing into the archive costs no verdict.
func TestArchiveFailureCostsNoVerdict(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	reg := prometheus.NewRegistry()
	cfg := quick()
	cfg.Metrics = metrics.New(reg)
	r := start(t, conn, cfg, accept)
	eventually(t, "the worker is ready", r.Ready)
	if err := conn.JetStream().DeleteStream(testContext(t), message.StreamArchive); err != nil {
		t.Fatal(err)
	}
	submit(t, conn, submission("s1"))
	if got := waitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s, want AC", got)
	}
	emptied(t, conn)
	wantMetric(t, reg, metrics.NameArchiveFailures, 1)
	wantMetric(t, reg, metrics.NameFaults, 0)
}

// An older attempt that is delivered late does not take the place of the newest.
func TestArchiveKeepsTheNewestAttempt(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn)
	if _, err := conn.JetStream().Publish(testContext(t), message.EntrySubject(message.BucketAttempts, "s1"), []byte("2")); err != nil {
		t.Fatal(err)
	}
	newest, old := submission("s1"), submission("s1")
	newest.Attempt = 2
	submit(t, conn, newest, old)
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, 2)
	if got := archived(t, conn, "s1").Header.Get(message.HeaderAttempt); got != "2" {
		t.Errorf("archive has attempt %s, want 2", got)
	}
}

// The last event always comes: where it cannot be stored, the submission is delivered until it can.
func TestLastEventComesLate(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		if err := conn.JetStream().DeleteStream(ctx, message.StreamEvents); err != nil {
			t.Error(err)
		}
		return accept(ctx, s, emit)
	})
	submitWhenReady(t, conn, submission("s1"))
	waitVerdict(t, conn, "s1")
	eventually(t, "the submission is delivered again", func() bool {
		consumer, err := conn.JetStream().Consumer(testContext(t), message.StreamSubmissions, laneConsumer(message.DefaultPool, message.LanePractice))
		return err == nil && consumer.CachedInfo().NumRedelivered > 0
	})
	wantCount(t, conn, message.StreamSubmissions, 1)
	submitWhenReady(t, conn) // makes the stream anew
	events := watch(t, conn, "s1")
	if last := events[len(events)-1]; last.Verdict != "AC" {
		t.Errorf("last event %+v", last)
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, 1)
	wantCount(t, conn, message.StreamDead, 0)
}
