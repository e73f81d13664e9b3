package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// UnservedConfig says how to look for submissions that no worker takes. The zero value of each field means its default.
type UnservedConfig struct {
	Gap     time.Duration    // between two rounds; 10 s
	Log     zerolog.Logger   // the zero value logs nothing
	Metrics *metrics.Metrics // may be nil
}

// UnservedMonitor looks for submissions that were published to a pool or lane that no worker serves, or that only paused
// workers serve, and reports them by the log, a metric, and an event of stage waiting for each. Of all workers the one whose name comes first does it.
type UnservedMonitor struct {
	cfg   UnservedConfig
	conn  *client.Conn // borrowed
	out   publisher
	peers *Peers

	// owned by Run
	reported map[string]uint64 // by subject: the last message that an event was published for
}

const (
	// unservedMessages and unservedBytes bound what one round reads to know whose submissions they are.
	unservedMessages = 200
	unservedBytes    = 32 << 20
)

// NewUnservedMonitor makes a monitor on a connection, which it borrows.
func NewUnservedMonitor(conn *client.Conn, peers *Peers, cfg UnservedConfig) *UnservedMonitor {
	cfg.Gap = cmp.Or(cfg.Gap, 10*time.Second)
	out := publisher{conn: conn, patience: cfg.Gap, log: cfg.Log, metrics: cfg.Metrics}
	if peers != nil {
		out.name = peers.name
	}
	return &UnservedMonitor{cfg: cfg, conn: conn, out: out, peers: peers, reported: map[string]uint64{}}
}

// Run looks until ctx ends.
func (s *UnservedMonitor) Run(ctx context.Context) {
	for retry.Sleep(ctx, s.cfg.Gap) {
		if err := s.round(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Debug().Err(err).Msg("stranded submissions not known")
		}
	}
}

// round looks at every subject once.
func (s *UnservedMonitor) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if !s.peers.elected() {
		s.cfg.Metrics.Stranded(0)
		s.cfg.Metrics.Backlogs(nil)
		return nil
	}
	stream, err := s.conn.JetStream().Stream(ctx, message.StreamSubmissions)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", message.StreamSubmissions, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(message.EverySubmission))
	if err != nil {
		return fmt.Errorf("list subjects of %s: %w", message.StreamSubmissions, err)
	}
	waiting := info.State.Subjects
	lanes, err := backlogs(ctx, s.conn, waiting, func(subject string) bool { return s.unserved(subject) == "" })
	if err != nil {
		return err
	}
	s.cfg.Metrics.Backlogs(lanes)
	maps.DeleteFunc(s.reported, func(subject string, _ uint64) bool { return waiting[subject] == 0 })
	total := uint64(0)
	budget := readBudget{messages: unservedMessages, bytes: unservedBytes}
	for _, subject := range slices.Sorted(maps.Keys(waiting)) {
		if err := checkSubject(subject); err != nil {
			if err := s.out.rejectAll(ctx, stream, subject, err, &budget); err != nil {
				return err
			}
			continue
		}
		reason := s.reason(subject)
		if reason == "" {
			delete(s.reported, subject)
			continue
		}
		total += waiting[subject]
		s.warn(subject, reason, waiting[subject])
		if err := s.publishEvents(ctx, stream, subject, reason, &budget); err != nil {
			return err
		}
	}
	s.cfg.Metrics.Stranded(total)
	return nil
}

// checkSubject returns why no worker of any pool will ever take what is published to a subject, or nil. The stream takes it
// all the same: a message that it refused would be lost without a word, unless its publisher waits for the answer.
func checkSubject(subject string) error {
	_, lane, _, err := message.ParseSubmissionSubject(subject)
	if err == nil {
		err = message.CheckLane(lane)
	}
	if err != nil {
		return api.Refuse(verdict.ClassProblem, fmt.Errorf("it was published to %s: %w", api.Truncate(subject), err))
	}
	return nil
}

// reason returns why nobody takes what is published to a subject, or "".
func (s *UnservedMonitor) reason(subject string) string {
	if reason := s.unserved(subject); reason != "" {
		return reason
	}
	pool, lane, _, _ := message.ParseSubmissionSubject(subject)
	return s.peers.paused(client.Requirement{Pool: pool, Lane: lane})
}

