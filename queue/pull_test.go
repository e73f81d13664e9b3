package queue

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/lanes"
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
	s = &source{
		conn: queuetest.Connect(t, url), cfg: Config{Pool: message.DefaultPool, AckWait: 2 * queuetest.Patience},
		lanes: lanes.New(map[string]int{message.LanePractice: 1}), waker: newWaker(1),
	}
	t.Cleanup(s.late.Wait)
	return s, conn, asked
}

// tooLate has the server give a submission after the slot has turned away. It returns what is sent as acknowledgments.
func tooLate(t *testing.T, s *source, conn *client.Conn, asked <-chan *nats.Msg) (acknowledgments <-chan *nats.Msg) {
	t.Helper()
	const ack = "acknowledge" // a server takes $JS.ACK. from itself alone
	sent := make(chan *nats.Msg, 10)
	if _, err := conn.NATS().ChanSubscribe(ack, sent); err != nil {
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
	return sent
}

// A submission that comes late goes back when no slot of this worker is free.
func TestPullTooLate(t *testing.T) {
	s, conn, asked := consumerOf(t)
	nak := queuetest.Receive(t, tooLate(t, s, conn, asked), "the nak")
	if string(nak.Data) != "-NAK" {
		t.Errorf("the server is told %q", nak.Data)
	}
	if msg := s.takeKept(message.LanePractice); msg != nil {
		t.Error("it is judged as well")
	}
	if err := nak.Respond(nil); err != nil {
		t.Fatal(err)
	}
}

// Over a slow connection every large submission comes late. The slot that has waited for it gets it next, and it does not go
// back.
func TestPullLateIsTaken(t *testing.T) {
	s, conn, asked := consumerOf(t)
	s.lanes.Order(true)[0].FoundNothing() // as far as the slot knew
	acknowledgments := tooLate(t, s, conn, asked)
	s.waker.wait(t.Context(), queuetest.Patience)
	msg, from, err := s.next(t.Context(), false)
	if err != nil || msg == nil || string(msg.Data) != "{}" || from.Lane.Name != message.LanePractice {
		t.Fatalf("next() = %v, %+v, %v; want what came late", msg, from, err)
	}
	s.late.Wait() // whoever kept it
	if len(acknowledgments) > 0 {
		t.Errorf("the server is told %q", (<-acknowledgments).Data)
	}
}

// answer answers each request with the next of answers, and returns the requests that came when all are used.
func answer(conn *client.Conn, asked <-chan *nats.Msg, answers []*nats.Msg) (requests []string, err error) {
	for _, a := range answers {
		request := <-asked
		a.Subject = request.Reply
		if err := conn.NATS().PublishMsg(a); err != nil {
			return nil, err
		}
		requests = append(requests, string(request.Data))
	}
	return requests, nil
}

func status(code, description string) *nats.Msg {
	msg := nats.NewMsg("")
	msg.Header.Set("Status", code)
	msg.Header.Set("Description", description)
	return msg
}

func TestPullAnswers(t *testing.T) {
	submission := nats.NewMsg("")
	submission.Reply, submission.Data = "acknowledge", []byte("{}")
	for name, test := range map[string]struct {
		answers  []*nats.Msg // to each request that is expected
		answered bool
		err      error // nil with answered false means any
	}{
		"none":             {[]*nats.Msg{status("404", "No Messages"), status("404", "No Messages")}, true, nil},
		"expired":          {[]*nats.Msg{status("408", "Request Timeout"), status("404", "No Messages")}, true, nil},
		"message":          {[]*nats.Msg{submission}, true, nil},
		"message, late":    {[]*nats.Msg{status("408", "Request Timeout"), submission}, true, nil},
		"no responders":    {[]*nats.Msg{status("503", "")}, false, nats.ErrNoResponders},
		"deleted":          {[]*nats.Msg{status("409", "Consumer Deleted")}, false, jetstream.ErrConsumerDeleted},
		"deleted, second":  {[]*nats.Msg{status("404", ""), status("409", "Consumer Deleted")}, false, jetstream.ErrConsumerDeleted},
		"leader":           {[]*nats.Msg{status("409", "Leadership Change")}, false, nil},
		"request is wrong": {[]*nats.Msg{status("400", "Bad Request")}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, conn, asked := consumerOf(t)
			type result struct {
				requests []string
				err      error
			}
			done := make(chan result, 1)
			go func() { // received below
				requests, err := answer(conn, asked, test.answers)
				done <- result{requests, err}
			}()
			msg, answered, err := s.pull(t.Context(), message.LanePractice)
			sent := queuetest.Receive(t, done, "the answers")
			if sent.err != nil {
				t.Fatal(sent.err)
			}
			if answered != test.answered || (err == nil) != test.answered || !errors.Is(err, test.err) && test.err != nil {
				t.Errorf("pull() = %v, %v, %v", msg, answered, err)
			}
			last := test.answers[len(test.answers)-1]
			if got, want := msg != nil, last == submission; got != want {
				t.Errorf("pull() returns a message: %t, want %t", got, want)
			}
			if len(sent.requests) == 2 && strings.Contains(sent.requests[1], "expires") {
				t.Errorf("the last request is %s, which is over when the server needs longer for a large message", sent.requests[1])
			}
			if len(asked) > 0 {
				t.Errorf("another request: %s", (<-asked).Data)
			}
		})
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
