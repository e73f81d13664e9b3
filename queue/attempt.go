package queue

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/failpoint"
	"github.com/gaveloj/gavel/queue/message"
)

// attempt is one attempt of a submission on its way to a verdict, as its message was found in the stream: delivered, or
// read where it waits. What it publishes does not depend on which; acknowledging is the matter of a delivery.
type attempt struct {
	publisher
	who        api.Identity
	submission api.Submission // of a refused one, what a report may repeat
	subject    string         // to which the message was published
	payload    []byte         // of the message
	content    string         // see api.Report.ContentSHA256
	sequence   uint64         // of the message in the stream
	deliveries int            // of the message, the one in hand included
	published  time.Time      // when the server stored the message
	received   time.Time      // when it came here
	events     *eventSequence
}

// newAttempt reads a message of the stream. The attempt can be used also where there is an error, which is the reason why
// it is refused; where the subject does not fit the ID, it is nobody's: it must not give another submission a verdict.
func newAttempt(p publisher, msg jetstream.RawStreamMsg, deliveries int) (*attempt, error) {
	a := &attempt{
		publisher: p, subject: msg.Subject, payload: msg.Data, sequence: msg.Sequence,
		deliveries: deliveries, published: msg.Time, received: time.Now(),
	}
	s, who, err := api.Decode(msg.Data)
	if foreign := checkNamespace(msg.Subject, who.ID); foreign != nil && who.ID != "" {
		who, err = api.Identity{}, foreign
	}
	s.Published = msg.Time
	a.who, a.submission, a.content = who, s, s.ContentDigest()
	if err != nil {
		sum := sha256.Sum256(msg.Data)
		a.content = hex.EncodeToString(sum[:])
	}
	a.events = &eventSequence{out: p, who: who, synced: deliveries == 1} // else there may be events
	return a, err
}

// stamp fills in what the queue knows better than the judge.
func (a *attempt) stamp(r *api.Report) {
	r.Version = api.Version
	r.Submission, r.Attempt, r.Problem = a.who.ID, a.who.Attempt, a.submission.Problem
	r.ContentSHA256 = a.content
	r.Language = cmp.Or(r.Language, a.submission.Language)
	r.Worker = a.name
	r.Phases.QueueWaitUsec = a.queueWait().Microseconds()
	if r.Tests == nil {
		r.Tests = []api.TestReport{} // [] in JSON, not null
	}
}

// queueWait is how long the submission lay in the stream before it came here. Clocks of two hosts may differ, so it is
// never below zero.
func (a *attempt) queueWait() time.Duration { return max(a.received.Sub(a.published), 0) }

// publishVerdict stores the verdict, unless the attempt has one: then that one counts and this one is forgotten. It
// returns the one that counts. Where that is for other content, the error is a *client.UsedIDError.
func (a *attempt) publishVerdict(ctx context.Context, report api.Report) (api.Report, error) {
	started := time.Now()
	msg, err := encode(message.VerdictSubject(report.Submission, report.Attempt), report)
	if err != nil {
		return report, err
	}
	msg.Header.Set(jetstream.MsgIDHeader, api.AttemptKey(report.Submission, report.Attempt))
	msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	failpoint.Reach("before verdict")
	ack, err := a.store(ctx, msg)
	failpoint.Reach("after verdict")
	if (err == nil && ack.Duplicate) || client.HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence) {
		if report, err = a.resolveDuplicate(ctx, msg.Data, report); err != nil {
			return report, err
		}
	} else if err != nil {
		return report, fmt.Errorf("publish %s: %w", msg.Subject, err)
	} else {
		a.logVerdict(report)
		a.count(report)
	}
	a.metrics.Phase(metrics.PhasePublish, time.Since(started))
	return report, nil
}

// resolveDuplicate finds out whose verdict was there first. It is ours when an earlier try was stored and its answer lost.
func (a *attempt) resolveDuplicate(ctx context.Context, ours []byte, report api.Report) (api.Report, error) {
	var stored api.Report
	var raw []byte
	err := retryTransient(ctx, a.patience, func() (err error) {
		stored, raw, err = a.loadVerdict(ctx)
		return err
	})
	if err != nil {
		return report, fmt.Errorf("read the verdict that is there already: %w", err)
	}
	if bytes.Equal(raw, ours) {
		a.logVerdict(report)
		a.count(report)
		return report, nil
	}
	if err := a.checkSameContent(stored); err != nil {
		return stored, err
	}
	a.metrics.DuplicateVerdict()
	a.log.Info().Str("submission", a.who.ID).Int("attempt", a.who.Attempt).
		Msg("verdict discarded, the attempt has one")
	return stored, nil
}

// checkSameContent returns a *client.UsedIDError when the verdict that is stored for the attempt is one of another program.
// Verdicts of earlier versions do not say of which.
func (a *attempt) checkSameContent(stored api.Report) error {
	if stored.ContentSHA256 == "" || stored.ContentSHA256 == a.content {
		return nil
	}
	return api.Refuse(verdict.ClassProblem, &client.UsedIDError{Submission: a.who.ID, Attempt: a.who.Attempt, Judged: true})
}

