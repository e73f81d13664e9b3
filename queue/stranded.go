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

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/metrics"
)

// StrandedConfig says how to look for submissions that no worker takes. The zero value of each field means its default.
type StrandedConfig struct {
	Gap     time.Duration    // between two rounds; 10 s
	Log     zerolog.Logger   // the zero value logs nothing
	Metrics *metrics.Metrics // may be nil
}

// Stranded looks for submissions that were published to a pool or lane that no worker serves, and tells of them: by the
// log, a metric, and an event of stage waiting for each. Of all workers the one whose name comes first does it.
type Stranded struct {
	cfg   StrandedConfig
	conn  *client.Conn // borrowed
	peers *Peers

	// owned by Run
	told map[string]uint64 // by subject: the last message that an event was published for
}

const (
	// strandedMessages and strandedBytes bound what one round reads to know whose submissions they are.
	strandedMessages = 200
	strandedBytes    = 32 << 20
)

// NewStranded makes a look-out on a connection, which it borrows.
func NewStranded(conn *client.Conn, peers *Peers, cfg StrandedConfig) *Stranded {
	cfg.Gap = cmp.Or(cfg.Gap, 10*time.Second)
	return &Stranded{cfg: cfg, conn: conn, peers: peers, told: map[string]uint64{}}
}

// Run looks until ctx ends.
func (s *Stranded) Run(ctx context.Context) {
	for pause(ctx, s.cfg.Gap) {
		if err := s.round(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Debug().Err(err).Msg("stranded submissions not known")
		}
	}
}

// round looks at every subject once.
func (s *Stranded) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if !s.peers.first() {
		s.cfg.Metrics.Stranded(0)
		return nil
	}
	stream, err := s.conn.JetStream().Stream(ctx, message.StreamSubmissions)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", message.StreamSubmissions, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(everySubmission))
	if err != nil {
		return fmt.Errorf("list subjects of %s: %w", message.StreamSubmissions, err)
	}
	waiting := info.State.Subjects
	maps.DeleteFunc(s.told, func(subject string, _ uint64) bool { return waiting[subject] == 0 })
	total := uint64(0)
	budget := budget{messages: strandedMessages, bytes: strandedBytes}
	for _, subject := range slices.Sorted(maps.Keys(waiting)) {
		reason := s.reason(subject)
		if reason == "" {
			delete(s.told, subject)
			continue
		}
		total += waiting[subject]
		s.warn(subject, reason, waiting[subject])
		if err := s.tell(ctx, stream, subject, reason, &budget); err != nil {
			return err
		}
	}
	s.cfg.Metrics.Stranded(total)
	return nil
}

// reason tells why nobody takes what is published to a subject, or "".
func (s *Stranded) reason(subject string) string {
	pool, lane, _, err := message.ParseSubmissionSubject(subject)
	switch {
	case err != nil:
		return err.Error()
	case s.peers.Reach(client.Need{Pool: pool, Lane: lane}) != client.Nobody:
		return ""
	case s.peers.Reach(client.Need{Pool: pool}) != client.Nobody:
		return fmt.Sprintf("no worker of pool %q serves lane %q", pool, lane)
	}
	return fmt.Sprintf("no live worker serves pool %q", pool)
}

// warn logs once for each subject, until it is served again.
func (s *Stranded) warn(subject, reason string, submissions uint64) {
	if _, before := s.told[subject]; !before {
		s.told[subject] = 0
		s.cfg.Log.Warn().Str("subject", subject).Str("reason", reason).Uint64("submissions", submissions).
			Msg("submissions that nobody takes")
	}
}

// tell publishes an event for each submission that has none, as far as the budget goes; the next round goes on there.
func (s *Stranded) tell(ctx context.Context, stream jetstream.Stream, subject, reason string, left *budget) error {
	for msg, err := range peek(ctx, stream, subject, s.told[subject], left) {
		if err != nil {
			return err
		}
		if err := s.wait(ctx, msg, reason); err != nil {
			return err
		}
		s.told[subject] = msg.Sequence
	}
	return nil
}

// wait publishes the event of one submission, unless the attempt has one already. It has the number 0: the worker that
// comes counts from 1.
func (s *Stranded) wait(ctx context.Context, msg *jetstream.RawStreamMsg, reason string) error {
	_, who, _ := message.Decode(msg.Data) // what is wrong with it, a worker says when there is one
	if !who.Known() || checkNamespace(msg.Subject, who.ID) != nil {
		return nil
	}
	found, err := lastStored(ctx, s.conn, message.StreamEvents, message.EventSubject(who.ID))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("read last event of %s: %w", who.ID, err)
	}
	var newest message.Event // of an earlier attempt, or none
	if json.Unmarshal(found.data, &newest) == nil && newest.Attempt >= who.Attempt {
		return nil
	}
	event, err := encode(message.EventSubject(who.ID), message.Event{
		Version: message.Version, Submission: who.ID, Attempt: who.Attempt, Stage: message.StageWaiting, Reason: reason,
	})
	if err != nil {
		return err
	}
	event.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(found.sequence, 10))
	_, err = s.conn.JetStream().PublishMsg(ctx, event)
	if client.WrongLastSequence(err) {
		return nil // somebody was faster
	}
	return err
}
