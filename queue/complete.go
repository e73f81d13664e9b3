package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/failpoint"
	"github.com/gaveloj/gavel/queue/omission"
)

// publish publishes the report of a submission that was judged.
func (d *delivery) publish(ctx context.Context, report api.Report) {
	d.stamp(&report)
	stored, err := d.publishVerdict(ctx, report)
	for omitted := 0; errors.Is(err, nats.ErrMaxPayload) && omission.Next(&report, &omitted); {
		stored, err = d.publishVerdict(ctx, report)
	}
	if len(report.Omitted) > 0 && err == nil {
		d.log.Warn().Str("submission", d.who.ID).Int("attempt", d.who.Attempt).Strs("omitted", report.Omitted).
			Msg("verdict was larger than the server takes: raise its max_payload")
	}
	switch {
	case err == nil || errors.Is(err, client.ErrUsedID):
		d.complete(ctx, stored)
	case errors.Is(err, nats.ErrMaxPayload):
		d.deadLetter(ctx, fmt.Errorf("verdict is larger than the server takes: raise max_payload of the server: %w", err))
	case ctx.Err() != nil:
		d.handBack(ctx, context.Cause(ctx))
	default:
		d.fault(ctx, fmt.Errorf("store verdict: %w", err))
	}
}

// deadLetter ends a submission that will not be judged. Where that cannot be stored, the submission rests.
func (d *delivery) deadLetter(ctx context.Context, cause error) {
	reject := d.attempt.reject
	if errors.Is(cause, client.ErrUsedID) {
		reject = d.attempt.rejectUsedID
	}
	if err := reject(ctx, cause); err != nil {
		d.log.Error().Err(err).Str("submission", d.who.ID).Msg("submission not refused yet")
		d.rest()
		return
	}
	_ = d.msg.Respond([]byte("+TERM cannot be judged")) // where it is lost, the next delivery finds the verdict
}

// complete ends a submission whose attempt has its verdict: from this delivery, or from a worker that died before it
// could acknowledge, or because the platform published the attempt twice. Where the last event cannot be stored, the
// submission rests: the next delivery finds the verdict, and tries again. A verdict for other content is none for this
// submission.
func (d *delivery) complete(ctx context.Context, stored api.Report) {
	if err := d.checkSameContent(stored); err != nil {
		d.deadLetter(ctx, err)
		return
	}
	if err := d.done(ctx, stored); err != nil {
		d.log.Warn().Err(err).Str("submission", d.who.ID).Msg("last event not stored")
		d.rest()
		return
	}
	d.ack(ctx)
}

// ack informs the server that the submission is done, and waits until it knows. Where it does not answer, the
// submission is delivered again and found to have a verdict.
func (d *delivery) ack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, completeTimeout)
	defer cancel()
	failpoint.Reach("before ack")
	if err := d.msg.AckSync(nats.Context(ctx)); err != nil {
		d.log.Warn().Err(err).Str("submission", d.who.ID).Msg("acknowledgement not confirmed")
	}
	failpoint.Reach("after ack")
}
