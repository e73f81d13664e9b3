package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// RunQueue has the workers of a pool serve many run requests, and gets one result for each:
//
//	request -> sent, to wait for a slot -> result, refused, language     that is it
//	            ^   |-> busy, unavailable -> sent again, until its wait is over
//	            |   |-> host              -> sent again, a few times
//	            +---+-> in hand of no worker, when these are asked -> sent again
//
// Each call of Run is for one request, and as many may go on at the same time as the caller gives it goroutines. More than
// there are slots keep all of them busy: the server gives each request to some worker by chance. A request is run twice when
// a worker is thought dead that lives; of its results one counts. Close it.
type RunQueue struct {
	c     *Client
	pool  string
	inbox string // where replies come; see message.RunCallerHeader
	sub   *nats.Subscription
	stop  context.CancelFunc
	watch sync.WaitGroup

	mu      sync.Mutex
	flights map[string]*flight // by token; guarded by mu
	answers bool               // workers have told what they have in hand; guarded by mu
	unheard int                // how often they were asked before that; guarded by mu
}

// flight is a request that was sent and not answered yet.
type flight struct {
	sent    time.Time
	missed  int // how often no worker had it in hand
	answers chan *nats.Msg
}

// How workers are asked what they have in hand.
const (
	rollEvery    = 3 * time.Second
	rollPatience = 2 * time.Second // for all answers together
	rollTries    = 5               // without any answer, after which nobody is asked again: it may not be allowed
	rollMisses   = 2               // after which a request is lost
)

// parkTime is how long a worker may keep a request at a time. The server forgets within 2 minutes where a reply goes that
// crosses accounts.
const parkTime = 30 * time.Second

// hostTries is how often a request is sent whose workers were at fault.
const hostTries = 3

// errRunLost says that no worker has a request in hand.
var errRunLost = errors.New("no worker has the request in hand any more")