// unserved returns why no worker serves a subject, or "". A worker that is paused serves it.
func (s *UnservedMonitor) unserved(subject string) string {
	pool, lane, _, err := message.ParseSubmissionSubject(subject)
	switch {
	case err != nil:
		return err.Error()
	case s.peers.Availability(client.Requirement{Pool: pool, Lane: lane}) != client.Unavailable:
		return ""
	case s.peers.Availability(client.Requirement{Pool: pool}) != client.Unavailable:
		return fmt.Sprintf("no worker of pool %q serves lane %q", pool, lane)
	}
	return fmt.Sprintf("no live worker serves pool %q", pool)
}

// warn logs once for each subject, until it is served again.
func (s *UnservedMonitor) warn(subject, reason string, submissions uint64) {
	if _, before := s.reported[subject]; !before {
		s.reported[subject] = 0
		s.cfg.Log.Warn().Str("subject", subject).Str("reason", reason).Uint64("submissions", submissions).
			Msg("submissions that nobody takes")
	}
}

// publishEvents publishes an event for each submission that has none, as far as the budget goes; the next round goes on there.
func (s *UnservedMonitor) publishEvents(ctx context.Context, stream jetstream.Stream, subject, reason string, left *readBudget) error {
	for msg, err := range peek(ctx, stream, subject, s.reported[subject], left) {
		if err != nil {
			return err
		}
		if err := s.publishWaiting(ctx, msg, reason); err != nil {
			return err
		}
		s.reported[subject] = msg.Sequence
	}
	return nil
}

// publishWaiting publishes the event of one submission, unless the attempt has one already. It has the number 0: the worker that
// comes counts from 1.
func (s *UnservedMonitor) publishWaiting(ctx context.Context, msg *jetstream.RawStreamMsg, reason string) error {
	_, who, _ := api.Decode(msg.Data) // what is wrong with it, a worker says when there is one
	if !who.Known() || checkNamespace(msg.Subject, who.ID) != nil {
		return nil
	}
	found, err := s.conn.LastMessage(ctx, message.StreamEvents, message.EventSubject(who.ID))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("read last event of %s: %w", who.ID, err)
	}
	last := uint64(0)
	if found != nil {
		var newest api.Event // of an earlier attempt, or none
		if last = found.Sequence; json.Unmarshal(found.Data, &newest) == nil && newest.Attempt >= who.Attempt {
			return nil
		}
	}
	event, err := encode(message.EventSubject(who.ID), api.Event{
		Version: api.Version, Submission: who.ID, Attempt: who.Attempt, Stage: api.StageWaiting, Reason: reason,
	})
	if err != nil {
		return err
	}
	event.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(last, 10))
	_, err = s.conn.JetStream().PublishMsg(ctx, event)
	if client.WrongLastSequence(err) {
		return nil // somebody was faster
	}
	return err
}

// backlogs adds up what the lanes hold that a live worker serves, one entry for each of their pools and lanes, and reads
// the age of the oldest submission of each. waiting is how many messages there are by subject; served reports of a subject
// whether a live worker serves it.
func backlogs(ctx context.Context, conn *client.Conn, waiting map[string]uint64, served func(subject string) bool) ([]metrics.Backlog, error) {
	type lane struct{ pool, name string }
	counts := map[lane]uint64{}
	for subject, n := range waiting {
		pool, name, _, err := message.ParseSubmissionSubject(subject)
		if err == nil && served(subject) {
			counts[lane{pool, name}] += n
		}
	}
	byName := func(a, b lane) int { return cmp.Or(cmp.Compare(a.pool, b.pool), cmp.Compare(a.name, b.name)) }
	lanes := slices.SortedFunc(maps.Keys(counts), byName)
	stored := map[lane]time.Time{}
	for _, l := range lanes {
		var err error
		if stored[l], err = conn.OldestSubmission(ctx, message.LaneSubjects(l.pool, l.name)); err != nil {
			return nil, err
		}
	}
	now := time.Now() // one moment for all of them, so that ages can be compared
	var all []metrics.Backlog
	for _, l := range lanes {
		entry := metrics.Backlog{Pool: l.pool, Lane: l.name, Submissions: counts[l]}
		if !stored[l].IsZero() {
			entry.Oldest = now.Sub(stored[l])
		}
		all = append(all, entry)
	}
	return all, nil
}
