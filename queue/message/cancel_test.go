package message_test

import (
	"testing"

	"github.com/gaveloj/gavel/queue/message"
)

// TestCancellationWithOwnNotes: a note of the platform's own is not taken for the reason, or the attempt.
func TestCancellationWithOwnNotes(t *testing.T) {
	t.Parallel()
	c := message.ReadCancellation([]byte(`{"submission_id":"s","Submission_ID":"t","attempt":2,"Attempt":3,"reason":"late","REASON":7}`))
	if c.Submission != "s" || c.Attempt != 2 || c.Reason != "late" {
		t.Errorf("%+v, want attempt 2 of s, late", c)
	}
}