// loadVerdict reads the verdict that the attempt has, decoded and as it is stored; jetstream.ErrMsgNotFound means that
// there is none.
func (a *attempt) loadVerdict(ctx context.Context) (api.Report, []byte, error) {
	var report api.Report
	found, err := a.conn.LastMessage(ctx, message.StreamVerdicts, message.VerdictSubject(a.who.ID, a.who.Attempt))
	if err != nil {
		return report, nil, err
	}
	if err := json.Unmarshal(found.Data, &report); err != nil {
		return report, nil, fmt.Errorf("decode verdict: %w", err)
	}
	return report, found.Data, nil
}

// done publishes the last event of the attempt, and waits until it is stored. Where another worker has published it, it
// is not published again.
func (a *attempt) done(ctx context.Context, report api.Report) error {
	return a.events.finish(ctx, api.Event{
		Stage: api.StageDone, Verdict: string(report.Verdict), Test: len(report.Tests), Tests: len(report.Tests),
	})
}

// publishDead stores the message with the reason why it is dead.
func (a *attempt) publishDead(ctx context.Context, class verdict.Class, cause error) error {
	letter := message.DeadLetter{
		Version:    api.Version,
		Submission: a.who.ID,
		Attempt:    a.who.Attempt,
		Class:      class,
		Reason:     cause.Error(),
		Subject:    a.subject,
		Published:  a.published.UTC(),
		Deliveries: a.deliveries,
		Worker:     a.name,
		Payload:    a.payload,
	}
	if most := int(a.conn.NATS().MaxPayload()-message.EnvelopeBytes) / 4 * 3; len(letter.Payload) > most {
		letter.Payload, letter.Truncated = letter.Payload[:max(most, 0)], true
	}
	msg, err := encode(message.DeadSubject(a.who.ID), letter)
	if err != nil {
		return err
	}
	msg.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%d.%d", a.sequence, a.published.UnixNano()))
	ack, err := a.store(ctx, msg)
	if err != nil {
		return fmt.Errorf("publish %s: %w", msg.Subject, err)
	}
	if !ack.Duplicate {
		a.metrics.DeadLetter()
	}
	return nil
}

// reject publishes a dead letter, and then a judge error and the last event where it is known whose they are. A worker that
// dies in between leaves the rest to the next one.
func (a *attempt) reject(ctx context.Context, cause error) error {
	class := classOf(cause)
	if err := a.publishDead(ctx, class, cause); err != nil {
		return err
	}
	a.log.Warn().Str("submission", a.who.ID).Int("attempt", a.who.Attempt).Str("class", string(class)).
		Str("reason", cause.Error()[:min(len(cause.Error()), maxLoggedReason)]).Str("subject", a.subject).Uint64("sequence", a.sequence).
		Int("payload_bytes", len(a.payload)).Msg("submission refused")
	if !a.who.Known() {
		return nil
	}
	report := api.Report{
		Verdict: verdict.JudgeError,
		Error:   &api.ErrorReport{Class: class, Message: cause.Error()},
	}
	a.stamp(&report)
	stored, err := a.publishVerdict(ctx, report)
	if errors.Is(err, client.ErrUsedID) {
		return nil // it has the dead letter, and the other one keeps its verdict
	}
	if err != nil {
		return err
	}
	return a.done(ctx, stored)
}

// maxLoggedReason bounds, in bytes, what the log repeats of a reason: the dead letter and the verdict have all of it.
const maxLoggedReason = 300

// rejectUsedID publishes a dead letter alone: the verdict and the events of the attempt are another program's.
func (a *attempt) rejectUsedID(ctx context.Context, cause error) error {
	a.log.Warn().Str("submission", a.who.ID).Int("attempt", a.who.Attempt).Uint64("sequence", a.sequence).
		Str("reason", cause.Error()[:min(len(cause.Error()), maxLoggedReason)]).Msg("submission refused, its ID was used for other content")
	return a.publishDead(ctx, classOf(cause), cause)
}

func classOf(err error) verdict.Class {
	var rejection *api.Rejection
	if errors.As(err, &rejection) {
		return cmp.Or(rejection.Class, verdict.ClassProblem)
	}
	if errors.Is(err, api.ErrRejected) {
		return verdict.ClassProblem
	}
	return verdict.ClassHost
}

// logger names the attempt in each event.
func (a *attempt) logger() zerolog.Logger {
	return a.log.With().Str("submission", a.who.ID).Int("attempt", a.who.Attempt).Logger()
}

// logVerdict writes the one line of a submission.
func (a *attempt) logVerdict(r api.Report) {
	log := a.log.Info()
	if r.Error != nil {
		log = log.Str("class", string(r.Error.Class))
	}
	log.
		Str("submission", r.Submission).
		Str("verdict", string(r.Verdict)).
		Int64("cpu_ms", r.CPUUsec/1000).
		Int64("wall_ms", r.WallUsec/1000).
		Int64("peak_kib", r.PeakMemory/1024).
		Int("attempt", r.Attempt).
		Str("language", r.Language).
		Msg("submission judged")
}

// count records the verdict and where the time went.
func (a *attempt) count(r api.Report) {
	m := a.metrics
	m.Submission(string(r.Verdict), r.Language)
	if r.Verdict == verdict.JudgeError && r.Error != nil {
		m.JudgeError(string(r.Error.Class))
	}
	m.Phase(metrics.PhaseQueueWait, a.queueWait())
	m.Phase(metrics.PhaseTotal, time.Since(a.received))
}
