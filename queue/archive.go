package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// archiveGrace is how long a verdict waits for the archive to answer. A server that answers that it cannot is not
// waited for.
const archiveGrace = 2 * time.Second

// archive keeps the message for judging again, beside its being judged. The function that it returns is called before the
// verdict is published, so that who sees a verdict finds the submission in the archive; it waits for the try that is
// under way. A failure costs nothing but that: the submission cannot be judged again by its ID.
func (a *attempt) archive(ctx context.Context) (wait func()) {
	ctx, cancel := context.WithCancel(ctx)
	resting, judged := context.WithCancelCause(ctx)
	var keeping sync.WaitGroup
	keeping.Go(func() {
		err := guarded(a.logger(), "archiving", func() error { return a.storeInArchive(ctx, resting) })
		if err != nil {
			a.metrics.ArchiveFailure()
			a.log.Warn().Err(err).Str("submission", a.who.ID).Msg("submission not archived")
		}
	})
	return func() {
		judged(errJudged)
		late := time.AfterFunc(archiveGrace, cancel)
		keeping.Wait()
		late.Stop()
		cancel()
	}
}

// errJudged is why the archive is not tried any more.
var errJudged = errors.New("the submission is judged")

// storeInArchive tries until it succeeds. It does not rest between two tries any more once resting has ended.
func (a *attempt) storeInArchive(ctx, resting context.Context) error {
	msg, err := a.archiveMessage()
	if err != nil {
		return err
	}
	err = retry.Do(resting, storeBackoff(), func() (bool, error) {
		if a.superseded(ctx) {
			return false, nil
		}
		_, err := a.tryStore(ctx, msg)
		return true, err
	})
	if err != nil {
		return fmt.Errorf("publish %s: %w", msg.Subject, err)
	}
	return nil
}

func (a *attempt) archiveMessage() (*nats.Msg, error) {
	pool, lane, _, err := message.ParseSubmissionSubject(a.subject)
	if err != nil {
		return nil, err
	}
	msg := nats.NewMsg(message.ArchiveSubject(a.who.ID))
	msg.Data = a.payload
	msg.Header.Set(message.HeaderProblem, a.submission.Problem)
	msg.Header.Set(message.HeaderPool, pool)
	msg.Header.Set(message.HeaderLane, lane)
	msg.Header.Set(message.HeaderAttempt, strconv.Itoa(a.who.Attempt))
	if a.submission.Language != "" {
		msg.Header.Set(message.HeaderLanguage, a.submission.Language)
	}
	return msg, nil
}

// superseded reports that there is a newer attempt, whose message may be in the archive already. Not being able to tell
// means no.
func (a *attempt) superseded(ctx context.Context) bool {
	entry, err := readEntry(ctx, a.conn, message.BucketAttempts, a.who.ID)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		a.log.Debug().Err(err).Str("submission", a.who.ID).Msg("newest attempt not read")
	}
	newest, err := strconv.Atoi(string(entry))
	return err == nil && newest > a.who.Attempt
}
