package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/semaphore"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/lanes"
	"github.com/gaveloj/gavel/queue/message"
)

// Judge judges one submission. It calls emit with steps of progress as it goes: emit never blocks, may be called from
// several goroutines, and numbers and thins the events itself.
//
// An error that matches api.ErrRejected is a refusal: it becomes the verdict JE and is not tried again. Any other
// error is a fault: the submission is tried again later, perhaps elsewhere. When ctx ends, Judge ends soon, with
// whatever error; the submission is then handed back.
type Judge func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error)

// ErrDraining is the cause of the end of the work context when the grace time is over.
var ErrDraining = errors.New("worker is stopping, and the grace time is over")

// Config says what a Worker takes, and how patient it is. The zero value of each field means its default.
type Config struct {
	// Pool of submissions that this worker serves; message.DefaultPool.
	Pool string
	// Slots is how many submissions are judged at once; one per core that the process may use.
	Slots int
	// Name of this worker in reports and dead letters.
	Name string
	// AckWait is how long the server waits for a sign of life before it delivers a submission again; 30 s. The worker
	// gives one every third of it. The last worker to start sets it for the whole pool.
	AckWait time.Duration
	// MaxDeliver is how often a submission is tried before it becomes a judge error; 5. What a stopping worker hands
	// back, or a worker leaves to another, was no try. After two during which the worker died, the submission is judged
	// alone; each death after the first counts as two tries.
	MaxDeliver int
	// Grace is how long submissions in hand may go on when the worker stops; 30 s. See SetGrace.
	Grace time.Duration
	// RetryDelay is how long a submission rests after its first fault, doubled by each further one up to
	// MaxRetryDelay; 1 s and 1 min.
	RetryDelay, MaxRetryDelay time.Duration
	// Weights share the time of the slots among the lanes while all of them have work, 0 to 1000 each. A lane without
	// one, or with 0, is left to other workers. Empty means DefaultWeights. See SetWeights.
	Weights map[string]int
	// IdlePoll is how often an idle worker polls for what is due again, of which nobody notifies it; 1 s.
	IdlePoll time.Duration
	// Gate may keep the worker from taking work; nil means a gate of its own.
	Gate *Gate
	// EventGap is the least time between two events of a submission that one worker sends; 150 ms. The last one comes
	// when it comes, and after a redelivery the first one: so there are at most 10 in any second.
	EventGap time.Duration
	// Patience is how long the worker tries to store a verdict on a server that answers but refuses, before it counts
	// as a fault; 1 min. While the server cannot be reached it tries for ever.
	Patience time.Duration
	// Replicas of streams that do not exist yet; 1.
	Replicas int
	// Peers tells of other workers that could judge what this one cannot, or has failed at. nil: nobody is known.
	Peers *Peers
	// SelfTest reports whether this worker can judge at all. It is asked after a fault; while it says no, the gate is
	// closed. nil: it can.
	SelfTest func(context.Context) error
	// Log gets one event per submission. The zero value logs nothing.
	Log zerolog.Logger
	// Metrics may be nil.
	Metrics *metrics.Metrics
}

// Validate refuses what cannot work.
func (c Config) Validate() error {
	if err := api.CheckToken("pool", c.withDefaults().Pool); err != nil {
		return err
	}
	if c.Slots < 0 || c.MaxDeliver < 0 || c.Replicas < 0 {
		return errors.New("slots, max deliver and replicas: want 0 or more")
	}
	if len(c.Weights) > 0 {
		if err := lanes.CheckWeights(c.Weights); err != nil {
			return err
		}
	}
	for _, d := range []time.Duration{
		c.AckWait, c.Grace, c.RetryDelay, c.MaxRetryDelay, c.IdlePoll, c.EventGap, c.Patience,
	} {
		if d < 0 {
			return fmt.Errorf("duration %v: want 0 or more", d)
		}
	}
	if c.AckWait != 0 && c.AckWait < 100*time.Millisecond {
		return fmt.Errorf("ack wait %v: want at least 100ms", c.AckWait)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Pool = cmp.Or(c.Pool, message.DefaultPool)
	c.Slots = cmp.Or(c.Slots, runtime.GOMAXPROCS(0))
	c.AckWait = cmp.Or(c.AckWait, 30*time.Second)
	c.MaxDeliver = cmp.Or(c.MaxDeliver, 5)
	c.Grace = cmp.Or(c.Grace, 30*time.Second)
	c.RetryDelay = cmp.Or(c.RetryDelay, time.Second)
	c.MaxRetryDelay = max(cmp.Or(c.MaxRetryDelay, time.Minute), c.RetryDelay)
	c.IdlePoll = cmp.Or(c.IdlePoll, time.Second)
	if len(c.Weights) == 0 {
		c.Weights = lanes.DefaultWeights()
	}
	if c.Gate == nil {
		c.Gate = &Gate{}
	}
	c.EventGap = cmp.Or(c.EventGap, 150*time.Millisecond)
	c.Patience = cmp.Or(c.Patience, time.Minute)
	return c
}

// Worker takes submissions of one pool, has them judged, and publishes the verdicts.
type Worker struct {
	cfg       Config       // set before Run
	conn      *client.Conn // borrowed
	out       publisher
	judge     Judge
	source    source
	slots     *semaphore.Weighted // shared by submissions and run requests
	selfTests selfTests           // its wanted is set before Run
	busy      atomic.Int32        // slots with something in hand
	hands     hands
	grace     atomic.Int64 // in nanoseconds
	ready     atomic.Bool
	parked    parking      // run requests that wait for a slot
	probed    atomic.Int64 // when every lane was last probed, in Unix nanoseconds

	cancellations *cancellations
}

// NewWorker makes a worker on a connection, which it borrows: close it after Run has returned.
func NewWorker(conn *client.Conn, cfg Config, judge Judge) (*Worker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure queue worker: %w", err)
	}
	cfg = cfg.withDefaults()
	w := &Worker{
		cfg: cfg, conn: conn, judge: judge, parked: parking{most: parkedPerSlot * cfg.Slots},
		out: publisher{conn: conn, name: cfg.Name, patience: cfg.Patience, log: cfg.Log, metrics: cfg.Metrics}, slots: semaphore.NewWeighted(int64(cfg.Slots)), selfTests: newSelfTests(), cancellations: newCancellations(conn, cfg.Log),
		source: source{conn: conn, cfg: cfg, lanes: lanes.New(cfg.Weights), waker: newWaker(cfg.Slots)},
	}
	w.SetGrace(cfg.Grace)
	return w, nil
}

