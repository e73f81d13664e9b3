package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/storage"
)

// ErrNameTaken matches the error of a worker whose name another live worker has.
var ErrNameTaken = errors.New("another live worker has this name")

// RegistryConfig says how a worker describes itself.
type RegistryConfig struct {
	// Info is what does not change. Name and Pool must be set; what Register knows better, it fills in.
	Info message.WorkerInfo
	// Observe fills in what changes: state, reason, busy slots and the like. It is called several times a second, so it
	// must be quick. nil changes nothing.
	Observe func(*message.WorkerInfo)
	// Conflict is called with the reason when another worker has taken the name over, as it may when this one was silent for too
	// long, and "" when the name is back. It may be nil.
	Conflict func(reason string)
	// Interval is the time between two updates; 10 s.
	Interval time.Duration
	// Patience is how long Register tries while the server does not answer; 1 min.
	Patience time.Duration
	// Replicas of streams and buckets that do not exist yet; 1.
	Replicas int
	// Log gets what goes wrong. The zero value logs nothing.
	Log zerolog.Logger
}

// Registration keeps the entry of a worker in the registry up to date.
//
// The entry is always written over the one that was read last, by its sequence on the server: so of two workers that
// want one name, one finds out.
//
//	        Register                      update, every 250 ms
//	absent ----------> claimed ---------------------------------------------------------------+
//	  |                  |  ^   due or changed: write over the sequence that is known         |
//	  | a live worker    |  |     stored                  -> claimed                          |
//	  | has the name     |  |     other sequence: read it ->                                  |
//	  v                  |  |        own, stopped or lost -> write again                      |
//	ErrNameTaken         |  |        of a live worker     -> conflict: Conflict(reason)  <----+
//	                     |  |     no answer               -> failed: again after a second
//	                     |  +---- conflict or failed, and then stored: Conflict("")
//	                     v
//	                  Close: publishes "stopped", unless in conflict
type Registration struct {
	cfg  RegistryConfig // set before run
	conn *client.Conn   // borrowed

	stop context.CancelFunc
	loop sync.WaitGroup

	// owned by loop, once Register has returned
	claimed   bool               // our entry was there
	sequence  uint64             // of our entry, or of the one that we shall replace
	published message.WorkerInfo // what was published last
	lastTry   time.Time          // when an update was last tried
	failed    bool               // whether that went wrong
	conflicts bool               // whether another worker has the name
}

// observeInterval is the time between two observations of what the worker does, and so between two updates when it changes.
const observeInterval = 250 * time.Millisecond

