package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/metrics"
)

// delivery is one submission message in the hands of one slot.
type delivery struct {
	*Worker
	msg      *nats.Msg
	meta     *nats.MsgMetadata
	received time.Time
	who      message.Identity
	language string // as asked for
	progress *progress
	tries    tries
}

// handle sees one message through: whatever happens, in the end it has a verdict and is acknowledged, or it stays in
// the stream and will be delivered again.
//
//	delivered -> decode -> verdict there already? -> Judge -> verdict -> done event -> double ack
//	                |                                 |  |
//	                +-- never can be judged ----------+  +- fault, drain -> nak; canceled -> verdict CANCELED
//	                        -> DEAD, JE, term
func (w *Worker) handle(workCtx context.Context, msg *nats.Msg) {
	defer w.occupy()()
	meta, err := msg.Metadata()
	if err != nil {
		w.cfg.Log.Error().Err(err).Msg("delivery without metadata")
		return // not a JetStream delivery, so nothing waits for an answer
	}
	d := &delivery{Worker: w, msg: msg, meta: meta, received: time.Now()}
	step("received")
	stop := d.heartbeat()
	defer stop()
	ctx, cancel := linger(workCtx, settleTime)
	defer cancel()
	d.run(workCtx, ctx)
}

// settleTime is how long a finished result may take to be stored after the work context has ended.
const settleTime = 5 * time.Second

// run judges under workCtx and settles the result under settleCtx, which lives a little longer.
func (d *delivery) run(workCtx, settleCtx context.Context) {
	if d.meta.NumDelivered > 1 {
		d.cfg.Metrics.Redelivery()
	}
	s, who, err := message.Decode(d.msg.Data)
	if foreign := checkNamespace(d.msg.Subject, who.ID); foreign != nil && who.ID != "" {
		who, err = message.Identity{}, foreign // it must not get somebody else's submission a verdict
	}
	d.who, d.language, s.Published = who, s.Language, d.meta.Timestamp
	if err != nil {
		d.abandon(settleCtx, s, err)
		return
	}
	step("decoded")
	workCtx, hold := d.cancels.hold(workCtx, who)
	defer hold.release()
	stored, err := d.storedVerdict(settleCtx)
	if err == nil {
		d.finish(settleCtx, stored)
		return
	}
	if d.loadTries(settleCtx); d.try() > d.cfg.MaxDeliver {
		if !errors.Is(err, jetstream.ErrMsgNotFound) {
			d.rest() // it may have a verdict, which nobody could read now
			return
		}
		d.abandon(settleCtx, s, fmt.Errorf("tried %d times without a verdict: the workers that judged it died or lost their host%s",
			d.try()-1, d.tries.history()))
		return
	}
	if d.prefersAnother() {
		d.passOn(settleCtx, d.cfg.RetryDelay/4)
		return
	}
	archived := d.archive(settleCtx, s)
	report, err := d.judgeWatched(workCtx, s)
	archived()
	if request, yes := hold.canceled(settleCtx); yes {
		report, err = canceledReport(request), nil
	}
	switch {
	case err == nil:
		d.conclude(settleCtx, s, report)
	case errors.Is(err, message.ErrRejected):
		d.refuse(settleCtx, s, err)
	case workCtx.Err() != nil:
		d.handBack(settleCtx, context.Cause(workCtx))
	default:
		d.fault(settleCtx, s, err)
	}
}

// refuse abandons a submission that can never be judged, unless another worker can.
func (d *delivery) refuse(ctx context.Context, s message.Submission, err error) {
	var rejection *message.Rejection
	if errors.As(err, &rejection) && rejection.Lacking != "" && d.cfg.Peers != nil {
		reach := d.cfg.Peers.Language(rejection.Lacking)
		if reach != client.Now && d.cfg.Peers.Refresh(ctx) == nil { // one may have come
			reach = d.cfg.Peers.Language(rejection.Lacking)
		}
		switch {
		case reach == client.Now: // soon, as often as it takes: the others may be busy
			d.passOn(ctx, d.cfg.retryDelay(d.tries.Here+1)/10)
			return
		case reach == client.Later && d.tries.Here < maxLater:
			d.passOn(ctx, d.cfg.retryDelay(d.tries.Here+1))
			return
		}
	}
	d.abandon(ctx, s, err)
}

// maxLater is how often a submission waits for a worker that is said to come: some 20 minutes.
const maxLater = 25

// checkNamespace makes sure that who may publish to the subject may publish this submission.
func checkNamespace(subject, id string) error {
	_, _, namespace, err := message.ParseSubmissionSubject(subject)
	if err == nil && namespace != message.Namespace(id) {
		err = fmt.Errorf("field id: %q has the namespace %q, and was published to %s: publish it to judge.submissions.<pool>.<lane>%s",
			id, message.Namespace(id), subject, strings.TrimSuffix("."+message.Namespace(id), "."))
	}
	if err != nil {
		return message.Refuse(verdict.ClassProblem, err)
	}
	return nil
}

