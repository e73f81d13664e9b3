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

	"github.com/gaveloj/gavel/message"
)

// archiveGrace is how long a verdict waits for the archive to answer. A server that answers that it cannot is not
// waited for.
const archiveGrace = 2 * time.Second

// archive keeps the message for judging again, beside its being judged. The function that it returns is called before the
// verdict is published, so that who sees a verdict finds the submission in the archive; it waits for the try that is
// under way. A failure costs nothing but that: the submission cannot be judged again by its ID.
func (d *delivery) archive(ctx context.Context, s message.Submission) (wait func()) {
	ctx, cancel := context.WithCancel(ctx)
	judged := make(chan struct{})
	var keeping sync.WaitGroup
	keeping.Go(func() {
		if err := d.keep(ctx, judged, s); err != nil {
			d.cfg.Metrics.ArchiveFailure()
			d.cfg.Log.Warn().Err(err).Str("submission", d.who.ID).Msg("submission not archived")
		}
	})
	return func() {
		close(judged)
		late := time.AfterFunc(archiveGrace, cancel)
		keeping.Wait()
		late.Stop()
		cancel()
	}
}

// keep tries until it succeeds or the submission is judged.
func (d *delivery) keep(ctx context.Context, judged <-chan struct{}, s message.Submission) error {
	msg, err := d.archiveMessage(s)
	if err != nil {
		return err
	}
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if d.superseded(ctx) {
			return nil
		}
		_, err := d.tryStore(ctx, msg)
		if err == nil {
			return nil
		}
		rest := time.NewTimer(wait)
		select {
		case <-rest.C:
		case <-judged:
			rest.Stop()
			return fmt.Errorf("publish %s: %w", msg.Subject, err)
		}
	}
}

func (d *delivery) archiveMessage(s message.Submission) (*nats.Msg, error) {
	pool, lane, _, err := message.ParseSubmissionSubject(d.msg.Subject)
	if err != nil {
		return nil, err
	}
	msg := nats.NewMsg(message.ArchiveSubject(d.who.ID))
	msg.Data = d.msg.Data
	msg.Header.Set(message.HeaderProblem, s.Problem)
	msg.Header.Set(message.HeaderPool, pool)
	msg.Header.Set(message.HeaderLane, lane)
	msg.Header.Set(message.HeaderAttempt, strconv.Itoa(s.Attempt))
	if s.Language != "" {
		msg.Header.Set(message.HeaderLanguage, s.Language)
	}
	return msg, nil
}

// superseded tells that there is a newer attempt, whose message may be in the archive already. Not being able to tell
// means no.
func (d *delivery) superseded(ctx context.Context) bool {
	entry, err := readEntry(ctx, d.conn, message.BucketAttempts, d.who.ID)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		d.cfg.Log.Debug().Err(err).Str("submission", d.who.ID).Msg("newest attempt not read")
	}
	newest, err := strconv.Atoi(string(entry))
	return err == nil && newest > d.who.Attempt
}
