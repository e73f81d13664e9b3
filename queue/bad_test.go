package queue

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/messagetest"
	"github.com/gaveloj/gavel/message/verdict"
)

// Every bad message ends as a dead letter with all its bytes, and as a judge error where it is known to whom; and the
// worker goes on.
func TestWorkerRefusesBadMessages(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, accept)
	submitWhenReady(t, conn, submission("first"))
	verdicts := uint64(2) // first and last
	for i, test := range messagetest.BadMessages {
		payload := test.Payload
		if (test.Who == message.Identity{ID: "s1", Attempt: 1}) { // a verdict of its own for each
			payload = strings.Replace(payload, `"id":"s1"`, fmt.Sprintf(`"id":"bad%d"`, i), 1)
		}
		publish(t, conn, []byte(payload))
		if !test.Who.Known() {
			continue
		}
		verdicts++
		t.Run(test.Name, func(t *testing.T) {
			id := fmt.Sprint("bad", i)
			got := waitVerdict(t, conn, id)
			if got.Verdict != verdict.JudgeError || got.Error == nil || got.Error.Class != test.Class ||
				!strings.Contains(got.Error.Message, test.Want) {
				t.Errorf("verdict %s, error %+v, want JE %s %q", got.Verdict, got.Error, test.Class, test.Want)
			}
			letter := deadLetter(t, conn, id)
			if !bytes.Equal(letter.Payload, []byte(payload)) || letter.Truncated || letter.Reason != got.Error.Message {
				t.Errorf("dead letter has %d bytes and reason %q, want %d and %q",
					len(letter.Payload), letter.Reason, len(payload), got.Error.Message)
			}
		})
	}
	submit(t, conn, submission("last"))
	waitVerdict(t, conn, "last")
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, verdicts)
	wantCount(t, conn, message.StreamDead, uint64(len(messagetest.BadMessages)))
	nobody := deadLetter(t, conn, "")
	if nobody.Submission != "" || nobody.Reason == "" {
		t.Errorf("dead letter of nobody: %+v", nobody)
	}
}
