package queue

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// Every bad message ends as a dead letter with all its bytes, and as a judge error where it is known to whom; or as a compile
// error alone, where only the files are bad. And the worker goes on.
func TestWorkerRefusesBadMessages(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("first"))
	verdicts, letters := uint64(2), uint64(0) // first and last
	for i, test := range apitest.BadMessages {
		payload := test.Payload
		if (test.Who == api.Identity{ID: "s1", Attempt: 1}) { // a verdict of its own for each
			payload = strings.Replace(payload, `"id":"s1"`, fmt.Sprintf(`"id":"bad%d"`, i), 1)
		}
		queuetest.Publish(t, conn, []byte(payload))
		if !test.Submitted {
			letters++
		}
		if !test.Who.Known() {
			continue
		}
		verdicts++
		t.Run(test.Name, func(t *testing.T) {
			id := fmt.Sprint("bad", i)
			got := queuetest.WaitVerdict(t, conn, id)
			if test.Submitted {
				if got.Verdict != verdict.CompileError || got.Error != nil || !strings.Contains(got.Compile.Log, test.Want) {
					t.Errorf("verdict %s, error %+v, log %q, want CE %q", got.Verdict, got.Error, got.Compile.Log, test.Want)
				}
				return
			}
			if got.Verdict != verdict.JudgeError || got.Error == nil || got.Error.Class != test.Class ||
				!strings.Contains(got.Error.Message, test.Want) {
				t.Errorf("verdict %s, error %+v, want JE %s %q", got.Verdict, got.Error, test.Class, test.Want)
			}
			letter := queuetest.DeadLetter(t, conn, id)
			if !bytes.Equal(letter.Payload, []byte(payload)) || letter.Truncated || letter.Reason != got.Error.Message {
				t.Errorf("dead letter has %d bytes and reason %q, want %d and %q",
					len(letter.Payload), letter.Reason, len(payload), got.Error.Message)
			}
		})
	}
	queuetest.Submit(t, conn, queuetest.Submission("last"))
	queuetest.WaitVerdict(t, conn, "last")
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, verdicts)
	queuetest.WantCount(t, conn, message.StreamDead, letters)
	nobody := queuetest.DeadLetter(t, conn, "")
	if nobody.Submission != "" || nobody.Reason == "" {
		t.Errorf("dead letter of nobody: %+v", nobody)
	}
}
