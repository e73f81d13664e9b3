package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/metrics"
)

// Judge judges one submission. It calls emit with steps of progress as it goes: emit never blocks, may be called from
// several goroutines, and numbers and thins the events itself.
//
// An error that matches message.ErrRejected is a refusal: it becomes the verdict JE and is not tried again. Any other
// error is a fault: the submission is tried again later, perhaps elsewhere. When ctx ends, Judge ends soon, with
// whatever error; the submission is then handed back.
type Judge func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error)

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
	// MaxDeliver is how often a submission is tried before it becomes a judge error; 5.
	MaxDeliver int
	// Grace is how long submissions in hand may go on when the worker stops; 30 s.
	Grace time.Duration
	// RetryDelay is how long a submission rests after its first fault, doubled by each further one up to
	// MaxRetryDelay; 1 s and 1 min.
	RetryDelay, MaxRetryDelay time.Duration
	// PullWait is how long one request for a submission stays with the server; 1 s. Stopping takes up to this long.
	PullWait time.Duration
	// EventGap is the least time between two events of a submission; 100 ms.
	EventGap time.Duration
	// Patience is how long the worker tries to store a verdict on a server that answers but refuses, before it counts
	// as a fault; 1 min. While the server cannot be reached it tries for ever.
	Patience time.Duration
	// Replicas of streams that do not exist yet; 1.
	Replicas int
	// Log gets one event per submission. The zero value logs nothing.
	Log zerolog.Logger
	// Metrics may be nil.
	Metrics *metrics.Metrics
}

// Validate refuses what cannot work.
func (c Config) Validate() error {
	if err := message.CheckToken("pool", c.withDefaults().Pool); err != nil {
		return err
	}
	if c.Slots < 0 || c.MaxDeliver < 0 || c.Replicas < 0 {
		return errors.New("slots, max deliver and replicas: want 0 or more")
	}
	for _, d := range []time.Duration{
		c.AckWait, c.Grace, c.RetryDelay, c.MaxRetryDelay, c.PullWait, c.EventGap, c.Patience,
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
	c.PullWait = cmp.Or(c.PullWait, time.Second)
	c.EventGap = cmp.Or(c.EventGap, 100*time.Millisecond)
	c.Patience = cmp.Or(c.Patience, time.Minute)
	return c
}

// Worker takes submissions of one pool, has them judged, and publishes the verdicts.
type Worker struct {
	cfg    Config       // set before Run
	conn   *client.Conn // borrowed
	judge  Judge
	source source
	ready  atomic.Bool
}

// NewWorker makes a worker on a connection, which it borrows: close it after Run has returned.
func NewWorker(conn *client.Conn, cfg Config, judge Judge) (*Worker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure queue worker: %w", err)
	}
	cfg = cfg.withDefaults()
	return &Worker{cfg: cfg, conn: conn, judge: judge, source: source{conn: conn, cfg: cfg}}, nil
}

// Ready tells whether the worker takes submissions now: it runs, is not stopping, and its server can be reached.
func (w *Worker) Ready() bool { return w.ready.Load() && w.conn.Connected() }

// Run takes submissions until fetchCtx ends. Those in hand may then go on for the grace time; after it, or when
// workCtx ends, they are handed back at once, to be judged elsewhere. Run returns when nothing is left in hand. Its
// error says why it could not start; nothing that happens later ends it.
func (w *Worker) Run(fetchCtx, workCtx context.Context) error {
	if err := w.source.openPatiently(fetchCtx); err != nil {
		if fetchCtx.Err() != nil {
			return nil // asked to stop before it could start
		}
		return fmt.Errorf("take submissions of pool %s: %w", w.cfg.Pool, err)
	}
	workCtx, endWork := context.WithCancelCause(workCtx)
	defer endWork(nil)
	stopGrace := w.afterGrace(fetchCtx, func() { endWork(ErrDraining) })
	w.ready.Store(true)
	stopReady := context.AfterFunc(fetchCtx, func() { w.ready.Store(false) })
	defer stopReady()

	var slots sync.WaitGroup
	for range w.cfg.Slots {
		slots.Go(func() { w.serve(fetchCtx, workCtx) })
	}
	slots.Wait()
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
		if pause(over, w.cfg.Grace) {
			end()
		}
	})
	return func() { cancel(); watch.Wait() }
}

// serve is one slot: it pulls a submission, sees it through, and pulls the next.
func (w *Worker) serve(fetchCtx, workCtx context.Context) {
	for fetchCtx.Err() == nil && workCtx.Err() == nil {
		msg, err := w.source.next()
		switch {
		case err != nil:
			w.cfg.Log.Debug().Err(err).Msg("pull interrupted")
			w.source.mend(fetchCtx, err)
		case msg == nil: // nothing waits
		case fetchCtx.Err() != nil || workCtx.Err() != nil:
			_ = msg.Nak() // it came while stopping; a lost nak costs only the ack wait
		default:
			w.handle(workCtx, msg)
		}
	}
}

// flush makes sure that what was handed back reaches the server before the connection closes.
func (w *Worker) flush() {
	if w.conn.Connected() {
		_ = w.conn.NATS().FlushTimeout(2 * time.Second) // a lost nak costs only the ack wait
	}
}