// Register enters the worker into the registry and keeps its entry up to date until Close. The connection is borrowed.
// A name that another live worker has is an error that matches ErrNameTaken.
func Register(ctx context.Context, conn *client.Conn, cfg RegistryConfig) (*Registration, error) {
	cfg.Interval = cmp.Or(cfg.Interval, 10*time.Second)
	cfg.Patience = cmp.Or(cfg.Patience, time.Minute)
	cfg.Info.Version = api.Version
	cfg.Info.Instance = rand.Text()
	cfg.Info.Started = time.Now().UTC()
	cfg.Info.Interval = cfg.Interval.Seconds()
	if cfg.Info.Languages == nil {
		cfg.Info.Languages = []message.LanguageInfo{} // [] in JSON, not null
	}
	if err := errors.Join(api.CheckToken("worker", cfg.Info.Name), api.CheckToken("pool", cfg.Info.Pool)); err != nil {
		return nil, err
	}
	r := &Registration{cfg: cfg, conn: conn}
	if err := r.claim(ctx); err != nil {
		return nil, fmt.Errorf("register worker %s: %w", cfg.Info.Name, err)
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.loop.Go(func() { r.run(ctx) })
	return r, nil
}

// Close publishes that the worker has stopped, and ends the updates.
func (r *Registration) Close() {
	r.stop()
	r.loop.Wait()
	if r.conflicts || !r.conn.Connected() {
		return
	}
	info := r.observe()
	info.State, info.Reason, info.Busy = message.WorkerStopped, "", 0
	if err := r.publish(context.Background(), info); err != nil {
		r.cfg.Log.Warn().Err(err).Msg("registry not told of the end")
	}
}

// claim makes the first entry, as soon as the server answers.
func (r *Registration) claim(ctx context.Context) error {
	return retryTransient(ctx, r.cfg.Patience, func() error {
		if err := storage.Ensure(ctx, r.conn, r.cfg.Replicas); err != nil {
			return err
		}
		if err := r.readExisting(ctx); err != nil {
			return err
		}
		return r.publish(ctx, r.observe())
	})
}

// run is the loop.
func (r *Registration) run(ctx context.Context) {
	ticker := time.NewTicker(min(observeInterval, r.cfg.Interval))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.update(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// update publishes when it is time to, or when something has changed.
func (r *Registration) update(ctx context.Context) {
	info := r.observe()
	news := info.State != r.published.State || info.Reason != r.published.Reason || info.Slots != r.published.Slots ||
		len(info.Languages) != len(r.published.Languages) ||
		len(info.LanguagesToCome) != len(r.published.LanguagesToCome)
	wait := r.cfg.Interval
	switch {
	case r.failed:
		wait = min(wait, time.Second)
	case news:
		wait = 0
	}
	if time.Since(r.lastTry) < wait || !r.conn.Connected() {
		return
	}
	r.report(ctx, r.publish(ctx, info))
}

// report logs, once each time, that updates fail, or that another worker has the name.
func (r *Registration) report(ctx context.Context, err error) {
	taken := errors.Is(err, ErrNameTaken)
	if taken != r.conflicts && (err == nil || taken) {
		r.conflicts = taken
		r.conflict(err)
	}
	failed := err != nil && ctx.Err() == nil
	if failed && !r.failed && !taken {
		r.cfg.Log.Warn().Err(err).Msg("registry not updated")
	}
	r.failed = failed
}

func (r *Registration) conflict(err error) {
	reason := ""
	if err != nil {
		reason = err.Error()
		r.cfg.Log.Error().Err(err).Msg("name taken over by another worker")
	}
	if r.cfg.Conflict != nil {
		r.cfg.Conflict(reason)
	}
}

// observe returns what there is to publish now.
func (r *Registration) observe() message.WorkerInfo {
	info := r.cfg.Info
	if r.cfg.Observe != nil {
		r.cfg.Observe(&info)
	}
	return info
}

// publish writes the entry over the one that is expected there. Where there is another one, that is written over too,
// unless it is a live worker's.
func (r *Registration) publish(ctx context.Context, info message.WorkerInfo) error {
	ctx, cancel := context.WithTimeout(ctx, completeTimeout)
	defer cancel()
	r.lastTry = time.Now()
	info.Updated = r.lastTry.UTC()
	for {
		err := r.write(ctx, info)
		if !client.WrongLastSequence(err) {
			return err
		}
		if err := r.readExisting(ctx); err != nil {
			return err
		}
	}
}

func (r *Registration) write(ctx context.Context, info message.WorkerInfo) error {
	msg, err := encode(message.EntrySubject(message.BucketWorkers, info.Name), info)
	if err != nil {
		return err
	}
	msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(r.sequence, 10))
	ack, err := r.conn.JetStream().PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
	if err != nil {
		return fmt.Errorf("write entry: %w", err)
	}
	r.claimed, r.sequence, r.published = true, ack.Sequence, info
	return nil
}

// readExisting reads the entry that is there, to be replaced. It may not be when it is a live worker's.
func (r *Registration) readExisting(ctx context.Context) error {
	stream, err := r.conn.JetStream().Stream(ctx, message.BucketStream(message.BucketWorkers))
	if err != nil {
		return fmt.Errorf("open registry: %w", err)
	}
	entry, err := stream.GetLastMsgForSubject(ctx, message.EntrySubject(message.BucketWorkers, r.cfg.Info.Name))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		r.sequence = 0
		return nil
	}
	if err != nil {
		return fmt.Errorf("read entry: %w", err)
	}
	// Ages go by the server's clock alone.
	if err := r.checkReplaceable(entry.Data, stream.CachedInfo().TimeStamp.Sub(entry.Time)); err != nil {
		return err
	}
	r.sequence = entry.Sequence
	return nil
}

// checkReplaceable returns an error for the entry of another live worker.
func (r *Registration) checkReplaceable(entry []byte, age time.Duration) error {
	var other message.WorkerInfo
	if json.Unmarshal(entry, &other) != nil {
		return nil // a deleted entry, or not one
	}
	own := r.cfg.Info
	switch {
	case other.Instance == own.Instance:
	case !r.claimed && other.Home != "" && other.Home == own.Home: // it held the state directory that we hold now
	case other.State == message.WorkerStopped || age > other.LostAfter():
	default:
		return fmt.Errorf("%w: on host %s as process %d, started %s and last heard of %v ago: give one of the two another --name",
			ErrNameTaken, other.Host, other.PID, other.Started.UTC().Format(time.DateTime+" MST"), max(age, 0).Round(time.Second))
	}
	return nil
}