// Unready is why the worker takes no submissions now; "" where it takes them.
func (w *Worker) Unready() string {
	switch reason := w.cfg.Gate.Reason(); {
	case reason != "":
		return reason
	case !w.conn.Connected():
		return "no connection to NATS"
	case !w.ready.Load():
		return "the queue is being opened, or the worker is stopping"
	}
	return ""
}

// Borrow takes a free slot for a request that is not a submission. It reports false when none is free, or when the worker
// takes no work. giveBack is called once.
func (w *Worker) Borrow() (giveBack func(), ok bool) {
	if !w.ready.Load() || w.cfg.Gate.Reason() != "" || !w.slots.TryAcquire(1) {
		return nil, false
	}
	return w.lend(), true
}

// lend makes of a slot that was acquired one for a request. It is free again when giveBack is called; then a slot looks for
// submissions, and takes what waits where there is none.
func (w *Worker) lend() (giveBack func()) {
	done := w.occupy()
	return func() {
		done()
		w.slots.Release(1)
		if w.parked.len() > 0 {
			w.source.waker.wake()
		}
	}
}

// becomeAlone gives the slot of the caller back and takes all of them, when the others have ended what they have in hand. From
// then on the worker has nothing else in hand, until back is called, which leaves the caller its slot. Where ctx ends first,
// the caller has its slot again, and is not alone: it has to look at ctx.
func (w *Worker) becomeAlone(ctx context.Context) (back func()) {
	w.slots.Release(1) // two that want to be alone would wait for each other
	if w.slots.Acquire(ctx, int64(w.cfg.Slots)) != nil {
		_ = w.slots.Acquire(context.WithoutCancel(ctx), 1) // cannot fail; the others end soon, for the same reason
		return func() {}
	}
	return func() { w.slots.Release(int64(w.cfg.Slots) - 1) }
}

// lendToParked gives a slot that was acquired, and has found no submission, to a request that waits. It reports false where
// there is none.
func (w *Worker) lendToParked() bool {
	one := w.parked.next()
	if one == nil {
		return false
	}
	one.start(w.lend())
	return true
}

// Grace is how long submissions in hand may go on when the worker stops.
func (w *Worker) Grace() time.Duration { return time.Duration(w.grace.Load()) }

// SetGrace changes it, for a worker that has not been told to stop yet. 0 ends at once what is in hand.
func (w *Worker) SetGrace(d time.Duration) { w.grace.Store(int64(d)) }

// SetWeights changes how the lanes share the slots, from the next submission on. What is in hand goes on, also of a lane that is
// not served any more. Weights that Validate refuses change nothing.
func (w *Worker) SetWeights(weights map[string]int) error {
	if err := lanes.CheckWeights(weights); err != nil {
		return err
	}
	w.source.lanes.SetWeights(weights)
	w.source.notify("") // there may be work in a lane that is new
	return nil
}

// Lanes are those that the worker serves, with what it does there.
func (w *Worker) Lanes() []message.Lane { return w.source.lanes.Load() }

// Busy is how many slots have something in hand.
func (w *Worker) Busy() int { return int(w.busy.Load()) }

// occupy counts a slot as busy until done is called.
func (w *Worker) occupy() (done func()) {
	w.busy.Add(1)
	counted := w.cfg.Metrics.SlotBusy()
	return func() { counted(); w.busy.Add(-1) }
}

