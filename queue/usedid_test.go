package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// payloadOf is a submission message as a platform without this package publishes it.
func payloadOf(t testing.TB, s api.Submission) []byte {
	t.Helper()
	payload, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func wrongProgram(id string) api.Submission {
	s := queuetest.Submission(id)
	s.Files[0].Text = "wrong"
	return s
}

// byText judges programs by what is in them.
func byText(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
	report := queuetest.Accepted(s)
	if s.Files[0].Text == "wrong" {
		report.Verdict = verdict.WrongAnswer
	}
	return report, nil
}

// A message whose attempt was judged with other content becomes a dead letter that says so, and the verdict stays.
func TestUsedIDIsRefused(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), byText)
	submitWhenReady(t, conn)
	queuetest.Publish(t, conn, payloadOf(t, queuetest.Submission("same")))
	before := queuetest.WaitVerdict(t, conn, "same")
	queuetest.Emptied(t, conn)
	events := queuetest.Count(t, conn, message.StreamEvents)
	queuetest.Publish(t, conn, payloadOf(t, wrongProgram("same")))
	letter := queuetest.DeadLetter(t, conn, "same")
	if letter.Class != verdict.ClassProblem || !strings.Contains(letter.Reason, "same.1 was judged already, with other content: use --attempt 2") {
		t.Errorf("dead letter %s: %s", letter.Class, letter.Reason)
	}
	queuetest.Emptied(t, conn)
	after := queuetest.WaitVerdict(t, conn, "same")
	if before.Verdict != after.Verdict || after.ContentSHA256 != queuetest.Submission("same").ContentDigest() {
		t.Errorf("verdict %s of %s, want %s of the first program", after.Verdict, after.ContentSHA256, before.Verdict)
	}
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamEvents, events)
	receipt, err := client.New(conn).Replay(queuetest.Context(t), letter, client.Target{})
	if err != nil || receipt.Attempt != 2 {
		t.Fatalf("Replay = %+v, %v, want attempt 2", receipt, err)
	}
	if got := queuetest.Current(t, conn, "same"); got.Verdict != verdict.WrongAnswer {
		t.Errorf("verdict of the replayed program: %s, want WA", got.Verdict)
	}
}

// The same content again, in whatever form, has the verdict that is there.
func TestSameContentAgain(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), byText)
	submitWhenReady(t, conn)
	queuetest.Publish(t, conn, payloadOf(t, queuetest.Submission("same")))
	queuetest.WaitVerdict(t, conn, "same")
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, payloadOf(t, queuetest.Submission("same")), "", "  "); err != nil {
		t.Fatal(err)
	}
	queuetest.Publish(t, conn, spaced.Bytes())
	asContent := queuetest.Submission("same")
	asContent.Files[0] = api.SourceFile{Name: asContent.Files[0].Name, Content: []byte(asContent.Files[0].Text)}
	queuetest.Publish(t, conn, payloadOf(t, asContent))
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
}

// Two programs of one attempt at once: one has the verdict, the other a dead letter.
func TestUsedIDAtOnce(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	begun, goOn := make(chan struct{}, 2), make(chan struct{})
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		begun <- struct{}{}
		<-goOn
		return byText(ctx, s, emit)
	})
	queuetest.Publish(t, conn, payloadOf(t, queuetest.Submission("same")))
	queuetest.Publish(t, conn, payloadOf(t, wrongProgram("same")))
	for range 2 {
		queuetest.Receive(t, begun, "both programs")
	}
	close(goOn)
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamDead, 1)
	report := queuetest.WaitVerdict(t, conn, "same")
	want := verdict.Accepted
	if report.ContentSHA256 == wrongProgram("same").ContentDigest() {
		want = verdict.WrongAnswer
	}
	if report.Verdict != want {
		t.Errorf("verdict %s, want %s", report.Verdict, want)
	}
}

// A worker that died between the verdict and the acknowledgement leaves the same content to the next one, who has nothing
// to say against it; and a message that can never be judged does not become a judge error of somebody else's verdict.
func TestRedeliveryIsNoUsedID(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	a, err := newAttempt(publisher{conn: conn, name: "died"}, rawMessage("same", payloadOf(t, queuetest.Submission("same"))), 1)
	if err != nil {
		t.Fatal(err)
	}
	report := queuetest.Accepted(a.submission)
	a.stamp(&report)
	if _, err := a.publishVerdict(queuetest.Context(t), report); err != nil {
		t.Fatal(err)
	}
	queuetest.Publish(t, conn, payloadOf(t, queuetest.Submission("same")))
	broken := queuetest.Submission("same")
	broken.TimeLimitUsec = -1
	queuetest.Publish(t, conn, payloadOf(t, broken))
	start(t, conn, quick(), func(context.Context, api.Submission, func(api.Event)) (api.Report, error) {
		return api.Report{}, errors.New("was judged again")
	})
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, 1)
	queuetest.WantCount(t, conn, message.StreamDead, 1)
	if got := queuetest.WaitVerdict(t, conn, "same"); got.Verdict != verdict.Accepted || got.Worker != "died" {
		t.Errorf("verdict %s of %s, want the first", got.Verdict, got.Worker)
	}
	if letter := queuetest.DeadLetter(t, conn, "same"); !strings.Contains(letter.Reason, "time_limit_us") {
		t.Errorf("dead letter: %s", letter.Reason)
	}
}
