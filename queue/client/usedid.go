package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// ErrUsedID matches every *UsedIDError.
var ErrUsedID = errors.New("the ID was used before")

// UsedIDError says that the attempt of a submission was published before with other content, so that its verdict is
// that of another program.
type UsedIDError struct {
	Submission string
	Attempt    int
	Judged     bool // it has its verdict already
}

func (e *UsedIDError) Error() string {
	was, again := "submitted", ""
	if e.Judged {
		was, again = "judged", ", or gavel rejudge"
	}
	return fmt.Sprintf("%s was %s already, with other content: use --attempt %d, another ID%s",
		api.AttemptKey(e.Submission, e.Attempt), was, e.Attempt+1, again)
}

// Is matches ErrUsedID.
func (e *UsedIDError) Is(target error) bool { return target == ErrUsedID }

// checkVerdict reports whether the attempt of s has its verdict already. One for other content is a *UsedIDError. What
// cannot be read is none: the worker that gets the submission compares again.
func (c *Client) checkVerdict(ctx context.Context, s api.Submission) (judged bool, err error) {
	if time.Now().UnixNano() < c.noVerdicts.Load() {
		return false, nil
	}
	soon, cancel := context.WithTimeout(ctx, unsureWait)
	defer cancel()
	report, err := c.verdict(soon, s.ID, s.Attempt)
	switch {
	case err == nil && report.ContentSHA256 != "": // else it is of an earlier version, which does not say
		return true, sameContent(report, s)
	case err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) && ctx.Err() == nil:
		c.noVerdicts.Store(time.Now().Add(unsurePause).UnixNano())
	}
	return false, nil
}

func sameContent(report api.Report, s api.Submission) error {
	if report.ContentSHA256 != "" && report.ContentSHA256 != s.ContentDigest() {
		return &UsedIDError{Submission: s.ID, Attempt: s.Attempt, Judged: true}
	}
	return nil
}

const (
	// unsureWait is how long a question may take that not every platform may ask: the server does not answer it then.
	unsureWait = time.Second
	// unsurePause is how long verdicts are not read before submissions after that failed.
	unsurePause = time.Minute
)

// checkPublished compares s with what was published as the same attempt a moment ago, and is stored in the stream of
// submissions at a sequence, or was. known is false where neither that nor what became of it can be read.
func (c *Client) checkPublished(ctx context.Context, s api.Submission, sequence uint64) (known bool, err error) {
	judged, err := c.checkVerdict(ctx, s)
	if judged || err != nil {
		return true, err
	}
	payload, err := c.archivedAttempt(ctx, s)
	if err != nil {
		soon, cancel := context.WithTimeout(ctx, unsureWait)
		defer cancel()
		var msg *jetstream.RawStreamMsg
		if msg, err = c.conn.readFromLeader(soon, message.StreamSubmissions, messageQuery{From: sequence}); err == nil {
			payload, err = msg.Data, checkPublisher(msg.Subject, s.ID)
		}
	}
	if err != nil {
		return false, nil
	}
	before, who, err := api.Decode(payload)
	if err != nil || who.ID != s.ID || who.Attempt != s.Attempt {
		return false, nil
	}
	if before.ContentDigest() != s.ContentDigest() {
		return true, &UsedIDError{Submission: s.ID, Attempt: s.Attempt}
	}
	return true, nil
}

// checkPublisher refuses a message that workers will refuse: it was published in another namespace than that of the ID.
func checkPublisher(subject, id string) error {
	_, _, namespace, err := message.ParseSubmissionSubject(subject)
	if err == nil && namespace != api.Namespace(id) {
		err = fmt.Errorf("published to %s", subject)
	}
	return err
}

// archivedAttempt reads the message of the attempt from the archive, where it is from the moment when it is judged.
func (c *Client) archivedAttempt(ctx context.Context, s api.Submission) ([]byte, error) {
	archived, payload, err := c.archived(ctx, s.ID)
	if err == nil && archived.Attempt != s.Attempt {
		err = ErrNotArchived
	}
	return payload, err
}

// WaitFor is Wait for a submission that the caller has published. A verdict that its attempt has got for other content is
// a *UsedIDError.
func (c *Client) WaitFor(ctx context.Context, s api.Submission) (api.Report, error) {
	s.Attempt = max(s.Attempt, 1)
	report, err := c.Wait(ctx, s.ID, s.Attempt)
	if err != nil {
		return report, err
	}
	if err := sameContent(report, s); err != nil {
		return api.Report{}, fmt.Errorf("wait for the verdict of submission %s: %w", s.ID, err)
	}
	return report, nil
}
