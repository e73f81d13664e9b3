package queue

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/metrics"
)

// conclude publishes the report of a submission that was judged.
func (d *delivery) conclude(ctx context.Context, s message.Submission, report message.Report) {
	d.stamp(s, &report)
	fitArtifacts(&report, d.conn.NATS().MaxPayload())
	stored, err := d.publishVerdict(ctx, report)
	if err != nil {
		d.unpublished(ctx, s, err)
		return
	}
	d.finish(ctx, stored)
}

// stamp fills in what the queue knows better than the judge.
func (d *delivery) stamp(s message.Submission, r *message.Report) {
	r.Version = message.Version
	r.Submission, r.Attempt, r.Problem = d.who.ID, d.who.Attempt, s.Problem
	r.Language = cmp.Or(r.Language, s.Language)
	r.Worker = d.cfg.Name
	r.Phases.QueueWaitUsec = d.queueWait().Microseconds()
	if r.Tests == nil {
		r.Tests = []message.TestReport{} // [] in JSON, not null
	}
}

// unpublished deals with a report that the server would not store.
func (d *delivery) unpublished(ctx context.Context, s message.Submission, err error) {
	if errors.Is(err, nats.ErrMaxPayload) {
		d.abandon(ctx, s, fmt.Errorf("verdict is larger than the server takes: raise max_payload of the server: %w", err))
		return
	}
	if ctx.Err() != nil {
		d.handBack(ctx, context.Cause(ctx))
		return
	}
	d.fault(ctx, s, fmt.Errorf("store verdict: %w", err))
}

// abandon ends a submission that will not be judged: a dead letter first, so that a worker that dies in between
// leaves the rest to the next one; then a judge error, where it is known to whom; then the message is done with.
func (d *delivery) abandon(ctx context.Context, s message.Submission, cause error) {
	class := classOf(cause)
	if err := d.publishDead(ctx, class, cause); err != nil {
		d.cfg.Log.Error().Err(err).Str("submission", d.who.ID).Msg("dead letter not stored")
		d.rest()
		return
	}
	d.cfg.Log.Warn().Str("submission", d.who.ID).Int("attempt", d.who.Attempt).Str("class", string(class)).
		Int("payload_bytes", len(d.msg.Data)).Msg("submission refused")
	if d.who.Known() {
		report := message.Report{
			Verdict: verdict.JudgeError,
			Error:   &message.ErrorReport{Class: class, Message: cause.Error()},
		}
		d.stamp(s, &report)
		stored, err := d.publishVerdict(ctx, report)
		if err != nil {
			d.cfg.Log.Error().Err(err).Str("submission", d.who.ID).Msg("verdict not stored")
			d.rest()
			return
		}
		if !d.closeEvents(ctx, stored) {
			return
		}
	}
	_ = d.msg.Respond([]byte("+TERM cannot be judged")) // where it is lost, the next delivery finds the verdict
}

func classOf(err error) verdict.Class {
	var rejection *message.Rejection
	if errors.As(err, &rejection) {
		return cmp.Or(rejection.Class, verdict.ClassProblem)
	}
	if errors.Is(err, message.ErrRejected) {
		return verdict.ClassProblem
	}
	return verdict.ClassHost
}

// publishVerdict stores the verdict, unless the attempt has one: then that one counts and this one is forgotten. It
// returns the one that counts.
func (d *delivery) publishVerdict(ctx context.Context, report message.Report) (message.Report, error) {
	started := time.Now()
	msg, err := encode(message.VerdictSubject(report.Submission, report.Attempt), report)
	if err != nil {
		return report, err
	}
	msg.Header.Set(jetstream.MsgIDHeader, message.AttemptKey(report.Submission, report.Attempt))
	msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	step("before verdict")
	ack, err := d.store(ctx, msg)
	step("after verdict")
	if (err == nil && ack.Duplicate) || client.HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence) {
		if report, err = d.resolve(ctx, msg.Data, report); err != nil {
			return report, err
		}
	} else if err != nil {
		return report, fmt.Errorf("publish %s: %w", msg.Subject, err)
	} else {
		d.logVerdict(report)
		d.count(report)
	}
	d.cfg.Metrics.Phase(metrics.PhasePublish, time.Since(started))
	return report, nil
}

