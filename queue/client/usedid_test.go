package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// other is the same submission with another program.
func other(id string) api.Submission {
	s := queuetest.Submission(id)
	s.Files[0].Text = "int main() { return 1; }"
	return s
}

func submitTo(t *testing.T, platform *client.Client, s api.Submission) error {
	t.Helper()
	return platform.Submit(queuetest.Context(t), message.DefaultPool, message.LanePractice, s, client.StoreAnyway)
}

func wantUsedID(t *testing.T, err error, words ...string) {
	t.Helper()
	if !errors.Is(err, client.ErrUsedID) {
		t.Fatalf("error %v, want ErrUsedID", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q, want %q in it", err, word)
		}
	}
}

// A second program under an ID that has a verdict is refused; the same program again is not, and has that verdict.
func TestSubmitUsedID(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("same"))
	queuetest.WaitVerdict(t, conn, "same")
	queuetest.Emptied(t, conn)
	platform := client.New(conn)
	wantUsedID(t, submitTo(t, platform, other("same")), "same.1 was judged already, with other content", "--attempt 2", "another ID", "gavel rejudge")
	queuetest.WantCount(t, conn, message.StreamSubmissions, 0)
	if err := submitTo(t, platform, queuetest.Submission("same")); err != nil {
		t.Errorf("the same program again: %v", err)
	}
	if _, err := platform.WaitFor(queuetest.Context(t), queuetest.Submission("same")); err != nil {
		t.Errorf("its verdict: %v", err)
	}
	_, err := platform.WaitFor(queuetest.Context(t), other("same"))
	wantUsedID(t, err, "other content")
	later := other("same")
	later.Attempt = 2
	if err := submitTo(t, platform, later); err != nil {
		t.Errorf("as the next attempt: %v", err)
	}
	if _, err := platform.WaitFor(queuetest.Context(t), later); err != nil {
		t.Errorf("verdict of the next attempt: %v", err)
	}
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

// A second program under an ID whose first is still waiting, or being judged, is refused, not dropped.
func TestSubmitUsedIDBeforeItsVerdict(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn, queuetest.Submission("same"))
	platform := client.New(conn)
	wantUsedID(t, submitTo(t, platform, other("same")), "same.1 was submitted already")
	if err := submitTo(t, platform, queuetest.Submission("same")); err != nil {
		t.Errorf("the same program again: %v", err)
	}
	queuetest.WantCount(t, conn, message.StreamSubmissions, 1)
	started, goOn := make(chan struct{}), make(chan struct{})
	start(t, conn, quick(), func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		close(started)
		<-goOn
		return queuetest.Accepted(s), nil
	})
	queuetest.Receive(t, started, "the first one")
	wantUsedID(t, submitTo(t, platform, other("same")), "same.1 was submitted already")
	close(goOn)
	queuetest.WaitVerdict(t, conn, "same")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
}

// Where a platform may not read what the stream has under the ID, the worker gets both and refuses the second.
func TestSubmitUsedIDUnknown(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn, queuetest.Submission("same"))
	stream, err := conn.JetStream().Stream(queuetest.Context(t), message.StreamSubmissions)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetMsg(queuetest.Context(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	// As if it were read by nobody: another message has its place, and it comes back under another sequence.
	if err := stream.DeleteMsg(queuetest.Context(t), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.JetStream().Publish(queuetest.Context(t), msg.Subject, msg.Data, jetstream.WithMsgID("anew")); err != nil {
		t.Fatal(err)
	}
	if err := submitTo(t, client.New(conn), other("same")); err != nil {
		t.Fatal(err)
	}
	queuetest.WantCount(t, conn, message.StreamSubmissions, 2)
	start(t, conn, quick(), queuetest.Accept)
	_, err = client.New(conn).WaitFor(queuetest.Context(t), other("same"))
	wantUsedID(t, err, "same.1 was judged already")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	if letter := queuetest.DeadLetter(t, conn, "same"); !strings.Contains(letter.Reason, "with other content") {
		t.Errorf("dead letter says %q", letter.Reason)
	}
}
