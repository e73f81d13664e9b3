package queuetest

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// Count counts the messages of a stream.
func Count(t testing.TB, conn *client.Conn, stream string) uint64 {
	t.Helper()
	s, err := conn.JetStream().Stream(Context(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// Emptied waits until every submission was acknowledged.
func Emptied(t testing.TB, conn *client.Conn) {
	t.Helper()
	Eventually(t, "the work queue is empty", func() bool { return Count(t, conn, message.StreamSubmissions) == 0 })
}

// WantCount fails the test unless a stream has n messages.
func WantCount(t testing.TB, conn *client.Conn, stream string, n uint64) {
	t.Helper()
	if got := Count(t, conn, stream); got != n {
		t.Errorf("stream %s has %d messages, want %d", stream, got, n)
	}
}

// LastOf waits for a message on a subject, and reads the newest.
func LastOf(t testing.TB, conn *client.Conn, stream, subject string) []byte {
	t.Helper()
	s, err := conn.JetStream().Stream(Context(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	var msg *jetstream.RawStreamMsg
	Eventually(t, "there is a message on "+subject, func() bool {
		msg, err = s.GetLastMsgForSubject(Context(t), subject)
		return err == nil
	})
	return msg.Data
}

// Messages reads a whole stream.
func Messages(t testing.TB, conn *client.Conn, stream string) []*jetstream.RawStreamMsg {
	t.Helper()
	s, err := conn.JetStream().Stream(Context(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	state := s.CachedInfo().State
	var all []*jetstream.RawStreamMsg
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		msg, err := s.GetMsg(Context(t), seq)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, msg)
	}
	return all
}

// WantConsumers makes sure of what is left on the server.
func WantConsumers(t testing.TB, conn *client.Conn, stream string, n int) {
	t.Helper()
	s, err := conn.JetStream().Stream(Context(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CachedInfo().State.Consumers; got != n {
		t.Errorf("stream %s has %d consumers, want %d", stream, got, n)
	}
}

// DeadLetter reads the newest dead letter of a submission.
func DeadLetter(t testing.TB, conn *client.Conn, id string) message.DeadLetter {
	t.Helper()
	var letter message.DeadLetter
	DecodeJSON(t, LastOf(t, conn, message.StreamDead, message.DeadSubject(id)), &letter)
	return letter
}

func Archived(t testing.TB, conn *client.Conn, id string) *jetstream.RawStreamMsg {
	t.Helper()
	s, err := conn.JetStream().Stream(Context(t), message.StreamArchive)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.GetLastMsgForSubject(Context(t), message.ArchiveSubject(id))
	if err != nil {
		t.Fatalf("archive of %s: %v", id, err)
	}
	return msg
}

// Current waits for the verdict of the current attempt.
func Current(t testing.TB, conn *client.Conn, id string) api.Report {
	t.Helper()
	report, err := client.New(conn).Wait(Context(t), id, client.Current)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
