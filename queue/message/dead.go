package message

import (
	"time"

	"github.com/gaveloj/gavel/judge/verdict"
)

// DeadLetter is a message that could not be judged: the message on judge.dead.<submission>, or on judge.dead.unknown
// where it does not tell a valid ID. Schema: configs/schemas/dead.json.
type DeadLetter struct {
	Version    int           `json:"version"`                 // of this message; 1
	Submission string        `json:"submission_id,omitempty"` // where it is known
	Attempt    int           `json:"attempt,omitempty"`       // where it is known
	Class      verdict.Class `json:"class"`                   // whose fault
	Reason     string        `json:"reason"`                  // what is wrong, and the way out
	Subject    string        `json:"subject"`                 // to which the original was published
	Published  time.Time     `json:"published"`               // when the original was stored
	Deliveries int           `json:"deliveries"`              // of the original, this one included
	Worker     string        `json:"worker,omitempty"`        // that gave up
	Payload    []byte        `json:"payload"`                 // the original, base64 in JSON
	// Truncated reports that the payload was cut because the server would not have taken the whole: only where an
	// operator lowered max_payload while submissions were waiting.
	Truncated bool `json:"payload_truncated,omitempty"`
}

// DeadSummary is a dead letter without the original.
type DeadSummary struct {
	Submission string        `json:"submission_id,omitempty"`
	Attempt    int           `json:"attempt,omitempty"`
	Class      verdict.Class `json:"class"`
	Reason     string        `json:"reason"`
	Published  time.Time     `json:"published"`
	Deliveries int           `json:"deliveries"`
	Bytes      int           `json:"payload_bytes"`
}

// Summary is the letter without the original.
func (l DeadLetter) Summary() DeadSummary {
	return DeadSummary{l.Submission, l.Attempt, l.Class, l.Reason, l.Published, l.Deliveries, len(l.Payload)}
}
