package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/failpoint"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/storage"
)

// delivery is one submission message in the hands of one slot.
type delivery struct {
	*attempt
	w        *Worker
	msg      *nats.Msg
	history  deliveryHistory
	begun    bool // this try is recorded in history
	progress *progress
	hand     *hand
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
	failpoint.Reach("received")
	stop := w.heartbeat(msg)
	defer stop()
	ctx, cancel := withGrace(workCtx, completeTimeout)
	defer cancel()
	if meta.NumDelivered > 1 {
		w.cfg.Metrics.Redelivery()
	}
	a, err := newAttempt(w.out, jetstream.RawStreamMsg{
		Subject: msg.Subject, Data: msg.Data, Sequence: meta.Sequence.Stream, Time: meta.Timestamp,
	}, int(meta.NumDelivered))
	d := &delivery{attempt: a, w: w, msg: msg}
	if err != nil {
		d.refuse(ctx, err)
		return
	}
	failpoint.Reach("decoded")
	d.hand = w.hands.take(a)
	defer d.hand.put()
	err = guarded(a.logger(), "handling a submission", func() error {
		d.run(workCtx, ctx)
		return nil
	})
	if err != nil {
		w.cfg.Metrics.Fault()
		d.rest()
	}
}

// completeTimeout is how long a finished result may take to be stored after the work context has ended.
const completeTimeout = 5 * time.Second

// run judges under workCtx and settles the result under settleCtx, which lives a little longer.
func (d *delivery) run(workCtx, settleCtx context.Context) {
	workCtx, canceled := d.w.cancellations.watch(workCtx, d.who)
	defer canceled.stop()
	stored, _, err := d.loadVerdict(settleCtx) // what cannot be read costs only work: the server refuses a second verdict
	if err == nil {
		d.complete(settleCtx, stored)
		return
	}
	if d.loadHistory(settleCtx); d.tryNumber() > d.w.cfg.MaxDeliver {
		if !errors.Is(err, jetstream.ErrMsgNotFound) {
			d.rest() // it may have a verdict, which nobody could read now
			return
		}
		d.deadLetter(settleCtx, d.gaveUp())
		return
	}
	if d.prefersAnother() {
		d.passOn(settleCtx, d.w.cfg.RetryDelay/4)
		return
	}
	archived := d.archive(settleCtx)
	report, err := d.judgeApart(workCtx, settleCtx)
	archived()
	if request, yes := canceled.canceled(settleCtx); yes {
		report, err = canceledReport(request), nil
	}
	switch {
	case err == nil:
		d.publish(settleCtx, report)
	case errors.Is(err, api.ErrRejected):
		d.refuse(settleCtx, err)
	case workCtx.Err() != nil:
		d.handBack(settleCtx, context.Cause(workCtx))
	default:
		d.fault(settleCtx, err)
	}
}

// refuse dead-letters a submission that can never be judged, unless another worker can. Where that is the contestant's own
// doing, it is a compile error.
func (d *delivery) refuse(ctx context.Context, err error) {
	var rejection *api.Rejection
	if errors.As(err, &rejection) && rejection.Submitted && d.who.Known() {
		d.publish(ctx, api.Report{
			Verdict: verdict.CompileError, Reason: verdict.ReasonNoProgram, Compile: api.CompileReport{Log: err.Error()},
		})
		return
	}
	if errors.As(err, &rejection) && rejection.Lacking != "" && d.w.cfg.Peers != nil {
		reach := d.w.cfg.Peers.Language(rejection.Lacking)
		if reach != client.Available && d.w.cfg.Peers.Refresh(ctx) == nil { // one may have come
			reach = d.w.cfg.Peers.Language(rejection.Lacking)
		}
		switch {
		case reach == client.Available: // soon, as often as it takes: the others may be busy
			d.passOn(ctx, d.w.cfg.retryDelay(d.history.PassedHere+1)/10)
			return
		case reach == client.Expected && d.history.PassedHere < maxLater:
			d.passOn(ctx, d.w.cfg.retryDelay(d.history.PassedHere+1))
			return
		}
	}
	if rejection != nil && rejection.Broken {
		d.fault(ctx, err)
		return
	}
	d.deadLetter(ctx, err)
}

// maxLater is how often a submission waits for a worker that is said to come: some 20 minutes.
const maxLater = 25

// checkNamespace makes sure that who may publish to the subject may publish this submission.
func checkNamespace(subject, id string) error {
	_, _, namespace, err := message.ParseSubmissionSubject(subject)
	if err == nil && namespace != api.Namespace(id) {
		err = fmt.Errorf("field id: %q has the namespace %q, and was published to %s: publish it to judge.submissions.<pool>.<lane>%s",
			id, api.Namespace(id), subject, strings.TrimSuffix("."+api.Namespace(id), "."))
	}
	if err != nil {
		return api.Refuse(verdict.ClassProblem, err)
	}
	return nil
}

