package queue

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// deadLetter reads the newest dead letter of a submission.
func deadLetter(t testing.TB, conn *client.Conn, id string) message.DeadLetter {
	t.Helper()
	var letter message.DeadLetter
	decodeJSON(t, lastOf(t, conn, message.StreamDead, message.DeadSubject(id)), &letter)
	return letter
}

// lastOf waits for a message on a subject, and reads the newest.
func lastOf(t testing.TB, conn *client.Conn, stream, subject string) []byte {
	t.Helper()
	s, err := conn.JetStream().Stream(testContext(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	var msg *jetstream.RawStreamMsg
	eventually(t, "there is a message on "+subject, func() bool {
		msg, err = s.GetLastMsgForSubject(testContext(t), subject)
		return err == nil
	})
	return msg.Data
}

func decodeJSON(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("decode %s: %v", data, err)
	}
}