// judgeWatched judges with progress events going out.
func (d *delivery) judgeWatched(ctx context.Context, s message.Submission) (message.Report, error) {
	if ctx.Err() != nil {
		return message.Report{}, context.Cause(ctx)
	}
	d.progress = newProgress(ctx, d.Worker, d.who, d.meta.NumDelivered > 1)
	defer d.progress.stop()
	d.progress.emit(message.Event{Stage: message.StageReceived})
	return d.judgeSafely(ctx, s)
}

// judgeSafely turns a panic into a fault: one submission never takes the others down.
func (d *delivery) judgeSafely(ctx context.Context, s message.Submission) (report message.Report, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			d.cfg.Log.Error().Str("submission", s.ID).Int("attempt", s.Attempt).
				Str("panic", describePanic(cause)).Bytes("stack", debug.Stack()).Msg("panic while judging")
			err = fmt.Errorf("panic while judging (%s): see the log of worker %q", describePanic(cause), d.cfg.Name)
		}
	}()
	if s, err = d.fetchFiles(ctx, s); err != nil {
		return report, err
	}
	step("judging")
	report, err = d.judge(ctx, s, d.progress.emit)
	step("judged")
	if err == nil && !validCode(report.Verdict) {
		err = fmt.Errorf("report has verdict %q, which does not exist", report.Verdict)
	}
	return report, err
}

// describePanic never repeats the value of a panic that is not the runtime's own: it could hold what a contestant
// wrote.
func describePanic(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("value of type %T", cause)
}

func validCode(code verdict.Code) bool {
	return slices.Contains(verdict.Codes(), code)
}

// heartbeat tells the server at every third of the ack wait that the submission is in good hands. The stop function
// waits for the goroutine.
func (d *delivery) heartbeat() (stop func()) {
	done := make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() {
		ticker := time.NewTicker(d.cfg.AckWait / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				_ = d.msg.InProgress() // the next beat, or a redelivery, makes up for a lost one
			case <-done:
				return
			}
		}
	})
	return func() { close(done); beat.Wait() }
}

// handBack gives the submission to another worker at once.
func (d *delivery) handBack(ctx context.Context, cause error) {
	d.cfg.Metrics.HandedBack()
	d.cfg.Log.Info().Str("submission", d.who.ID).Int("attempt", d.who.Attempt).
		AnErr("cause", cause).Msg("submission handed back")
	d.tries.Passed++
	d.saveTries(ctx)
	d.source.pass(d.msg)
}

// fault puts the submission aside for a while, or gives up after the last delivery.
func (d *delivery) fault(ctx context.Context, s message.Submission, err error) {
	d.cfg.Metrics.Fault()
	d.cfg.Log.Warn().Err(err).Str("submission", d.who.ID).Int("attempt", d.who.Attempt).
		Uint64("delivery", d.meta.NumDelivered).Msg("fault while judging")
	if d.try() >= d.cfg.MaxDeliver {
		d.abandon(ctx, s, fmt.Errorf("gave up after %d tries: %w%s", d.try(), err, d.tries.history()))
		return
	}
	d.tries.addFault(d.cfg.Name, err)
	d.saveTries(ctx)
	d.rest()
	d.exam.want()
}

// rest makes the server wait before it delivers the submission again.
func (d *delivery) rest() {
	_ = d.msg.NakWithDelay(d.cfg.retryDelay(d.try())) // a lost nak costs only the ack wait
}

// retryDelay is how long a submission rests after its n-th try.
func (c Config) retryDelay(n int) time.Duration {
	delay := c.RetryDelay
	for ; n > 1 && delay < c.MaxRetryDelay; n-- {
		delay *= 2
	}
	return min(delay, c.MaxRetryDelay)
}

// queueWait is how long the submission lay in the stream before this delivery. Clocks of two hosts may differ, so it
// is never below zero.
func (d *delivery) queueWait() time.Duration { return max(d.received.Sub(d.meta.Timestamp), 0) }

// logVerdict writes the one line of a submission.
func (d *delivery) logVerdict(r message.Report) {
	d.cfg.Log.Info().
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
func (d *delivery) count(r message.Report) {
	m := d.cfg.Metrics
	m.Submission(string(r.Verdict), r.Language)
	if r.Verdict == verdict.JudgeError && r.Error != nil {
		m.JudgeError(string(r.Error.Class))
	}
	m.Phase(metrics.PhaseQueueWait, d.queueWait())
	m.Phase(metrics.PhaseTotal, time.Since(d.received))
}
