package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/message"
)

// LaneState is what a lane of a pool holds, and how soon its workers get to it.
type LaneState struct {
	Pool, Lane string
	// Subject is set, in place of the two, for what was published to a subject that is of no lane of any pool.
	Subject string
	// Waiting is how many submissions wait for a slot; InHand how many workers have, or have put aside for a while after a fault.
	Waiting, InHand uint64
	// Oldest is how long ago the oldest of them was published, by the server's clock; 0 where there is none.
	Oldest time.Duration
	// PerMinute is how many live workers are done with in a minute; see message.Lane.
	PerMinute float64
	// Reason is why nobody takes anything from the lane now, or "".
	Reason string

	slots   float64       // of workers that take something from it now
	free    float64       // those of them that have nothing in hand
	share   float64       // how many of them it gets, by its weight among the lanes that have something to do
	others  uint64        // what waits in the other lanes of the pool
	average time.Duration // how long one submission has a slot; 0 where that is not known
}

// Wait is how long what is at a position of those that wait, from 1, still has to wait, as an estimate. It is not known where
// nobody takes anything, or has not done so yet.
func (l *LaneState) Wait(position uint64) (wait time.Duration, known bool) {
	ahead := float64(position) - l.free
	switch {
	case l.Reason != "" || l.slots == 0:
		return 0, false
	case ahead <= 0:
		return 0, true
	}
	rounds := min(ahead/l.share, (ahead+float64(l.others))/l.slots) // the other lanes come to an end too
	return time.Duration(rounds * float64(l.average)), l.average > 0
}

// lanesTimeout is how long it may take to find out what is in the queue.
const lanesTimeout = 10 * time.Second

// Lanes lists the lanes that hold something or that a live worker serves, by pool and lane, those of no pool first. It is for
// operators: it needs leave to read the stream SUBMISSIONS and its consumers. A server that no worker has used yet has none.
func (c *Client) Lanes(ctx context.Context) ([]LaneState, error) {
	workers, err := c.Workers(ctx)
	if err != nil {
		return nil, err
	}
	return c.LanesOf(ctx, workers)
}

// LanesOf is Lanes where the workers are known already.
func (c *Client) LanesOf(ctx context.Context, workers []Worker) ([]LaneState, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lanesTimeout, fmt.Errorf("no answer within %v: are these requests allowed?", lanesTimeout))
	defer cancel()
	lanes, err := c.lanes(ctx, workers)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("list lanes of %s: %w", c.conn.url, err)
	}
	return lanes, nil
}

func (c *Client) lanes(ctx context.Context, workers []Worker) ([]LaneState, error) {
	stream, err := c.conn.js.Stream(ctx, message.StreamSubmissions)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(message.EverySubmission))
	if err != nil {
		return nil, err
	}
	lanes := lanesOf(info.State.Subjects, workers)
	for i := range lanes {
		if err := c.measure(ctx, &lanes[i], info.TimeStamp); err != nil {
			return nil, err
		}
	}
	estimate(lanes, workers)
	return lanes, nil
}

// lanesOf has an entry for each lane that holds something or that a live worker serves, with what it holds as waiting.
func lanesOf(subjects map[string]uint64, workers []Worker) []LaneState {
	type key struct{ pool, lane, subject string }
	held := map[key]uint64{}
	for subject, n := range subjects {
		pool, lane, _, err := message.ParseSubmissionSubject(subject)
		if err == nil {
			subject = ""
		}
		held[key{pool, lane, subject}] += n
	}
	for _, w := range workers {
		for _, lane := range w.Lanes {
			if w.Live() {
				held[key{w.Pool, lane.Name, ""}] += 0
			}
		}
	}
	var lanes []LaneState
	for of := range maps.Keys(held) {
		lanes = append(lanes, LaneState{Pool: of.pool, Lane: of.lane, Subject: of.subject, Waiting: held[of]})
	}
	slices.SortFunc(lanes, func(a, b LaneState) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(rank(a.Lane), rank(b.Lane)), cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Subject, b.Subject))
	})
	return lanes
}

// rank is where a lane stands: the most urgent first, then those that there are not.
func rank(lane string) int {
	if i := slices.Index(message.Lanes(), lane); i >= 0 {
		return i
	}
	return len(message.Lanes())
}

// measure finds out how much of what a lane holds is in hand, and how old the oldest of it is.
func (c *Client) measure(ctx context.Context, l *LaneState, now time.Time) error {
	if l.Waiting == 0 {
		return nil
	}
	filters := []string{l.Subject}
	if l.Subject == "" {
		filters = message.LaneSubjects(l.Pool, l.Lane)
		delivered, err := c.consumer(ctx, l.Pool, l.Lane)
		if err != nil {
			return err
		}
		l.InHand = min(uint64(delivered.NumAckPending), l.Waiting)
		l.Waiting -= l.InHand
	}
	stored, err := c.conn.OldestSubmission(ctx, filters)
	if err == nil && !stored.IsZero() {
		l.Oldest = max(now.Sub(stored), 0)
	}
	return err
}