// resolve finds out whose verdict was there first. It is ours when an earlier try was stored and its answer lost.
func (d *delivery) resolve(ctx context.Context, ours []byte, report message.Report) (message.Report, error) {
	var stored message.Report
	var raw []byte
	err := patiently(ctx, d.cfg.Patience, func() (err error) {
		stored, raw, err = d.loadVerdict(ctx)
		return err
	})
	if err != nil {
		return report, fmt.Errorf("read the verdict that is there already: %w", err)
	}
	if bytes.Equal(raw, ours) {
		d.logVerdict(report)
		d.count(report)
		return report, nil
	}
	d.cfg.Metrics.DuplicateVerdict()
	d.cfg.Log.Info().Str("submission", d.who.ID).Int("attempt", d.who.Attempt).
		Msg("verdict discarded, the attempt has one")
	return stored, nil
}

// finish ends a submission whose attempt has its verdict: from this delivery, or from a worker that died before it
// could acknowledge, or because the platform published the attempt twice.
func (d *delivery) finish(ctx context.Context, stored message.Report) {
	if d.closeEvents(ctx, stored) {
		d.ack(ctx)
	}
}

// closeEvents makes sure that the last event of the attempt is stored. Where it cannot be, the submission rests: the
// next delivery finds the verdict, and tries again.
func (d *delivery) closeEvents(ctx context.Context, stored message.Report) bool {
	err := d.publishDone(ctx, stored)
	if err != nil {
		d.cfg.Log.Warn().Err(err).Str("submission", d.who.ID).Msg("last event not stored")
		d.rest()
	}
	return err == nil
}

// storedVerdict is the verdict that the attempt has, or an error when there is none or it could not be read. Not being
// able to read costs nothing but work: the server refuses a second verdict anyway.
func (d *delivery) storedVerdict(ctx context.Context) (message.Report, error) {
	report, _, err := d.loadVerdict(ctx)
	return report, err
}

// ack tells the server that the submission is done, and waits until it knows. Where it does not answer, the
// submission is delivered again and found to have a verdict.
func (d *delivery) ack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	step("before ack")
	if err := d.msg.AckSync(nats.Context(ctx)); err != nil {
		d.cfg.Log.Warn().Err(err).Str("submission", d.who.ID).Msg("acknowledgement not confirmed")
	}
	step("after ack")
}

func (d *delivery) loadVerdict(ctx context.Context) (message.Report, []byte, error) {
	var report message.Report
	found, err := lastStored(ctx, d.conn, message.StreamVerdicts, message.VerdictSubject(d.who.ID, d.who.Attempt))
	if err != nil {
		return report, nil, err
	}
	if err := json.Unmarshal(found.data, &report); err != nil {
		return report, nil, fmt.Errorf("decode verdict: %w", err)
	}
	return report, found.data, nil
}

// publishDead stores the message with the reason why it is dead.
func (d *delivery) publishDead(ctx context.Context, class verdict.Class, cause error) error {
	letter := message.DeadLetter{
		Version:    message.Version,
		Submission: d.who.ID,
		Attempt:    d.who.Attempt,
		Class:      class,
		Reason:     cause.Error(),
		Subject:    d.msg.Subject,
		Published:  d.meta.Timestamp.UTC(),
		Deliveries: int(d.meta.NumDelivered),
		Worker:     d.cfg.Name,
		Payload:    d.msg.Data,
	}
	if room := int(d.conn.NATS().MaxPayload()-message.Envelope) / 4 * 3; len(letter.Payload) > room {
		letter.Payload, letter.Truncated = letter.Payload[:max(room, 0)], true
	}
	msg, err := encode(message.DeadSubject(d.who.ID), letter)
	if err != nil {
		return err
	}
	msg.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%d.%d", d.meta.Sequence.Stream, d.meta.Timestamp.UnixNano()))
	ack, err := d.store(ctx, msg)
	if err != nil {
		return fmt.Errorf("publish %s: %w", msg.Subject, err)
	}
	if !ack.Duplicate {
		d.cfg.Metrics.DeadLetter()
	}
	return nil
}
