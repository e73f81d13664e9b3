package queue

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// consumerOf lets the test answer in place of the server. It returns what was asked for.
func consumerOf(t *testing.T) (s *source, conn *client.Conn, asked chan *nats.Msg) {
	t.Helper()
	url := queuetest.RunServer(t, &server.Options{})
	conn, asked = queuetest.Connect(t, url), make(chan *nats.Msg, 100)
	if _, err := conn.NATS().ChanSubscribe("$JS.API.CONSUMER.MSG.NEXT.SUBMISSIONS.practice-default", asked); err != nil {
		t.Fatal(err)
	}
	if err := conn.NATS().Flush(); err != nil {
		t.Fatal(err)
	}
	s = &source{conn: queuetest.Connect(t, url), cfg: Config{Pool: message.DefaultPool, AckWait: 2 * queuetest.Patience}}
	t.Cleanup(s.late.Wait)
	return s, conn, asked
}

// A submission that the server gives after the slot has turned away goes back at once.
func TestPullTooLate(t *testing.T) {
	s, conn, asked := consumerOf(t)
	const ack = "acknowledge" // a server takes $JS.ACK. from itself alone
	naks := make(chan *nats.Msg, 10)
	if _, err := conn.NATS().ChanSubscribe(ack, naks); err != nil {
		t.Fatal(err)
	}
	msg, answered, err := s.pull(t.Context(), message.LanePractice)
	if msg != nil || answered || err != nil {
		t.Fatalf("pull() = %v, %v, %v; want no answer", msg, answered, err)
	}
	late := nats.NewMsg(queuetest.Receive(t, asked, "the request").Reply)
	late.Reply, late.Data = ack, []byte("{}")
	if err := conn.NATS().PublishMsg(late); err != nil {
		t.Fatal(err)
	}
	nak := queuetest.Receive(t, naks, "the nak")
	if string(nak.Data) != "-NAK" {
		t.Errorf("the server is told %q", nak.Data)
	}
	if err := nak.Respond(nil); err != nil {
		t.Fatal(err)
	}
}

func TestPullAnswers(t *testing.T) {
	s, conn, asked := consumerOf(t)
	for _, test := range []struct {
		status, description string
		answered            bool
		err                 error // nil with answered false means any
	}{
		{"404", "No Messages", true, nil},
		{"408", "Request Timeout", true, nil},
		{"503", "", false, nats.ErrNoResponders},
		{"409", "Consumer Deleted", false, jetstream.ErrConsumerDeleted},
		{"409", "Leadership Change", false, nil},
		{"400", "Bad Request", false, nil},
	} {
		done := make(chan error, 1)
		go func() { // received below
			request := <-asked
			answer := nats.NewMsg(request.Reply)
			answer.Header.Set("Status", test.status)
			answer.Header.Set("Description", test.description)
			done <- conn.NATS().PublishMsg(answer)
		}()
		msg, answered, err := s.pull(t.Context(), message.LanePractice)
		if sent := queuetest.Receive(t, done, "the answer"); sent != nil {
			t.Fatal(sent)
		}
		if msg != nil || answered != test.answered || (err == nil) != test.answered || !errors.Is(err, test.err) && test.err != nil {
			t.Errorf("%s %s: pull() = %v, %v, %v", test.status, test.description, msg, answered, err)
		}
	}
}

// Who stops does not wait for late answers.
func TestPullEnds(t *testing.T) {
	s, _, _ := consumerOf(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, answered, err := s.pull(ctx, message.LanePractice); answered || err != nil {
		t.Fatalf("pull() = %v, %v; want no answer", answered, err)
	}
	cancel()
	ended := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() { s.late.Wait(); close(ended) })
	queuetest.Receive(t, ended, "the end of the wait for an answer")
	waiting.Wait()
}