// Run takes submissions until fetchCtx ends. Those in hand may then go on for the grace time; after it, or when
// workCtx ends, they are handed back at once, to be judged elsewhere. Run returns when nothing is left in hand. Its
// error says why it could not start; nothing that happens later ends it.
func (w *Worker) Run(fetchCtx, workCtx context.Context) error {
	if err := w.source.openWithRetry(fetchCtx); err != nil {
		if fetchCtx.Err() != nil {
			return nil // asked to stop before it could start
		}
		return fmt.Errorf("take submissions of pool %s: %w", w.cfg.Pool, err)
	}
	stopListening, err := w.source.listen()
	if err != nil {
		return err
	}
	defer stopListening()
	stopCancels, err := w.cancellations.listen()
	if err != nil {
		return err
	}
	defer stopCancels()
	stopTelling, err := w.tellInHand()
	if err != nil {
		return err
	}
	defer stopTelling()
	workCtx, endWork := context.WithCancelCause(workCtx)
	defer endWork(nil)
	stopGrace := w.afterGrace(fetchCtx, func() { endWork(ErrDraining) })
	w.ready.Store(true)
	stopReady := context.AfterFunc(fetchCtx, func() { w.ready.Store(false) })
	defer stopReady()

	stopExams := w.startSelfTests(fetchCtx)
	var withdrawing sync.WaitGroup
	withdrawing.Go(func() { w.cancelQueued(fetchCtx) })
	var slots sync.WaitGroup
	for range w.cfg.Slots {
		slots.Go(func() { w.serve(fetchCtx, workCtx) })
	}
	slots.Wait()
	withdrawing.Wait()
	endWork(nil)
	w.source.late.Wait()
	stopExams()
	w.ready.Store(false)
	stopGrace()
	w.flush()
	return nil
}

// afterGrace calls end when the grace time after the end of fetchCtx is over, unless it is stopped before. The stop
// function waits for the watching goroutine.
func (w *Worker) afterGrace(fetchCtx context.Context, end func()) (stop func()) {
	over, cancel := context.WithCancel(context.WithoutCancel(fetchCtx))
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-fetchCtx.Done():
		case <-over.Done():
			return
		}
		if retry.Sleep(over, w.Grace()) {
			end()
		}
	})
	return func() { cancel(); watch.Wait() }
}

// serve is one slot: it takes a submission, sees it through, and takes the next.
func (w *Worker) serve(fetchCtx, workCtx context.Context) {
	all := true // probe every lane, also those without a notification
	for w.awaitGate(fetchCtx) && workCtx.Err() == nil {
		if w.slots.Acquire(fetchCtx, 1) != nil {
			return
		}
		found := w.takeOne(fetchCtx, workCtx, all)
		if found || !w.lendToParked() {
			w.slots.Release(1)
		}
		if found && all {
			w.source.waker.wake() // where one was without a notification, there may be more
		}
		if all = false; !found {
			all = w.source.waker.wait(fetchCtx, w.idlePoll())
			all = w.probeDue(all)
		}
	}
}

// In a large fleet the workers poll less often, so that all of them together poll pollers times in each IdlePoll, and no more
// than pollLeast apart: what is due again is found as soon as in a small one.
const (
	pollers   = 8
	pollLeast = 10
)

// idlePoll is the time until an idle worker polls next. It differs each time, so that a fleet does not poll at once.
func (w *Worker) idlePoll() time.Duration {
	n := min(w.cfg.Peers.fleet()/pollers, pollLeast)
	if n <= 1 {
		return w.cfg.IdlePoll
	}
	every := time.Duration(n) * w.cfg.IdlePoll
	return every*3/4 + rand.N(every/2)
}

// probeDue reports whether a slot that was woken is to probe every lane: after a quiet time, and also where requests wake slots
// all the time, since nobody notifies of a submission that is due again.
func (w *Worker) probeDue(quiet bool) bool {
	now, last := time.Now().UnixNano(), w.probed.Load()
	if !quiet && now-last < int64(w.cfg.IdlePoll) {
		return false
	}
	return w.probed.CompareAndSwap(last, now) || quiet
}

// awaitGate waits until the gate is open. It reports false when ctx ended first.
func (w *Worker) awaitGate(ctx context.Context) bool {
	for ctx.Err() == nil {
		open, changed := w.cfg.Gate.state()
		if open {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return false
}

// takeOne looks for a submission and sees it through. It reports whether there was one.
func (w *Worker) takeOne(fetchCtx, workCtx context.Context, all bool) (found bool) {
	msg, from, err := w.source.next(workCtx, all)
	switch {
	case err != nil:
		w.cfg.Log.Debug().Err(err).Msg("pull interrupted")
		w.source.reopen(fetchCtx, err)
		return true // look again
	case msg == nil:
		return false
	case fetchCtx.Err() != nil || workCtx.Err() != nil:
		w.source.release(msg) // it came while stopping
		return true
	}
	over, began := from.FoundWork(), time.Now()
	w.handle(workCtx, msg)
	over(time.Since(began))
	return true
}

// flush makes sure that what was handed back reaches the server before the connection closes.
func (w *Worker) flush() {
	if w.conn.Connected() {
		_ = w.conn.NATS().FlushTimeout(2 * time.Second) // a lost nak costs only the ack wait
	}
}