// consumer is what the server has delivered of a lane; nothing where no worker has served it.
func (c *Client) consumer(ctx context.Context, pool, lane string) (jetstream.ConsumerInfo, error) {
	consumer, err := c.conn.js.Consumer(ctx, message.StreamSubmissions, message.LaneConsumer(pool, lane))
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return jetstream.ConsumerInfo{}, nil
	}
	if err != nil {
		return jetstream.ConsumerInfo{}, fmt.Errorf("read consumer of pool %s, lane %s: %w", pool, lane, err)
	}
	return *consumer.CachedInfo(), nil
}

// OldestSubmission is when the server stored the oldest submission that one of the filters matches; the zero time where
// there is none.
func (c *Conn) OldestSubmission(ctx context.Context, filters []string) (oldest time.Time, err error) {
	for _, filter := range filters {
		msg, err := c.readFromLeader(ctx, message.StreamSubmissions, messageQuery{From: 1, NextOn: filter})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if oldest.IsZero() || msg.Time.Before(oldest) {
			oldest = msg.Time
		}
	}
	return oldest, nil
}

// estimate fills in how soon the workers get to each lane.
func estimate(lanes []LaneState, workers []Worker) {
	for i := range lanes {
		l := &lanes[i]
		l.Reason = unservedReason(workers, *l)
		for _, w := range workers {
			if own, serves := laneOf(w, l.Lane); serves && w.Live() && w.Pool == l.Pool {
				l.addWorker(w, own, busyWeight(lanes, w, l.Lane))
			}
		}
		l.average = averageTime(workers, l.Pool, l.Lane)
		if l.average == 0 {
			l.average = averageTime(workers, l.Pool, "")
		}
		inHand := uint64(0)
		for _, other := range lanes {
			if other.Pool == l.Pool {
				inHand += other.InHand
				l.others += other.Waiting
			}
		}
		l.others -= l.Waiting
		l.free = max(l.slots-float64(inHand), 0)
	}
}

// addWorker adds a live worker that serves the lane; busy is the weight of all its lanes with something to do, this one included.
func (l *LaneState) addWorker(w Worker, own message.Lane, busy int) {
	l.PerMinute += own.PerMinute
	if w.State == message.WorkerReady {
		l.slots += float64(w.Slots)
		l.share += float64(w.Slots) * float64(own.Weight) / float64(busy)
	}
}

// averageTime is how long a submission of a lane, or of any for "", has a slot of the live workers of a pool; 0 where none has
// had one.
func averageTime(workers []Worker, pool, lane string) time.Duration {
	var seconds, slots float64
	for _, w := range workers {
		for _, own := range w.Lanes {
			if w.Live() && w.Pool == pool && own.AverageSeconds > 0 && (lane == "" || own.Name == lane) {
				seconds += own.AverageSeconds * float64(w.Slots)
				slots += float64(w.Slots)
			}
		}
	}
	if slots == 0 {
		return 0
	}
	return time.Duration(seconds / slots * float64(time.Second))
}

// laneOf is what a worker does for a lane.
func laneOf(w Worker, name string) (lane message.Lane, serves bool) {
	for _, lane := range w.Lanes {
		if lane.Name == name {
			return lane, true
		}
	}
	return message.Lane{}, false
}

// busyWeight adds up the weights of those of a worker's lanes where something waits, and of one more.
func busyWeight(lanes []LaneState, w Worker, more string) int {
	sum := 0
	for _, own := range w.Lanes {
		waits := func(l LaneState) bool { return l.Pool == w.Pool && l.Lane == own.Name && l.Waiting > 0 }
		if own.Name == more || slices.ContainsFunc(lanes, waits) {
			sum += own.Weight
		}
	}
	return max(sum, 1)
}

// unservedReason is why nobody takes anything from a lane, or "".
func unservedReason(workers []Worker, l LaneState) string {
	need := Requirement{Pool: l.Pool, Lane: l.Lane}
	switch paused := PausedReason(workers, need); {
	case l.Subject != "":
		_, _, _, err := message.ParseSubmissionSubject(l.Subject)
		return err.Error()
	case paused != "":
		return paused
	}
	switch AvailabilityOf(workers, need) {
	case Available:
		return ""
	case Expected:
		return expectedReason(workers, need)
	case Unavailable:
	}
	if AvailabilityOf(workers, Requirement{Pool: l.Pool}) == Unavailable {
		return fmt.Sprintf("no live worker serves pool %q", l.Pool)
	}
	return fmt.Sprintf("no worker of pool %q serves lane %q", l.Pool, l.Lane)
}

// expectedReason says what keeps the worker that is expected to serve a lane from it, of several the first.
func expectedReason(workers []Worker, need Requirement) string {
	for _, w := range workers {
		switch {
		case w.availability(need) != Expected:
		case w.Lost:
			return fmt.Sprintf("worker %s was last heard of %v ago", w.Name, w.Age.Round(time.Second))
		default:
			return fmt.Sprintf("worker %s is %s", w.Name, w.State)
		}
	}
	return ""
}