// judgeApart judges beside the other submissions of the worker, or alone where so many workers died with it that it may be the
// cause: then it takes no other submission along.
func (d *delivery) judgeApart(ctx, settleCtx context.Context) (api.Report, error) {
	if deaths := d.deaths(); deaths >= deathsTogether {
		d.log.Warn().Str("submission", d.who.ID).Int("attempt", d.who.Attempt).Int("deaths", deaths).
			Msg("submission is judged alone, since workers died while they judged it")
		defer d.w.becomeAlone(ctx)()
	}
	d.begin(settleCtx) // while it waits, another one may be the cause of a death
	return d.judgeWatched(ctx)
}

// counted is a number of things.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// gaveUp is why a submission is not tried any more.
func (d *delivery) gaveUp() error {
	deaths := d.deaths()
	if deaths == 0 {
		return fmt.Errorf("delivered %s without a verdict%s", counted(d.deliveries-1, "time", "times"), d.history.describe())
	}
	err := fmt.Errorf("tried %s without a verdict: %d of the workers that judged it died or lost their host%s",
		counted(deaths+d.history.Faulted, "time", "times"), deaths, d.history.describe())
	if deaths > deathsTogether {
		err = fmt.Errorf("%w; the last of them judged nothing else meanwhile, so look at what the submission does to a host", err)
	}
	return err
}

// judgeWatched judges with progress events going out.
func (d *delivery) judgeWatched(ctx context.Context) (report api.Report, err error) {
	if ctx.Err() != nil {
		return api.Report{}, context.Cause(ctx)
	}
	d.progress = newProgress(ctx, d.events, d.w.cfg.EventGap)
	defer d.progress.stop()
	d.progress.emit(api.Event{Stage: api.StageReceived})
	err = guarded(d.logger(), "judging", func() (err error) {
		report, err = d.judgeFiles(ctx)
		return err
	})
	return report, err
}

// judgeFiles fetches the files that the submission has elsewhere, and judges it.
func (d *delivery) judgeFiles(ctx context.Context) (report api.Report, err error) {
	s, err := storage.FetchFiles(ctx, d.conn, d.submission)
	if err != nil {
		return report, err
	}
	failpoint.Reach("judging")
	report, err = d.w.judge(ctx, s, func(e api.Event) {
		d.hand.note(e)
		d.progress.emit(e)
	})
	failpoint.Reach("judged")
	if err == nil && !validCode(report.Verdict) {
		err = fmt.Errorf("report has verdict %q, which does not exist", report.Verdict)
	}
	return report, err
}

func validCode(code verdict.Code) bool {
	return slices.Contains(verdict.Codes(), code)
}

// heartbeat informs the server at every third of the ack wait that the submission is being worked on. The stop function
// waits for the goroutine.
func (w *Worker) heartbeat(msg *nats.Msg) (stop func()) {
	done := make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() {
		ticker := time.NewTicker(w.cfg.AckWait / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				_ = msg.InProgress() // the next beat, or a redelivery, makes up for a lost one
			case <-done:
				return
			}
		}
	})
	return func() { close(done); beat.Wait() }
}

// handBack gives the submission to another worker at once.
func (d *delivery) handBack(ctx context.Context, cause error) {
	d.w.cfg.Metrics.HandedBack()
	d.w.cfg.Log.Info().Str("submission", d.who.ID).Int("attempt", d.who.Attempt).
		AnErr("cause", cause).Msg("submission handed back")
	d.history.Passed++
	d.ended()
	d.saveHistory(ctx)
	d.w.source.release(d.msg)
}

// fault puts the submission aside for a while, or gives up after the last delivery.
func (d *delivery) fault(ctx context.Context, err error) {
	d.w.cfg.Metrics.Fault()
	d.w.cfg.Log.Warn().Err(err).Str("submission", d.who.ID).Int("attempt", d.who.Attempt).
		Int("delivery", d.deliveries).Msg("fault while judging")
	d.ended()
	try := d.tryNumber()
	if try >= d.w.cfg.MaxDeliver {
		d.deadLetter(ctx, fmt.Errorf("gave up after %s: %w%s", counted(d.deaths()+d.history.Faulted+1, "try", "tries"), err, d.history.describe()))
		return
	}
	d.history.addFault(d.name, err)
	d.saveHistory(ctx)
	d.restAfter(try)
	d.w.selfTests.request()
}

// rest makes the server wait before it delivers the submission again.
func (d *delivery) rest() { d.restAfter(d.tryNumber()) }

func (d *delivery) restAfter(try int) {
	_ = d.msg.NakWithDelay(d.w.cfg.retryDelay(try)) // a lost nak costs only the ack wait
}

// retryDelay is how long a submission rests after its n-th try.
func (c Config) retryDelay(n int) time.Duration {
	return c.backoff().Delay(n)
}

// backoff is how long to rest after faults.
func (c Config) backoff() retry.Backoff {
	return retry.Backoff{First: c.RetryDelay, Max: c.MaxRetryDelay}
}
