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

// Reading the dead letters ends also where each of them that is dealt with makes another one.
func TestReadingDeadLettersEnds(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn, submission("good"))
	const n = 3
	for range n {
		publish(t, conn, []byte("broken"))
	}
	eventually(t, "the letters are there", func() bool { return count(t, conn, message.StreamDead) == n })
	read := 0
	for letter, err := range client.New(conn).DeadLetters(testContext(t), "") {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read > n {
			break
		}
		publish(t, conn, letter.Payload)
		eventually(t, "there is one more", func() bool { return count(t, conn, message.StreamDead) == uint64(n+read) })
	}
	if read != n {
		t.Errorf("read %d letters, want the %d that were there", read, n)
	}
}
