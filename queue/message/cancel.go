package message

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/api"
)

// Cancellation says that an attempt is not wanted any more: the entry of the bucket judge-cancellations under the key
// <submission>.<attempt>. Schema: configs/schemas/cancellation.json.
type Cancellation struct {
	Version    int       `json:"version"` // of this message; 1
	Submission string    `json:"submission_id"`
	Attempt    int       `json:"attempt"`
	Reason     string    `json:"reason,omitempty"` // for people; at most MaxReason characters
	Requested  time.Time `json:"requested"`
}

// MaxReason bounds the reason of a cancellation, in characters.
const MaxReason = 500

// Validate refuses what does not name an attempt, and a reason that is too long.
func (c Cancellation) Validate() error {
	var reason error
	if n := utf8.RuneCountInString(c.Reason); n > MaxReason || !utf8.ValidString(c.Reason) {
		reason = fmt.Errorf("reason of %d characters: want at most %d, in UTF-8", n, MaxReason)
	}
	return errors.Join(api.CheckID(c.Submission), api.CheckAttempt(c.Attempt), reason)
}

// ReadCancellation is lenient: the key alone says what is meant, so that an entry made by hand does it too. Of what
// cannot be read nothing is kept.
func ReadCancellation(entry []byte) Cancellation {
	var c Cancellation
	if api.Unmarshal(entry, &c) != nil {
		return Cancellation{}
	}
	if utf8.RuneCountInString(c.Reason) > MaxReason {
		c.Reason = string([]rune(c.Reason)[:MaxReason])
	}
	return c
}