// NewRunQueue opens a queue for a pool. Its error is that of the connection.
func (c *Client) NewRunQueue(pool string) (*RunQueue, error) {
	if err := api.CheckToken("pool", pool); err != nil {
		return nil, err
	}
	q := &RunQueue{c: c, pool: pool, inbox: c.conn.nc.NewInbox(), flights: map[string]*flight{}}
	sub, err := c.conn.nc.Subscribe(q.inbox+".*", q.receive)
	if err != nil {
		return nil, fmt.Errorf("wait for results of pool %s: %w", pool, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	q.sub, q.stop = sub, stop
	q.watch.Go(func() { q.callRoll(ctx) })
	return q, nil
}

// Close ends it. Requests that wait for a slot are dropped by the workers; nobody gets the results of those that run.
func (q *RunQueue) Close() {
	q.stop()
	q.watch.Wait()
	_ = q.sub.Unsubscribe() // when the connection is lost, the subscription is as well
	_ = q.c.conn.nc.Flush() // so that the workers see it at once
}

// receive takes what comes to the inbox.
func (q *RunQueue) receive(msg *nats.Msg) {
	token := strings.TrimPrefix(msg.Subject, q.inbox+".")
	if token == "caller" {
		_ = msg.Respond(nil) // who asks learns it from the server otherwise
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if f := q.flights[token]; f != nil {
		select {
		case f.answers <- msg:
		default: // it has one
		}
	}
}

// Run serves one request; see Client.Run for its errors. A request that no worker takes is sent again until it has waited for
// wait, and the error matches ErrBusy then; a negative wait has no end. waiting, when set, is told while no worker answers, and
// "" when one does again.
func (q *RunQueue) Run(ctx context.Context, r api.RunRequest, wait time.Duration, waiting func()) (api.RunResult, error) {
	r.Version = cmp.Or(r.Version, api.Version)
	began, faults, idle := time.Now(), 0, 0
	for {
		r.WaitUsec = parkTime.Microseconds()
		if wait >= 0 {
			r.WaitUsec = max(min(parkTime, wait-time.Since(began)).Microseconds(), 0)
		}
		asked := time.Now()
		result, err := q.attempt(ctx, r)
		turnedAway := errors.Is(err, ErrBusy) || errors.Is(err, nats.ErrNoResponders)
		var refusal *api.RunError
		switch {
		case err == nil, ctx.Err() != nil:
			return result, err
		case errors.Is(err, errRunLost):
		case turnedAway && wait >= 0 && time.Since(began) >= wait:
			return result, fmt.Errorf("run in pool %s: %w", q.pool, err)
		case turnedAway:
			if waiting != nil && errors.Is(err, nats.ErrNoResponders) {
				waiting()
			}
		case errors.As(err, &refusal) && refusal.Class == api.RunHost && faults+1 < hostTries:
			faults++
		default:
			return result, fmt.Errorf("run in pool %s: %w", q.pool, err)
		}
		if time.Since(asked) >= parkTime/2 {
			idle = 0
			continue // it has waited with a worker
		}
		if idle++; !retry.Sleep(ctx, retry.Backoff{First: 50 * time.Millisecond, Max: 2 * time.Second, Jitter: true}.Delay(idle)) {
			return result, context.Cause(ctx)
		}
	}
}

// attempt sends a request once, and waits for its answer.
func (q *RunQueue) attempt(ctx context.Context, r api.RunRequest) (result api.RunResult, err error) {
	msg, err := q.c.runMessage(q.pool, r)
	if err != nil {
		return result, err
	}
	longest := r.Longest() + time.Duration(r.WaitUsec)*time.Microsecond
	ctx, cancel := context.WithTimeoutCause(ctx, longest, &api.RunError{
		Class: api.RunHost, Message: fmt.Sprintf("no answer within %v: the worker may have died", longest),
	})
	defer cancel()
	token, f := q.take(msg)
	defer q.leave(token)
	if err := q.c.conn.nc.PublishMsg(msg); err != nil {
		return result, err
	}
	select {
	case answer := <-f.answers:
		return runResult(answer)
	case <-ctx.Done():
		return result, context.Cause(ctx)
	}
}

// take makes a flight of a message.
func (q *RunQueue) take(msg *nats.Msg) (token string, f *flight) {
	token = strings.TrimPrefix(q.c.conn.nc.NewInbox(), "_INBOX.")
	token = token[strings.LastIndexByte(token, '.')+1:]
	msg.Reply = q.inbox + "." + token
	msg.Header.Set(message.RunTokenHeader, token)
	msg.Header.Set(message.RunCallerHeader, q.inbox+".caller")
	f = &flight{sent: time.Now(), answers: make(chan *nats.Msg, 1)}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flights[token] = f
	return token, f
}

func (q *RunQueue) leave(token string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.flights, token)
}

// runResult reads an answer; nil says that the request was lost.
func runResult(answer *nats.Msg) (result api.RunResult, err error) {
	switch {
	case answer == nil:
		return result, errRunLost
	case len(answer.Data) == 0 && answer.Header.Get("Status") == "503":
		return result, errNoRunWorker
	}
	if err := json.Unmarshal(answer.Data, &result); err != nil {
		return result, fmt.Errorf("decode result: %w", err)
	}
	return result, runError(result)
}

// callRoll asks the workers from time to time what they have in hand, and ends the flights of requests that are lost.
func (q *RunQueue) callRoll(ctx context.Context) {
	for {
		began := time.Now()
		if q.due(began) {
			q.count(began, q.roll(ctx))
		}
		if !retry.Sleep(ctx, rollEvery) {
			return
		}
	}
}

// due reports whether there is a reason to ask: somebody waits for long, or it is not known yet whether workers may be asked.
func (q *RunQueue) due(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.answers && q.unheard >= rollTries {
		return false
	}
	for _, f := range q.flights {
		if now.Sub(f.sent) > rollEvery {
			return true
		}
	}
	return q.unheard == 0
}

// roll returns what the workers have in hand; nil where that cannot be known.
func (q *RunQueue) roll(ctx context.Context) map[string]bool {
	nc := q.c.conn.nc
	answers := make(chan *nats.Msg, 1024)
	sub, err := nc.ChanSubscribe(nc.NewInbox(), answers)
	if err != nil {
		return nil
	}
	defer sub.Unsubscribe() //nolint:errcheck // when the connection is lost, the subscription is as well
	if err := nc.PublishRequest(message.RunStatsSubject, sub.Subject, nil); err != nil {
		return nil
	}
	inHand, heard := map[string]bool{}, false
	ctx, cancel := context.WithTimeout(ctx, rollPatience)
	defer cancel()
	for {
		select {
		case msg := <-answers:
			if msg.Header.Get("Status") == "503" {
				return q.nobody()
			}
			heard = readRoll(msg.Data, inHand) || heard
		case <-ctx.Done():
			if !heard {
				return nil
			}
			return inHand
		}
	}
}

// nobody is what nobody has in hand, where workers have answered before: there is none now. Where none ever did, they may
// be asked by others alone.
func (q *RunQueue) nobody() map[string]bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.answers && q.c.conn.Connected() {
		return map[string]bool{}
	}
	return nil
}

// readRoll adds what one worker has in hand.
func readRoll(data []byte, inHand map[string]bool) bool {
	var stats struct {
		Endpoints []struct {
			Data message.RunStats `json:"data"`
		} `json:"endpoints"`
	}
	if json.Unmarshal(data, &stats) != nil {
		return false
	}
	for _, e := range stats.Endpoints {
		for _, token := range e.Data.Requests {
			inHand[token] = true
		}
	}
	return true
}

// count ends the flights of requests that were sent before the workers were asked, and that none has in hand, twice.
func (q *RunQueue) count(asked time.Time, inHand map[string]bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if inHand == nil {
		q.unheard++
		return
	}
	q.answers = true
	for token, f := range q.flights {
		switch {
		case inHand[token] || asked.Sub(f.sent) < rollEvery:
			f.missed = 0
		default:
			f.missed++
		}
		if f.missed >= rollMisses {
			select {
			case f.answers <- nil:
			default: // the answer has come after all
			}
		}
	}
}
