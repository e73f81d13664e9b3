package queue

import (
	"bytes"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// Reading the dead letters ends also where each of them that is dealt with makes another one.
func TestReadingDeadLettersEnds(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("good"))
	const n = 3
	for range n {
		queuetest.Publish(t, conn, []byte("broken"))
	}
	queuetest.Eventually(t, "the letters are there", func() bool { return queuetest.Count(t, conn, message.StreamDead) == n })
	read := 0
	for letter, err := range client.New(conn).DeadLetters(queuetest.Context(t), "") {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read > n {
			break
		}
		queuetest.Publish(t, conn, letter.Payload)
		queuetest.Eventually(t, "there is one more", func() bool { return queuetest.Count(t, conn, message.StreamDead) == uint64(n+read) })
	}
	if read != n {
		t.Errorf("read %d letters, want the %d that were there", read, n)
	}
}

func TestDeadLetterOfTheLargestMessageFits(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, MaxPayload: 4 << 20, JetStreamMaxStore: 1 << 40}))
	start(t, conn, quick(), queuetest.Accept)
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	payload := bytes.Repeat([]byte{0xff}, int(message.MaxSubmissionBytes(4<<20))-1024) // less what the server counts besides
	queuetest.Publish(t, conn, payload)
	letter := queuetest.DeadLetter(t, conn, "")
	if letter.Truncated || !bytes.Equal(letter.Payload, payload) {
		t.Errorf("dead letter has %d bytes, truncated %v, want all %d", len(letter.Payload), letter.Truncated, len(payload))
	}
	queuetest.Emptied(t, conn)
	if most := message.MaxSubmissionBytes(embedded.MaxPayload); most != message.MaxMessage {
		t.Errorf("an embedded server takes messages of %d bytes, want %d", most, message.MaxMessage)
	}
}
